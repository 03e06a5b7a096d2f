"""One module per page: Reflex splits the JavaScript by Python module."""
