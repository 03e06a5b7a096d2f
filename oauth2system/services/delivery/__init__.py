"""Everything that leaves the server: mail and logout notices, delivered by one durable worker."""
