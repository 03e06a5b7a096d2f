"""Tokens: issued, exchanged, introspected, revoked, and shown at userinfo and /api/user."""
