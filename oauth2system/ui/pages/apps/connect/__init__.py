"""How an app is connected: the link to put together, and what libraries and products ask for."""
