"""Endpoints that take or issue tokens."""
