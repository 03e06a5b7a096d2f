"""The second voice of a refusal: what the app's owner reads, with the repair.

Noted in memory and written every few seconds (see last_used.py): a refusal must cost an attacker's
target nothing, and equal ones are one row with a count.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from oauth2system.policy import quotas
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.runtime.context import Context
from oauth2system.runtime.last_used import drained
from oauth2system.storage.tables import clients
from oauth2system.storage.tables import refusals as rows
from oauth2system.storage.tables.refusals import Refused

# Whatever a client may have put into a URL by mistake; the owner needs the name, not the value.
_NAMED = re.compile(
    r"((?:code|oauth_token|access_token|refresh_token|id_token|token|client_secret|client_assertion|password|state)"
    r"(?:=|%3D))[^&#\s]+",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(?<=://)[^/?#@\s]+(?=@)")
_HANDLE = re.compile(r"\bo[a-z]_[A-Za-z0-9_-]{20,}")

_noted: dict[tuple[str, Refused], int] = {}


@dataclass(frozen=True, slots=True)
class RefusalView:
    """A refusal on the app's page."""

    stage: str
    code: str
    detail: str
    sent: str
    registered: str
    repair: str
    times: int
    last_at: datetime


def note(client_id: str, stage: str, error: OAuthError | Untrusted) -> None:
    """Note a refusal for the owner of this app; `stage` is the endpoint's name."""
    what = Refused(
        stage=stage,
        code=error.code,
        detail=_scrub(error.detail) or "",
        sent=_scrub(error.sent),
        registered=_scrub(error.registered),
        repair=_scrub(error.repair) or "",
    )
    key = (client_id, what)
    if key in _noted or len(_noted) < quotas.REFUSALS_WAITING:
        _noted[key] = _noted.get(key, 0) + 1


def note_caller(ctx: Context, client_id: str | None, stage: str, error: OAuthError | Untrusted) -> None:
    """Note a refusal for the app that a caller only names; what is no app is nobody's."""
    if client_id and client_id.isascii() and client_id.isdecimal() and clients.find(ctx.db, client_id) is not None:
        note(client_id, stage, error)


def _scrub(text: str | None) -> str | None:
    """Return a short printable line without the secrets in it (T072, T075)."""
    if text is None:
        return None
    text = _HANDLE.sub("…", _LOGIN.sub("…", _NAMED.sub(r"\1…", text)))[: quotas.REFUSAL_TEXT_LONGEST]
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def waiting() -> bool:
    """Tell whether anything is to be written."""
    return bool(_noted)


def write(ctx: Context) -> None:
    """Write what was noted since the last time."""
    noted = drained(_noted)
    for (client_id, what), times in noted:
        fingerprint = sha256(repr(what).encode()).digest()
        rows.merge(ctx.db, ctx.new_id(), client_id, fingerprint, what=what, times=times, now_ms=ctx.now_ms)
    for client_id in sorted({client_id for (client_id, _what), _times in noted}):
        rows.cap(ctx.db, client_id, quotas.REFUSALS_OF_AN_APP)


def views(ctx: Context, client_id: str, limit: int = 20) -> tuple[RefusalView, ...]:
    """List an app's refusals for an owner already found to own it."""
    return tuple(
        RefusalView(
            what.stage, what.code, what.detail, what.sent or "", what.registered or "", what.repair, times, last_at
        )
        for what, times, last_at in rows.of_client(ctx.db, client_id, limit)
    )
