"""Endpoints where programs register clients."""
