"""Apps that programs register and manage (RFC 7591, RFC 7592)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_, join
from oauth2system.ids import CLIENT
from oauth2system.policy import budgets, names, quotas
from oauth2system.protocol.clients import registration
from oauth2system.protocol.clients.authentication import SecretCheck
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidToken, OAuthError
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log, audit, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts, writes
from oauth2system.services.clients import capabilities, records, secrets, sector_identifiers
from oauth2system.setting_types.choices import DynamicRegistration
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import client_registrations, clients, users
from oauth2system.storage.tables.client_registrations import ClientRegistration, InitialToken

PATH = "/oauth2/register"
STAGE = "register"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A fresh initial access token; `value` exists only in this answer."""

    value: str
    uses: int
    days: int


@transacts
def create_token(ctx: Context, owner: str | None, uses: int, days: int) -> NewToken:
    """Make an initial access token, by an operator's command; apps registered by it belong to `owner`."""
    if not ctx.system:
        raise NotPermitted(N_("Only the operator can do this."))
    if not 1 <= uses <= quotas.REGISTRATION_TOKEN_USES or not 1 <= days <= quotas.REGISTRATION_TOKEN_DAYS:
        raise Invalid(uses=N_("A token is good for 1 to 100000 apps, and for 1 to 3650 days."))
    user = users.find_by_username(ctx.db, names.canonical(owner)) if owner else None
    if owner and user is None:
        raise NotFound(N_("There is no user of that name."))
    row_id = ctx.new_id()
    value = token_format.mint(Kind.INITIAL, row_id, ctx.random(token_format.RANDOM_BYTES))
    token = InitialToken(
        id=row_id,
        digest=token_format.digest(Kind.INITIAL, value),
        owner_id=user.id if user else None,
        uses=uses,
        created_ms=ctx.now_ms,
        expires_ms=to_ms(ctx.now + timedelta(days=days)),
    )
    client_registrations.add_initial(ctx.db, token)
    audit.record(ctx, "registration_token.created", user_id=user.id if user else None, uses=uses, days=days)
    return NewToken(value, uses, days)


async def register(call: Call, bearer: str | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """Register an app as a program describes it; raises OAuthError (RFC 7591 §3.1)."""
    client = await sector_identifiers.judge(call, judge_new, bearer, data)
    return await call(add, bearer, client)


async def replace_all(call: Call, client_id: str, bearer: str | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the whole description of a registered app; raises OAuthError (RFC 7592 §2.2)."""
    client = await sector_identifiers.judge(call, judge_change, client_id, bearer, data)
    return await call(change, client_id, bearer, client)


@writes
def judge_new(ctx: Context, bearer: str | None, data: Mapping[str, Any]) -> Client:
    """Judge the caller and the metadata, before anything is fetched for it or stored (RFC 7591 §3)."""
    initial = _spend_initial(ctx, bearer)
    rate_limits.spend(ctx, budgets.REGISTER_APP, budgets.network(ctx.source.ip))
    blank = Client(
        id="",
        name="Unnamed app",
        owner_id=initial.owner_id if initial else None,
        self_registered=initial is None,
    )
    return _read(ctx, data, blank)


@writes
def add(ctx: Context, bearer: str | None, client: Client) -> dict[str, Any]:
    """Store a valid app; its secret and its registration access token are shown this once (RFC 7591 §3.2.1)."""
    initial = _spend_initial(ctx, bearer)
    if initial is not None and not client_registrations.spend_initial(ctx.db, initial.id, ctx.now_ms):
        raise _refuse_token()
    client = replace(client, id=str(ctx.new_id(CLIENT)))
    made = records.add(ctx, client)
    row_id = ctx.new_id()
    token = token_format.mint(Kind.REGISTRATION, row_id, ctx.random(token_format.RANDOM_BYTES))
    digest = token_format.digest(Kind.REGISTRATION, token)
    client_registrations.keep(ctx.db, ClientRegistration(client.id, row_id, digest, ctx.now_ms))
    answer = _build_answer(ctx, client, token, made.client_secret)
    return {**answer, "client_id_issued_at": ctx.now_ms // 1000}


@reads
def show(ctx: Context, client_id: str, bearer: str | None) -> dict[str, Any]:
    """Return the registered metadata, without the secret; raises OAuthError (RFC 7592 §2.1)."""
    return _build_answer(ctx, _find_managed(ctx, client_id, bearer), bearer or "")


@writes
def judge_change(ctx: Context, client_id: str, bearer: str | None, data: Mapping[str, Any]) -> Client:
    """Judge new metadata of an app, as a whole (RFC 7592 §2.2)."""
    client = _find_managed(ctx, client_id, bearer)
    shown = data.get("client_secret")
    matches = isinstance(shown, str) and secrets.check(ctx, client.id, shown)[1] is SecretCheck.RIGHT
    try:
        registration.check_replacement(data, client, secret_matches=matches)
        return _read(ctx, data, client)
    except OAuthError as error:
        app_log.note(ctx, client.id, STAGE, error)
        raise


@writes
def change(ctx: Context, client_id: str, bearer: str | None, client: Client) -> dict[str, Any]:
    """Store metadata that were judged; a method that needs a secret gets one, shown this once."""
    _find_managed(ctx, client_id, bearer)
    known = clients.find_registered(ctx.db, client_id, hold=True)
    if known is None:
        raise _not_yours()
    records.overwrite(ctx, known.client, client)
    secret = secrets.ensure(ctx, client)
    return _build_answer(ctx, client, bearer or "", secret.value if secret else None)


@writes
def delete(ctx: Context, client_id: str, bearer: str | None) -> None:
    """Delete an app with everything that belongs to it (RFC 7592 §2.3)."""
    client = _find_managed(ctx, client_id, bearer)
    audit.record(ctx, "app.deleted", user_id=client.owner_id, client_id=client.id, name=client.name)
    clients.delete(ctx.db, client.id)


def _read(ctx: Context, data: Mapping[str, Any], client: Client) -> Client:
    offer = capabilities.get_offer(ctx.settings)
    read = registration.read(
        data,
        client,
        offer,
        allow_http=ctx.settings.allow_http_redirects,
        plain_schemes=ctx.settings.allow_plain_schemes,
    )
    try:
        return replace(read, name=names.read_app_name(read.name, may_be_ours=client.first_party))
    except Invalid as error:
        raise InvalidClientMetadata(
            MetadataReason.NAME_REFUSED, member="client_name", problem=join(error.problems.values())
        ) from error


def _spend_initial(ctx: Context, bearer: str | None) -> InitialToken | None:
    """Return the initial access token of the caller; None where registration is open to all."""
    if ctx.settings.dynamic_registration is DynamicRegistration.OFF:
        raise NotFound(N_("There is nothing here."))
    if bearer is None and ctx.settings.dynamic_registration is DynamicRegistration.OPEN:
        return None
    read = token_format.read(Kind.INITIAL, bearer) if bearer else None
    found = client_registrations.find_initial(ctx.db, read[0], ctx.now_ms) if read else None
    if read is None or found is None or not hmac.compare_digest(found.digest, read[1]):
        raise _refuse_token()
    return found


def _find_managed(ctx: Context, client_id: str, bearer: str | None) -> Client:
    """Return the app that this token manages; the refusal is the same for every reason (RFC 7592 §2.1)."""
    if ctx.settings.dynamic_registration is DynamicRegistration.OFF:
        raise NotFound(N_("There is nothing here."))
    read = token_format.read(Kind.REGISTRATION, bearer) if bearer else None
    kept = client_registrations.find(ctx.db, client_id) if client_id.isascii() and client_id.isdecimal() else None
    client = clients.find(ctx.db, client_id) if kept else None
    if kept is None or client is None:
        raise _not_yours()
    if read is None or kept.token_id != read[0] or not hmac.compare_digest(kept.digest, read[1]):
        app_log.note(ctx, client.id, STAGE, _not_yours())
        raise _not_yours()
    if client.disabled:
        raise NotPermitted(N_("This app is disabled."))
    return client


def _build_answer(ctx: Context, client: Client, token: str, secret: str | None = None) -> dict[str, Any]:
    answer = registration.answer(client)
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    uri = f"{ctx.settings.public_url}{PATH}/{client.id}"
    return {**answer, "registration_client_uri": uri, "registration_access_token": token}


def _refuse_token() -> InvalidToken:
    return InvalidToken(ClientReason.INITIAL_TOKEN_REFUSED)


def _not_yours() -> InvalidToken:
    return InvalidToken(ClientReason.REGISTRATION_TOKEN_REFUSED)
