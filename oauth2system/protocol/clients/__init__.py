"""Clients: what one is, how it authenticates, and which metadata it may register (RFC 7591, RFC 8252)."""
