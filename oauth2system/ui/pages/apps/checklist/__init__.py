"""How the connection of an app stands, ticked live by what its site really does."""
