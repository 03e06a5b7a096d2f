"""Running the server: health, maintenance jobs, backups, configuration checks and published documents."""
