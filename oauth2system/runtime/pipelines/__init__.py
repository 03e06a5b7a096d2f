"""How short services run on PostgreSQL: on the event loop, on a few connections in pipeline mode."""
