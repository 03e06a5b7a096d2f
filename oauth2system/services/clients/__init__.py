"""Clients: they authenticate, register, and keep secrets and public keys."""
