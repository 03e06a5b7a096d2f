"""Known browsers: a cookie that gives a browser sign-in attempts of its own, and nothing else.

Guesses from unknown browsers use up the account's attempts for such browsers; a browser with a cookie that we
signed after a right password has a budget of its own, so the owner cannot be locked out (T096).
Nothing is stored: the cookie carries one tag per account, made with our key.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass

from oauth2system.policy import quotas
from oauth2system.runtime.context import Context

_ID_BYTES = 16
_ID_CHARS = 22
_TAG_CHARS = 16


@dataclass(frozen=True, slots=True)
class Device:
    """A browser's own id, and the tags of the people who signed in with it, newest first."""

    id: str
    tags: tuple[str, ...]

    def knows(self, ctx: Context, user_id: str) -> bool:
        """Return whether this person has signed in with this browser."""
        return _compute_tag(ctx, self.id, user_id) in self.tags


def read(cookie: str | None) -> Device | None:
    """Read the cookie; anything malformed is a new browser."""
    name, *tags = (cookie or "").split(".")
    if (
        len(name) != _ID_CHARS
        or len(tags) > quotas.ACCOUNTS_OF_A_BROWSER
        or any(len(tag) != _TAG_CHARS for tag in tags)
    ):
        return None
    return Device(name, tuple(tags))


def remember(ctx: Context, cookie: str | None, user_id: str) -> str:
    """Return the cookie for a browser on which this person has just signed in."""
    device = read(cookie) or Device(_make_cookie(ctx), ())
    tag = _compute_tag(ctx, device.id, user_id)
    tags = (tag, *(other for other in device.tags if other != tag))[: quotas.ACCOUNTS_OF_A_BROWSER]
    return ".".join((device.id, *tags))


def _make_cookie(ctx: Context) -> str:
    return urlsafe_b64encode(ctx.random(_ID_BYTES)).decode()[:_ID_CHARS]


def _compute_tag(ctx: Context, device_id: str, user_id: str) -> str:
    digest = ctx.server.encryption.fingerprint("device", device_id, user_id)
    return urlsafe_b64encode(digest).decode()[:_TAG_CHARS]
