"""Signing keys: made, rotated, published as a key set, and used."""
