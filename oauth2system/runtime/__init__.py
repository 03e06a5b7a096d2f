"""How a service runs, and what every service may use; no rule of the product lives here."""
