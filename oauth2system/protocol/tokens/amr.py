"""Authentication methods: what a person proved when they signed in, in the values of RFC 8176 §2."""

# A code of an authenticator app, and a recovery code.
CODE = "otp"
SEVERAL = "mfa"


def join(*methods: str) -> str:
    """Return methods as a session keeps them: each once, separated by spaces, with `mfa` where two factors count."""
    named = list(dict.fromkeys(word for method in methods for word in method.split() if word != SEVERAL))
    several = len(named) > 1 or any(SEVERAL in method.split() for method in methods)
    return " ".join([*named, SEVERAL] if several else named)
