"""What was refused to an app, for its owner: the reason, what was sent, what is registered, and the repair.

Noted in memory and written every few seconds (see last_used.py): a refusal must cost an attacker's
target nothing, and equal ones are one row with a count. The words are made when they are read.
"""

import re
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from oauth2system.policy import quotas
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.reasons import record
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.reasons.reason import Finding, Noted, Param, Params
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes
from oauth2system.runtime.last_used import drain
from oauth2system.storage.tables import clients, refusals
from oauth2system.storage.tables.refusals import CountedRefusal, RefusalKind

# Whatever a client may have put into a URL by mistake; the owner needs the name, not the value.
_NAMED = re.compile(
    r"((?:code|oauth_token|access_token|refresh_token|id_token|token|client_secret|client_assertion|password|state)"
    r"(?:=|%3D))[^&#\s]+",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(?<=://)[^/?#@\s]+(?=@)")
REFERENCE_LENGTH = 8
_HANDLE = re.compile(r"\bo[a-z0-9]_[A-Za-z0-9_-]{20,}")


@dataclass(frozen=True, slots=True)
class RefusalView:
    """A refusal on the app's page under its reference; `detail` and `repair` are translated where they are shown."""

    stage: str
    code: str
    reason: str
    reference: str
    params: Params
    detail: str
    repair: str
    sent: str
    registered: str
    times: int
    last_at: datetime


def name_stage(path: str) -> str:
    """Return the name of an endpoint, as the log of an app shows it: `token`, `api/user`."""
    return path.removeprefix("/oauth2/").removeprefix("/")


def note(ctx: Context, client_id: str, stage: str, error: OAuthError | Untrusted) -> None:
    """Note a refusal for the owner of this app; `stage` is the endpoint's name.

    A refusal that becomes a page gets a reference, under which its owner finds it.
    """
    what = RefusalKind(
        stage=stage,
        reason=error.reason.name,
        params=record.write(dict(_scrub_params(error.params.items()))),
        sent=_scrub(error.sent),
        registered=_scrub(error.registered),
    )
    key = (client_id, what, error.code)
    noted = ctx.server.refusals
    if key in noted or len(noted) < quotas.REFUSALS_WAITING:
        noted[key] = noted.get(key, 0) + 1
    if isinstance(error, Untrusted):
        is_owner = _is_asked_by_owner(ctx, client_id)
        # A disabled app is to look like an unknown one to everybody else, and that has no reference (T018).
        if is_owner or error.reason is not PageReason.CLIENT_DISABLED:
            error.noted = Noted(client_id, reference_of(what), is_owner)


def reference_of(what: RefusalKind) -> str:
    """Return the short name of one kind of refusal; within an app it names one entry."""
    return b32encode(_compute_fingerprint(what)).decode()[:REFERENCE_LENGTH]


def _compute_fingerprint(what: RefusalKind) -> bytes:
    return sha256(repr(what).encode()).digest()


def _is_asked_by_owner(ctx: Context, client_id: str) -> bool:
    if ctx.session is None:
        return False
    client = clients.find(ctx.db, client_id)
    return client is not None and client.owner_id == ctx.session.user_id


def note_caller(ctx: Context, client_id: str | None, stage: str, error: OAuthError | Untrusted) -> None:
    """Note a refusal for the app that a caller only names; what is no app is nobody's."""
    if client_id and client_id.isascii() and client_id.isdecimal() and clients.find(ctx.db, client_id) is not None:
        note(ctx, client_id, stage, error)


def _scrub_params(params: Iterable[tuple[str, Param]]) -> Iterable[tuple[str, Param]]:
    """Return the parameters without the secrets that somebody may have put into one by mistake."""
    for name, one in params:
        match one:
            case str():
                yield name, _scrub(one) or ""
            case Finding(kind, within):
                yield name, Finding(kind, tuple(_scrub_params(within)))
            case int():
                yield name, one


def _scrub(text: str | None) -> str | None:
    """Return a short printable line without the secrets in it (T072, T075)."""
    if text is None:
        return None
    text = _HANDLE.sub("…", _LOGIN.sub("…", _NAMED.sub(r"\1…", text)))[: quotas.REFUSAL_TEXT_LONGEST]
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def write(ctx: Context) -> None:
    """Write what was noted since the last time."""
    noted = drain(ctx.server.refusals)
    for (client_id, what, code), times in noted:
        view = _make_view(CountedRefusal(what, code, "", "", times, ctx.now))
        kept = CountedRefusal(what, code, str(view.detail), str(view.repair), times, ctx.now)
        refusals.merge(ctx.db, ctx.new_id(), client_id, _compute_fingerprint(what), kept)
    for client_id in sorted({client_id for (client_id, _what, _code), _times in noted}):
        refusals.cap(ctx.db, client_id, quotas.REFUSALS_OF_AN_APP)


def list_views(ctx: Context, client_id: str, limit: int = 20) -> tuple[RefusalView, ...]:
    """List an app's refusals for an owner already found to own it."""
    return tuple(_make_view(kept) for kept in refusals.list_of_client(ctx.db, client_id, limit))


def _make_view(kept: CountedRefusal) -> RefusalView:
    what, params = kept.what, record.read(kept.what.params)
    sent, registered = what.sent or "", what.registered or ""
    # The words of today; of a reason that this version does not know, those that were stored.
    known = record.read_messages(what.reason, {"sent": sent, "registered": registered, **params})
    detail, repair = known or (kept.detail, kept.repair)
    return RefusalView(
        what.stage,
        kept.code,
        what.reason,
        reference_of(what),
        params,
        detail,
        repair,
        sent,
        registered,
        kept.times,
        kept.last_at,
    )


async def flush(call: Call) -> None:
    """Write what this server noted in memory, so that the next read shows what happened a moment ago."""
    server = call.runner.server
    if server.last_used.waiting() or server.refusals:
        await call(write_notes)


@writes
def write_notes(ctx: Context) -> None:
    """Write all notes of this server: when things were last used, and what was refused."""
    ctx.server.last_used.write(ctx.db)
    write(ctx)
