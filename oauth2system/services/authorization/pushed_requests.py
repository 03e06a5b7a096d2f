"""Pushed authorization requests: judged in full when they come, used up by the first answer (RFC 9126).

Until then a reference can be opened again (RFC 9126 §4): people reload pages, and sign in on the way.
"""

from dataclasses import dataclass
from typing import Any

from oauth2system.policy import lifetimes
from oauth2system.protocol.authorization import pushed, validate
from oauth2system.protocol.authorization.validate import AuthorizationRequest
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidRequestUri, OAuthError, Untrusted, UseDpopNonce
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log, one_time_links
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import writes
from oauth2system.services.authorization import kept_requests, request_objects
from oauth2system.services.clients import capabilities, playground, public_keys
from oauth2system.services.clients.authentication import identify
from oauth2system.services.keys import keyring
from oauth2system.services.tokens import dpop
from oauth2system.services.tokens.dpop import Sent
from oauth2system.storage.tables import ephemeral

PATH = "/oauth2/par"
STAGE = "par"


@dataclass(frozen=True, slots=True)
class Pushed:
    """A pushed request; `row_id` is the row that its answer uses up."""

    row_id: int
    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """The reference of a request that was kept (RFC 9126 §2.2), and the nonce for the app's next DPoP proof."""

    members: dict[str, Any]
    nonce: str | None


async def push(call: Call, authorization: str | None, params: Params, sent: Sent) -> PushAnswer:
    """Judge a request that an app pushes and keep it; raises OAuthError (RFC 9126 §2)."""
    await public_keys.prepare(call.runner, authorization, params)
    ours = (await keyring.get(call.runner)).all_keys()
    members = await call(keep, authorization, params, sent, ours)
    return PushAnswer(members, await dpop.next_nonce(call) if sent else None)


@writes
def keep(
    ctx: Context, authorization: str | None, params: Params, sent: Sent, keys: tuple[VerificationKey, ...]
) -> dict[str, Any]:
    """Judge a request and keep it; `keys` are ours, for an id_token_hint (RFC 9126 §2)."""
    caller = identify(ctx, authorization, params, PATH)
    kept_requests.count(ctx, caller.client)
    try:
        judged = _judge(ctx, caller, params, sent, keys)
    except UseDpopNonce:
        raise
    except OAuthError as error:
        app_log.note(ctx, caller.client.id, STAGE, error)
        raise
    app_log.note_act(ctx, caller.client.id, Act.REQUEST_PUSHED)
    return _keep_for_answer(ctx, judged)


def _judge(
    ctx: Context, caller: AuthenticatedClient, params: Params, sent: Sent, keys: tuple[VerificationKey, ...]
) -> AuthorizationRequest:
    proof = dpop.check(ctx, sent)
    client = playground.as_seen(ctx, caller.client)
    asked, signed = request_objects.open_request(ctx, pushed.check_pushed(params, caller), client)
    offer = capabilities.get_offer(ctx.settings)
    try:
        # A pushed request is never the simple flow, also without response_type.
        target = validate.trust(asked, client, offer, method="POST")
    except Untrusted as refusal:
        raise refusal.to_app() from refusal
    subject = request_objects.read_hinted_subject(ctx, asked, client, keys)
    request = validate.validate(asked, client, target, offer, pushed=True, signed=signed, subject=subject)
    return pushed.bind(request, proof)


def _keep_for_answer(ctx: Context, request: AuthorizationRequest) -> dict[str, Any]:
    handle = one_time_links.mint(
        ctx, Kind.PUSHED, lives=lifetimes.PUSHED_REQUEST, data=request.to_json(), client_id=request.client_id
    )
    return {"request_uri": pushed.reference(handle), "expires_in": lifetimes.PUSHED_REQUEST.in_seconds}


def find(ctx: Context, params: Params, client: Client) -> Pushed | None:
    """Return the request of a reference, None without one; raises Untrusted for one that is not valid (T067)."""
    uri = params.peek("request_uri")
    if uri is None or not pushed.is_reference(uri):
        return None
    try:
        row_id, digest = pushed.read_reference(uri)
    except InvalidRequestUri as error:
        raise Untrusted(error.reason) from error
    row = ephemeral.find(ctx.db, row_id, Kind.PUSHED, digest, ctx.now)
    if row is None or row.taken_ms is not None:
        raise Untrusted(PageReason.PUSHED_UNKNOWN)
    if row.client_id != client.id:
        raise Untrusted(PageReason.PUSHED_BY_ANOTHER_APP)
    return Pushed(row_id, AuthorizationRequest.from_json(row.data))


def use_up(ctx: Context, row_id: int) -> bool:
    """Use a reference up, however its authorization ended; False if another one was faster (RFC 9126 §7.3, T068).

    Its expiry is checked when the reference is opened: signing in may then take some minutes.
    """
    return ephemeral.finish(ctx.db, row_id, Kind.PUSHED, ctx.now)
