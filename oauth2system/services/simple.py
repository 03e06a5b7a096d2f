"""The second call of the simple flow: an app fetches the user (product.md, protocol.md §7.3)."""

from dataclasses import dataclass
from typing import Any

from oauth2system.protocol import scopes, tokens
from oauth2system.protocol.claims import simple_user
from oauth2system.protocol.clients import Client
from oauth2system.protocol.errors import InsufficientScope, InvalidClient, InvalidToken
from oauth2system.services import limits, refusals, secrets, touches
from oauth2system.services.context import Context
from oauth2system.storage import ephemeral
from oauth2system.storage.ephemeral import Fetched

KIND = tokens.Kind.SIMPLE
STAGE = "api/user"


@dataclass(frozen=True, slots=True)
class Presented:
    """What a site sent: the value and its own credentials."""

    value: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class MustTake:
    """The value is good and unused: reading it now uses it up, which needs a transaction."""


def look(ctx: Context, presented: Presented) -> dict[str, Any] | MustTake:
    """Answer a value that may be re-read, without writing; say so when it must be taken."""
    client = _authenticated(ctx, presented)
    fetched = _find(ctx, presented, client)
    if fetched.taken_ms is None:
        return MustTake()
    return _told(ctx, fetched, client)


def take(ctx: Context, presented: Presented) -> dict[str, Any]:
    """Use the value up and tell who the person is; of parallel readers one wins (T048)."""
    client = _authenticated(ctx, presented)
    fetched = _find(ctx, presented, client)
    read = tokens.read(KIND, presented.value)
    if fetched.taken_ms is None:
        until_ms = ctx.now_ms + client.reread_seconds * 1000
        if read is None or not ephemeral.take_until(ctx.db, read[0], KIND, read[1], now=ctx.now, until_ms=until_ms):
            raise _invalid(client, "The value was used a moment ago by another request.")
    return _told(ctx, fetched, client)


def count_failure(ctx: Context, client_id: str) -> None:
    """Count a failed fetch; raise TooManyAttempts when this address has failed too often for this app (T077)."""
    limits.spend(ctx, limits.API_FAILURES, f"{ctx.source.ip} {client_id}")


def _authenticated(ctx: Context, presented: Presented) -> Client:
    """Return the app, or refuse alike whether it is unknown, disabled or its secret wrong."""
    client, is_secret = secrets.check(ctx, presented.client_id, presented.client_secret)
    if client is None:
        raise InvalidClient("The client id or the client secret is wrong.")
    if not is_secret or client.disabled or client.is_public:
        error = InvalidClient("The client id or the client secret is wrong.", detail=_why(client, is_secret=is_secret))
        refusals.note(client.id, STAGE, error)
        raise error
    return client


def _why(client: Client, *, is_secret: bool) -> str:
    if client.disabled:
        return "The app is disabled."
    if client.is_public:
        return "A public app has no secret, so it cannot use the simple flow."
    return "The request was right." if is_secret else "The client secret is not one of this app's working secrets."


def _find(ctx: Context, presented: Presented, client: Client) -> Fetched:
    """Return the row behind a value that this app may read now; each refusal is the same outside."""
    read = tokens.read(KIND, presented.value)
    row = ephemeral.find_simple(ctx.db, read[0], KIND, read[1]) if read else None
    if row is None:
        raise _invalid(client, "The value is unknown: it was never issued, or it is long gone.")
    if row.client_id != client.id:
        raise _invalid(client, "The value belongs to another app.")
    if row.user_disabled or row.allowed is None:
        raise _invalid(client, "The person revoked this app's access, or the account is disabled.")
    if row.taken_ms is None:
        if row.expires_ms <= ctx.now_ms:
            raise _invalid(client, "The value has expired; it lives 120 seconds.")
        return row
    if ctx.now_ms >= row.taken_ms + client.reread_seconds * 1000:
        raise _invalid(client, "The value was read before. Read it once, or allow re-reading on the app's page.")
    return row


def _invalid(client: Client, detail: str) -> InvalidToken:
    error = InvalidToken("The value is unknown, expired or used.", detail=detail)
    refusals.note(client.id, STAGE, error)
    return error


def _told(ctx: Context, row: Fetched, client: Client) -> dict[str, Any]:
    granted = frozenset(row.scopes.split()) & (row.allowed or frozenset())
    if not granted & scopes.SIMPLE:
        error = InsufficientScope("The person allows neither identify nor email.")
        refusals.note(client.id, STAGE, error)
        raise error
    touches.user_fetched(row.user.id, client.id, ctx.now_ms, row.fetched_ms)
    return simple_user(row.user, granted)
