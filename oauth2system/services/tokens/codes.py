"""Codes and values that the browser takes back to a site: made once, stored as digests."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from oauth2system.policy import lifetimes
from oauth2system.protocol import scopes
from oauth2system.protocol.authorization.validate import AuthorizationRequest
from oauth2system.protocol.jose.jws import encode
from oauth2system.protocol.tokens import acr
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.protocol.tokens.grants import IssuedCode
from oauth2system.runtime.context import Context
from oauth2system.storage.database.columns import from_ms, to_ms
from oauth2system.storage.tables import ephemeral
from oauth2system.storage.tables.ephemeral import Ephemeral, Whose
from oauth2system.storage.tables.sessions import Session

_SID_BYTES = 16


def issue(ctx: Context, request: AuthorizationRequest, session: Session, begun_at: datetime) -> str:
    """Make an authorization code, or the value of the simple flow, bound to its app and its person.

    `begun_at` is when the site sent the visitor here: how long it takes until the site has their data is counted.
    """
    begun_ms = to_ms(begun_at)
    if request.target.simple:
        return _mint(ctx, request, session, {"scopes": scopes.write(request.scopes), "begun": begun_ms})
    amr = session.amr.split()
    code = {
        "request": request.to_json(),
        "auth_time": to_ms(session.authenticated_at),
        # OIDC Core §5.5.1.1: the level that was asked for is named, where it was reached.
        "acr": acr.name_level(amr, request.essential_acr or request.acr_values),
        "amr": amr,
        "sid": sid_of(session),
        "begun": begun_ms,
    }
    return _mint(ctx, request, session, code)


def _mint(ctx: Context, request: AuthorizationRequest, session: Session, data: dict[str, Any]) -> str:
    simple = request.target.simple
    kind, lives_ms = (Kind.SIMPLE, lifetimes.SIMPLE_CODE.in_ms) if simple else (Kind.CODE, lifetimes.CODE.in_ms)
    while True:
        row_id = ctx.new_id()
        value = token_format.mint(kind, row_id, ctx.random(32))
        kept = ephemeral.keep_for_app(
            ctx.db,
            row_id,
            kind,
            token_format.digest(kind, value),
            data=data,
            expires_ms=ctx.now_ms + lives_ms,
            whose=Whose(session.user_id, session.generation),
            client_id=request.client_id,
        )
        if kept:
            return value


def sid_of(session: Session) -> str:
    """Return the `sid` that clients know a session by; it stays when the person signs in again."""
    return session.sid or sid_from(session.handle)


def sid_from(handle: str) -> str:
    """Return the `sid` of a session that began with this handle; it reveals nothing of the handle."""
    return encode(sha256(f"sid\0{handle}".encode()).digest()[:_SID_BYTES])


def find_code(ctx: Context, value: str) -> Ephemeral | None:
    """Find the row of a code, used or not, as long as it is kept."""
    read = token_format.read(Kind.CODE, value)
    return ephemeral.find(ctx.db, read[0], Kind.CODE, read[1], ctx.now) if read else None


def read_issued(row: Ephemeral) -> IssuedCode:
    """Read the data of a code."""
    data: dict[str, Any] = row.data
    return IssuedCode(
        AuthorizationRequest.from_json(data["request"]),
        row.user_id or "",
        from_ms(data["auth_time"]),
        from_ms(row.expires_ms),
        used=row.taken_ms is not None,
        acr=data.get("acr"),
        amr=tuple(data.get("amr", ())),
        sid=data["sid"],
        begun_ms=data.get("begun"),
    )


def forget_of_session(ctx: Context, user_id: str, sid: str) -> None:
    """Delete the unused codes of a session that ends, except those for offline access (OIDC Core §11)."""
    for row in ephemeral.list_unused(ctx.db, Kind.CODE, user_id):
        if row.data["sid"] == sid and scopes.OFFLINE not in row.data["request"]["scopes"]:
            ephemeral.forget(ctx.db, row.id, Kind.CODE)


def take_code(ctx: Context, found: Ephemeral) -> bool:
    """Use up a code that was found by its value; of all parallel redemptions exactly one gets True (T047)."""
    until_ms = ctx.now_ms + lifetimes.USED_CODE.in_ms
    return ephemeral.take_found(ctx.db, found.id, Kind.CODE, now_ms=ctx.now_ms, until_ms=until_ms)
