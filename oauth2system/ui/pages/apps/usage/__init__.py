"""How much an app is used: the tab Usage of its pages."""
