"""The authorization request: what it may ask, where its answer may go, and which step comes next (RFC 6749 §4.1)."""
