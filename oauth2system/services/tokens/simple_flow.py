"""The second call of the simple flow: an app fetches the user (decision 0017)."""

import hmac
from dataclasses import dataclass
from typing import Any, TypeVar

from oauth2system.policy import budgets
from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InsufficientScope, InvalidClient, InvalidToken, OAuthError
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.claims import simple_user
from oauth2system.runtime import app_log, last_used, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, writes
from oauth2system.services.clients import secrets
from oauth2system.storage.lookups import simple_flow
from oauth2system.storage.lookups.simple_flow import Fetch, Value
from oauth2system.storage.tables import clients, ephemeral

KIND = token_format.Kind.SIMPLE
STAGE = "api/user"
# Names no row: what is malformed costs the same look-up as what is wrong.
NOTHING = (-1, b"")

Refused = TypeVar("Refused", bound=OAuthError)


@dataclass(frozen=True, slots=True)
class Presented:
    """What a site sent: the value and its own credentials."""

    value: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class MustTake:
    """The value is good and unused: reading it now uses it up, which needs a transaction."""


@reads
def look(ctx: Context, presented: Presented) -> dict[str, Any] | MustTake:
    """Answer a value that may be re-read, without writing; say so when it must be taken."""
    fetch, value = _find(ctx, presented)
    return MustTake() if value.taken_ms is None else _told(ctx, fetch.client, value)


@writes
def take(ctx: Context, presented: Presented) -> dict[str, Any]:
    """Use the value up and tell who the person is; of parallel readers one wins (T048)."""
    fetch, value = _find(ctx, presented)
    if value.taken_ms is None and not _use_up(ctx, presented, fetch.client):
        fetch, value = _find(ctx, presented)  # another request was faster; some apps may read it again
    return _told(ctx, fetch.client, value)


def _use_up(ctx: Context, presented: Presented, client: Client) -> bool:
    """Use the value up and fix until when it may be re-read; later changes of that setting only shorten it."""
    row_id, digest = token_format.read(KIND, presented.value) or NOTHING
    until_ms = ctx.now_ms + client.reread_seconds * 1000
    return ephemeral.take_until(ctx.db, row_id, KIND, digest, now=ctx.now, until_ms=until_ms)


@writes
def count_failure(ctx: Context, client_id: str) -> None:
    """Count a failed fetch; raise TooManyAttempts when this address has failed too often for this app (T077).

    What is no app has one budget for each address, or made-up ids would each bring a fresh one.
    """
    whose = client_id if clients.find(ctx.db, client_id) is not None else ""
    rate_limits.spend(ctx, budgets.API_FAILURES, budgets.network(ctx.source.ip), whose)


def _find(ctx: Context, presented: Presented) -> tuple[Fetch, Value]:
    """Return what the app may read now; whatever is malformed is looked up all the same, as nothing."""
    secret_id, secret_digest = token_format.read(secrets.KIND, presented.client_secret) or NOTHING
    fetch = simple_flow.find(
        ctx.db, presented.client_id, secret_id, KIND, token_format.read(KIND, presented.value) or NOTHING
    )
    if fetch is None:
        raise InvalidClient(ClientReason.SIMPLE_UNKNOWN_CLIENT)
    client = fetch.client
    is_secret = hmac.compare_digest(fetch.secret_digest or b"no such secret", secret_digest)
    if not is_secret or client.disabled or not client.takes_secret:
        raise _noted(client, _wrong(client))
    last_used.secret_used(secret_id, ctx.now_ms, fetch.secret_used_ms)
    return fetch, _readable(ctx, client, fetch.value)


def _wrong(client: Client) -> InvalidClient:
    """Return the one refusal of the caller; only what the owner reads beside it differs."""
    if client.disabled:
        return InvalidClient(ClientReason.SIMPLE_DISABLED_CLIENT)
    if client.takes_secret:
        return InvalidClient(ClientReason.SIMPLE_SECRET_WRONG)
    registered = client.token_endpoint_auth_method
    return InvalidClient(ClientReason.SIMPLE_TAKES_NO_SECRET, sent="client_secret", registered=registered)


def _readable(ctx: Context, client: Client, value: Value | None) -> Value:
    """Return a value that this app may read now; outside, each refusal is the same."""
    if value is None:
        raise _invalid(client, TokenReason.VALUE_UNKNOWN)
    if value.client_id != client.id:
        raise _invalid(client, TokenReason.VALUE_OF_ANOTHER_APP)
    if value.user_disabled or value.allowed is None:
        raise _invalid(client, TokenReason.VALUE_ACCESS_REVOKED)
    if value.taken_ms is None:
        if value.expires_ms <= ctx.now_ms:
            raise _invalid(client, TokenReason.VALUE_EXPIRED)
        return value
    if not _is_rereadable(ctx, client, value.taken_ms, value.expires_ms):
        raise _invalid(client, TokenReason.VALUE_READ_BEFORE)
    return value


def _is_rereadable(ctx: Context, client: Client, taken_ms: int, expires_ms: int) -> bool:
    """Decide on a used value; by the switch first, since the clock of whoever used it may run ahead of ours (T161)."""
    return client.reread_seconds > 0 and ctx.now_ms < min(taken_ms + client.reread_seconds * 1000, expires_ms)


def _told(ctx: Context, client: Client, value: Value) -> dict[str, Any]:
    granted = frozenset(value.scopes.split()) & frozenset((value.allowed or "").split())
    if not granted & scopes.SIMPLE:
        raise _noted(client, InsufficientScope(TokenReason.VALUE_WITHOUT_SCOPE))
    last_used.user_fetched(value.user.id, client.id, ctx.now_ms, value.fetched_ms)
    return simple_user(value.user, granted)


def _invalid(client: Client, reason: TokenReason) -> InvalidToken:
    return _noted(client, InvalidToken(reason))


def _noted(client: Client, error: Refused) -> Refused:
    """Tell the app's owner, and return the refusal."""
    app_log.note(client.id, STAGE, error)
    return error
