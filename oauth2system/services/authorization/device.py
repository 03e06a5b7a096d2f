"""The device flow: a code for the device, a code for the person, and the person's decision (RFC 8628)."""

from dataclasses import dataclass
from typing import Any

from oauth2system.errors import NotPermitted, Refusal
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, page_messages
from oauth2system.protocol import device, scopes
from oauth2system.protocol.clients.client import DEVICE_GRANT, Client
from oauth2system.protocol.errors import OAuthError
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import acr, grants
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log, audit, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import transacts, writes
from oauth2system.services.authorization import answers, consents, kept_requests
from oauth2system.services.authorization.answers import NO_BOXES, Boxes
from oauth2system.services.authorization.consents import RequestedScope
from oauth2system.services.clients import capabilities, public_keys, publishers
from oauth2system.services.clients.authentication import identify
from oauth2system.services.clients.publishers import Publisher
from oauth2system.services.pictures import addresses
from oauth2system.services.tokens import codes
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import clients, device_codes, users
from oauth2system.storage.tables import consents as consent_rows
from oauth2system.storage.tables.device_codes import DeviceCode

PATH = "/oauth2/device_authorization"
PAGE = "/device"
STAGE = "device_authorization"
_GUESSES = frozenset({"device_code", "device_expired"})  # these cost an attempt (RFC 8628 §5.1)


class DeviceRefused(Refusal):
    """The person cannot answer for this code; `code` names the sentence in policy/page_messages.py."""

    def __init__(self, code: str) -> None:
        """Keep the code, with its sentence as the message."""
        super().__init__(page_messages.of_query(page_messages.query_of(code)).text)
        self.code = code


@dataclass(frozen=True, slots=True)
class DeviceView:
    """What the person sees before they allow a device."""

    user_code: str
    app_name: str
    publisher: Publisher
    account: str
    username: str
    asked: tuple[RequestedScope, ...]
    logo: str = ""


async def begin(call: Call, authorization: str | None, params: Params) -> dict[str, Any]:
    """Give a device its two codes, after the keys of an app that signs were fetched (RFC 8628 §3.1)."""
    await public_keys.prepare(call.runner, authorization, params)
    return await call(give_codes, authorization, params)


@writes
def give_codes(ctx: Context, authorization: str | None, params: Params) -> dict[str, Any]:
    """Answer a device with its two codes (RFC 8628 §3.2)."""
    caller = identify(ctx, authorization, params, PATH)
    offer = capabilities.get_offer(ctx.settings)
    try:
        asked = device.check_request(params, caller, offer)
        allowed = (*offer.resources, *caller.client.resources)
        sent = params.every("resource")
        resources = grants.narrow_resources(sent, allowed) if sent else ()
    except OAuthError as error:
        app_log.note(ctx, caller.client.id, STAGE, error)
        raise
    kept_requests.count(ctx, caller.client)
    device_code, user_code = _keep(ctx, caller.client, scopes.write(asked), " ".join(resources))
    app_log.note_act(ctx, caller.client.id, Act.DEVICE_BEGUN)
    page = f"{ctx.settings.public_url}{PAGE}"
    return {
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={user_code}",
        "expires_in": lifetimes.DEVICE_CODE.in_seconds,
        "interval": device.INTERVAL,
    }


def _keep(ctx: Context, client: Client, asked: str, resources: str) -> tuple[str, str]:
    while True:
        row_id = ctx.new_id()
        device_code = token_format.mint(Kind.DEVICE, row_id, ctx.random(token_format.RANDOM_BYTES))
        user_code = device.user_code(ctx.random(16))
        row = DeviceCode(
            id=row_id,
            digest=token_format.digest(Kind.DEVICE, device_code),
            client_id=client.id,
            scopes=asked,
            resources=resources,
            status="pending",
            interval=device.INTERVAL,
            polled_ms=None,
            user_id=None,
            auth_time_ms=None,
            sid=None,
            expires_ms=ctx.now_ms + lifetimes.DEVICE_CODE.in_ms,
        )
        if device_codes.add(ctx.db, row, _digest_user_code(ctx, user_code)):
            return device_code, user_code


def _digest_user_code(ctx: Context, user_code: str) -> bytes:
    """Return the digest of a user code. It is keyed, since all codes of 34 bits could be tried (T085)."""
    return ctx.server.encryption.fingerprint("device", "user code", user_code)


@transacts
def look(ctx: Context, typed: str) -> DeviceView:
    """Return the device request with this code; every guess is counted (RFC 8628 §5.1, T080)."""
    row, client, user_code = _find_waiting(ctx, typed)
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session else None
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    answered = consent_rows.find(ctx.db, user.id, client.id)
    publisher = publishers.find(ctx, client, "")
    asked = consents.describe_scopes(ctx, client, user, scopes.read(row.scopes), answered)
    logo = addresses.logo(client.logo, 64)
    return DeviceView(user_code, client.name, publisher, user.id, user.username, asked, logo)


@writes
def decide(ctx: Context, typed: str, account: str | None, *, agreed: bool, boxes: Boxes = NO_BOXES) -> None:
    """Record the person's decision; `account` is the person whom the page showed (RFC 8628 §3.3)."""
    row, client, _user_code = _find_waiting(ctx, typed)
    session = ctx.session
    if session is None or account != session.user_id:
        raise DeviceRefused("device_account")
    if agreed and client.second_factor and acr.SEVERAL_FACTORS not in acr.list_reached(session.amr.split()):
        raise DeviceRefused("device_factor")
    asked, before = scopes.read(row.scopes), consent_rows.find(ctx.db, session.user_id, client.id)
    left = asked & boxes.unticked
    if agreed and not left <= scopes.list_optional(asked, client.optional_scopes):
        raise DeviceRefused("device_account")
    decided = device_codes.decide(
        ctx.db,
        row.id,
        "allowed" if agreed else "denied",
        scopes=scopes.write(asked - left),
        user_id=session.user_id,
        auth_time_ms=to_ms(session.authenticated_at),
        amr=session.amr,
        sid=codes.sid_of(session),
        generation=session.generation,
        now_ms=ctx.now_ms,
    )
    if not decided:  # somebody else was faster
        raise DeviceRefused(_explain_over(ctx, device_codes.find(ctx.db, row.id)))
    audit.record(ctx, f"device.{'allowed' if agreed else 'denied'}", user_id=session.user_id, client_id=client.id)
    app_log.note_act(ctx, client.id, Act.DEVICE_APPROVED if agreed else Act.DEVICE_REFUSED)
    if agreed:
        if left:
            app_log.note_act(ctx, client.id, Act.DEVICE_LEFT_OUT)
        answers.keep(ctx, (session.user_id, client.id), before, asked - left, left)


def _find_waiting(ctx: Context, typed: str) -> tuple[DeviceCode, Client, str]:
    """Find the device with the code that a confirmed person typed; a wrong code costs an attempt."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    if not ctx.session.email_confirmed:
        raise DeviceRefused("device_unconfirmed")
    payers = (ctx.session.user_id, budgets.network(ctx.source.ip))
    for whose in payers:
        rate_limits.spend(ctx, budgets.DEVICE_CODE, whose)
    user_code = device.read_user_code(typed)
    row = device_codes.find_typed(ctx.db, _digest_user_code(ctx, user_code)) if user_code else None
    over = _explain_over(ctx, row)
    if row is None or user_code is None or over in _GUESSES:
        raise DeviceRefused(over)
    for whose in payers:
        rate_limits.give_back(ctx, budgets.DEVICE_CODE, whose)
    if over:
        raise DeviceRefused(over)
    client = clients.find(ctx.db, row.client_id)
    if client is None or client.disabled or not _may_answer(client, row):
        raise DeviceRefused("disabled")
    return row, client, user_code


def _may_answer(client: Client, row: DeviceCode) -> bool:
    """Return whether the app may still do what it asked for: its owner may have changed it."""
    return client.may_use(DEVICE_GRANT) and scopes.read(row.scopes) <= client.scopes


def _explain_over(ctx: Context, row: DeviceCode | None) -> str:
    """Return the page code of a device that does not wait; only who answered it learns the answer (T080)."""
    if row is None:
        return "device_code"
    if row.status == "pending":
        return "device_expired" if row.expires_ms <= ctx.now_ms else ""
    if ctx.session is None or row.user_id != ctx.session.user_id:
        return "device_code"
    return "device_refused" if row.status == "denied" else "device_agreed"
