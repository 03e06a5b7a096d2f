"""Tokens: the grants that lead to them, how they look, and what they say (RFC 6749 §5, RFC 7519)."""
