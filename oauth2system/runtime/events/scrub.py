"""What may be kept of a request for an app's owner: short printable lines without secrets (T072, T075)."""

import re
from collections.abc import Iterable

from oauth2system.policy import quotas
from oauth2system.protocol.reasons.reason import Finding, Param

# Whatever a client may have put into a URL by mistake; the owner needs the name, not the value.
_NAMED = re.compile(
    r"((?:code|oauth_token|access_token|refresh_token|id_token|token|client_secret|client_assertion|password|state)"
    r"(?:=|%3D))[^&#\s]+",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(?<=://)[^/?#@\s]+(?=@)")
_HANDLE = re.compile(r"\bo[a-z0-9]_[A-Za-z0-9_-]{20,}")


def scrub_params(params: Iterable[tuple[str, Param]]) -> Iterable[tuple[str, Param]]:
    """Return the parameters without the secrets that somebody may have put into one by mistake."""
    for name, one in params:
        match one:
            case str():
                yield name, scrub(one) or ""
            case Finding(kind, within):
                yield name, Finding(kind, tuple(scrub_params(within)))
            case int():
                yield name, one


def scrub(text: str | None) -> str | None:
    """Return a short printable line without the secrets in it."""
    if text is None:
        return None
    # Most texts have none of it, and each search takes longer than to look for one sign.
    if "=" in text or "%3" in text:
        text = _NAMED.sub(r"\1…", text)
    if "@" in text:
        text = _LOGIN.sub("…", text)
    if "_" in text:
        text = _HANDLE.sub("…", text)
    text = text[: quotas.LOG_TEXT_LONGEST]
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
