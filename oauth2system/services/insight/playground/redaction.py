"""What the playground shows instead of secrets: the ends of a token, and nothing of a secret (T072)."""

import re
from collections.abc import Mapping
from urllib.parse import quote

HIDDEN = "…"
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_HANDLE = re.compile(r"\bo[a-z0-9]_[A-Za-z0-9_-]{20,}")
_ENDS = 6, 4


def shorten(token: str) -> str:
    """Return the two ends of a token: enough to see that it is the same one in two places, and of no use."""
    return f"{token[: _ENDS[0]]}{HIDDEN}{token[-_ENDS[1] :]}"


def hide(text: str, secrets: Mapping[str, str]) -> str:
    """Return a text with each of these secrets as it may be shown, and every token shortened, known or not."""
    for value in sorted(secrets, key=len, reverse=True):
        text = text.replace(value, secrets[value]).replace(quote(value, safe=""), secrets[value])
    return _HANDLE.sub(lambda found: shorten(found[0]), _JWT.sub(lambda found: shorten(found[0]), text))
