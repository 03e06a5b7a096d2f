"""The second call of the simple flow: an app fetches the user (decision 0017)."""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from oauth2system.policy import budgets
from oauth2system.protocol import scopes
from oauth2system.protocol.clients.authentication import SecretCheck
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InsufficientScope, InvalidClient, InvalidToken, OAuthError
from oauth2system.protocol.params import placeholder_in
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.claims import simple_user
from oauth2system.runtime import app_log, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import reads, writes
from oauth2system.runtime.last_used import QUERY
from oauth2system.services.clients import reads as app_reads
from oauth2system.services.clients import secrets
from oauth2system.services.clients.reads import ReadPlace
from oauth2system.services.clients.subjects import get_facts_for
from oauth2system.storage.lookups import simple_flow
from oauth2system.storage.lookups.known_clients import KnownClients
from oauth2system.storage.lookups.simple_flow import SimpleValue
from oauth2system.storage.tables import clients, ephemeral

KIND = token_format.Kind.SIMPLE
STAGE = "api/user"
# An id without a row: a malformed value costs the same read as an unknown one.
NOTHING = (-1, b"")

Refused = TypeVar("Refused", bound=OAuthError)


class SimpleFlowRequest(NamedTuple):
    """The request of a site: the value, its own credentials, and how it sent the secret."""

    value: str
    client_id: str
    client_secret: str
    method: str = QUERY


@dataclass(frozen=True, slots=True)
class MustTake:
    """The value is good and unused: reading it now uses it up, which needs a transaction."""


async def fetch(call: Call, request: SimpleFlowRequest) -> dict[str, Any]:
    """Return the user of a value, which is used up unless it may be read again; raises OAuthError (T048)."""
    found = await check(call, request, reads_it=True)
    return await call(take, request) if isinstance(found, MustTake) else found


async def check(call: Call, request: SimpleFlowRequest, *, reads_it: bool = False) -> dict[str, Any] | MustTake:
    """Do the same without using the value up; MustTake where a fetch would. Each failure is counted (T077).

    `reads_it` is whether the app gets the answer: a HEAD brings no field of the person.
    """
    try:
        return await call(look, request, reads_it=reads_it)
    except (InvalidClient, InvalidToken):
        await call(count_failure, request.client_id)
        raise


@reads
def look(ctx: Context, request: SimpleFlowRequest, *, reads_it: bool = True) -> dict[str, Any] | MustTake:
    """Return the user of a value that may be read again, without writing; MustTake for one that was never read."""
    client, value = _find(ctx, request, request.method)
    return MustTake() if value.taken_ms is None else _build_answer(ctx, client, value, reads_it=reads_it)


@writes
def take(ctx: Context, request: SimpleFlowRequest) -> dict[str, Any]:
    """Use the value up and return its user; of parallel readers one wins (T048)."""
    client, value = _find(ctx, request)
    _check_scope(ctx, client, value)
    if value.taken_ms is None and _use_up(ctx, request, client):
        if value.begun_ms is not None:
            app_log.note_duration(ctx, client.id, value.begun_ms)
    elif value.taken_ms is None:
        client, value = _find(ctx, request)  # another request was faster; some apps may read it again
    return _build_answer(ctx, client, value)


def _use_up(ctx: Context, request: SimpleFlowRequest, client: Client) -> bool:
    """Use the value up and fix until when it may be re-read; later changes of that setting only shorten it."""
    row_id, digest = token_format.read(KIND, request.value) or NOTHING
    until_ms = ctx.now_ms + client.reread_seconds * 1000
    return ephemeral.take_until(ctx.db, row_id, KIND, digest, now=ctx.now, until_ms=until_ms)


@writes
def count_failure(ctx: Context, client_id: str) -> None:
    """Count a failed fetch; raise TooManyAttempts when this address has failed too often for this app (T077).

    All unknown ids share one budget for each address: every made-up id would bring a fresh one.
    """
    whose = client_id if clients.find(ctx.db, client_id) is not None else ""
    rate_limits.spend(ctx, budgets.API_FAILURES, budgets.network(ctx.source.ip), whose)


def _find(ctx: Context, request: SimpleFlowRequest, method: str | None = None) -> tuple[Client, SimpleValue]:
    """Return the app that asks and a value that it may read now; raises the refusal, and notes it for the owner.

    With a `method` the use of the secret is counted: once a fetch, which looks first.
    """
    key = token_format.read(KIND, request.value) or NOTHING
    secret = secrets.read(request.client_secret)
    found = simple_flow.find(ctx.db, ctx.server.of(KnownClients), (request.client_id, secret.id), key)
    if found is None:
        app_log.note_unknown(ctx, request.client_id, STAGE)
        raise InvalidClient(ClientReason.SIMPLE_UNKNOWN_CLIENT)
    client = found.client
    check = SecretCheck.WRONG if client.disabled else secrets.judge(ctx, client, secret, found.secret, method)
    if check is not SecretCheck.RIGHT:
        raise _note(ctx, client, _refuse_wrong(client, request.client_secret, check))
    if found.value is None and (word := placeholder_in(request.value)):
        raise _note(ctx, client, InvalidToken(TokenReason.VALUE_PLACEHOLDER, word=word))
    return client, _check_readable(ctx, client, found.value)


def _refuse_wrong(client: Client, shown: str, check: SecretCheck) -> InvalidClient:
    """Return the refusal of the caller: the same words for every reason, which only the owner reads."""
    if client.disabled:
        return InvalidClient(ClientReason.SIMPLE_DISABLED_CLIENT)
    if check is SecretCheck.EXPIRED:
        return InvalidClient(ClientReason.SIMPLE_SECRET_EXPIRED, hint=shown[-secrets.HINT_LENGTH :])
    if client.takes_secret and (word := placeholder_in(shown)):
        return InvalidClient(ClientReason.SIMPLE_SECRET_PLACEHOLDER, word=word)
    if client.takes_secret:
        return InvalidClient(ClientReason.SIMPLE_SECRET_WRONG)
    registered = client.token_endpoint_auth_method
    return InvalidClient(ClientReason.SIMPLE_TAKES_NO_SECRET, sent="client_secret", registered=registered)


def _check_readable(ctx: Context, client: Client, value: SimpleValue | None) -> SimpleValue:
    """Return a value that this app may read now; the caller gets the same words for every refusal."""
    if value is None:
        raise _refuse_invalid(ctx, client, TokenReason.VALUE_UNKNOWN)
    if value.client_id != client.id:
        raise _refuse_invalid(ctx, client, TokenReason.VALUE_OF_ANOTHER_APP)
    person = value.person
    if person.allowed is None:
        app_reads.note_refused(ctx, client.id, person.facts.id, ReadPlace.API_USER)
    if person.disabled or person.allowed is None or person.generation != value.generation:
        raise _refuse_invalid(ctx, client, TokenReason.VALUE_ACCESS_REVOKED)
    if value.client_generation not in {None, client.generation}:
        raise _refuse_invalid(ctx, client, TokenReason.VALUE_ENDED_WITH_TOKENS)
    if value.taken_ms is None:
        if value.expires_ms <= ctx.now_ms:
            raise _refuse_invalid(ctx, client, TokenReason.VALUE_EXPIRED)
        return value
    if not _is_rereadable(ctx, client, value.taken_ms, value.expires_ms):
        raise _refuse_invalid(ctx, client, TokenReason.VALUE_READ_BEFORE)
    return value


def _is_rereadable(ctx: Context, client: Client, taken_ms: int, expires_ms: int) -> bool:
    """Decide on a used value: by the switch first, since the clock of the node that used it may run ahead (T161)."""
    return client.reread_seconds > 0 and ctx.now_ms < min(taken_ms + client.reread_seconds * 1000, expires_ms)


def _build_answer(ctx: Context, client: Client, value: SimpleValue, *, reads_it: bool = True) -> dict[str, Any]:
    """Return what the scopes and the person allow the app to know."""
    person, granted = value.person, _check_scope(ctx, client, value)
    ctx.server.last_used.note_fetch(person.facts.id, client.id, ctx.now_ms, person.fetched_ms)
    answer = simple_user(get_facts_for(ctx, person.facts, client), granted, ctx.settings.public_url)
    if reads_it:
        app_reads.note(ctx, client.id, person.facts.id, ReadPlace.API_USER, answer)
        app_log.note_act(ctx, client.id, Act.USER_READ)
    return answer


def _check_scope(ctx: Context, client: Client, value: SimpleValue) -> frozenset[str]:
    """Return what the app may read with this value today; a value that says nothing is refused before it is used up."""
    granted = value.scopes & (value.person.allowed or frozenset())
    if not granted & scopes.SIMPLE:
        raise _note(ctx, client, InsufficientScope(TokenReason.VALUE_WITHOUT_SCOPE))
    return granted


def _refuse_invalid(ctx: Context, client: Client, reason: TokenReason) -> InvalidToken:
    return _note(ctx, client, InvalidToken(reason))


def _note(ctx: Context, client: Client, error: Refused) -> Refused:
    """Note a refusal for the app's owner, and return it."""
    app_log.note(ctx, client.id, STAGE, error)
    return error
