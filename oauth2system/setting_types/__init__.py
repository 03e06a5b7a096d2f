"""The types of the settings. Each is made by its `read_…` function alone, which refuses what it cannot use."""
