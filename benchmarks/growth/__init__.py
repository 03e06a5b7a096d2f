"""Growth: a server with little in its database and one with much, side by side."""
