"""The checks of a new authorization request, in their order; each takes data and returns data.

1. `identify_client`: the request names one client, and people may be sent to it.
2. `_load_pushed`: a request_uri stands for a request that was judged when it was pushed (RFC 9126 §4).
3. `_open_request_object`: of a signed request, only what is inside counts (RFC 9101 §6.3).
4. `_trust_target`: prove where the answer may go. Until then a refusal is a page: Untrusted (RFC 6749 §4.1.2.1).
5. `_validate`: judge all the rest. From here on a refusal goes to the app, through the target.
6. `check_unchanged`: a request that waited is still one that the app may make.
"""

from typing import NamedTuple

from oauth2system.protocol.authorization import simple_link, validate
from oauth2system.protocol.authorization.response import FormPost, Redirect
from oauth2system.protocol.authorization.validate import AuthorizationRequest, Target
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import Client, match_redirect
from oauth2system.protocol.errors import InvalidRequestObject, OAuthError, Untrusted
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.services.authorization import pushed_requests, request_objects
from oauth2system.services.clients import capabilities

STAGE = "authorize"


class SentRequest(NamedTuple):
    """A request as it arrived; `keys` are ours, to check an id_token_hint."""

    method: str
    params: Params
    keys: tuple[VerificationKey, ...] = ()


class JudgedRequest(NamedTuple):
    """A valid request of this client; `pushed` is the row of its pushed request, which the answer uses up."""

    request: AuthorizationRequest
    client: Client
    pushed: int | None = None


class _Opened(NamedTuple):
    """The parameters that count; `broken` is the fault of the request object that should have had them."""

    params: Params
    signed: bool = False
    broken: InvalidRequestObject | None = None


def judge(
    ctx: Context, sent: SentRequest, found: Client | None, allowed: frozenset[str]
) -> JudgedRequest | Redirect | FormPost:
    """Return the request that was sent, or the redirect that takes its refusal to the app.

    `found` is the client of its client_id, if there is one; `allowed` is what the person allows that client already.
    Raises Untrusted until the target is verified.
    """
    client = validate.identify_client(sent.params, found)
    judged = _load_pushed(ctx, sent, client) or _judge_sent(ctx, sent, client, allowed)
    if isinstance(judged, JudgedRequest):
        check_unchanged(client, judged.request)
    return judged


def _load_pushed(ctx: Context, sent: SentRequest, client: Client) -> JudgedRequest | None:
    if "request_uri" not in sent.params:
        return None
    pushed = pushed_requests.find(ctx, sent.params, client)
    return None if pushed is None else JudgedRequest(pushed.request, client, pushed.row_id)


def _judge_sent(
    ctx: Context, sent: SentRequest, client: Client, allowed: frozenset[str]
) -> JudgedRequest | Redirect | FormPost:
    offer = capabilities.get_offer(ctx.settings)
    if (request := simple_link.judge(sent.method, sent.params, client, offer)) is not None:
        return JudgedRequest(request, client)
    opened = _open_request_object(ctx, sent.params, client)
    target = _trust_target(opened, client, offer, sent.method)
    try:
        return _validate(ctx, opened, client, target, sent.keys)
    except OAuthError as error:
        # RFC 9700 §4.11.2: nobody is sent to an app that registered itself and that this person never agreed to.
        if client.self_registered and not allowed:
            raise error.on_page() from error
        app_log.note(ctx, client.id, STAGE, error)
        return target.refuse(error)


def _open_request_object(ctx: Context, params: Params, client: Client) -> _Opened:
    """Return the parameters inside the request object; for a broken one those outside: they say where to refuse."""
    if "request" not in params:
        return _Opened(params)
    try:
        return _Opened(*request_objects.open_request(ctx, params, client))
    except InvalidRequestObject as error:
        return _Opened(params, broken=error)


def _trust_target(opened: _Opened, client: Client, offer: Offer, method: str) -> Target:
    """Return the verified target; raises Untrusted, also for a broken request object that may have named it."""
    try:
        return validate.trust(opened.params, client, offer, method="POST" if opened.signed else method)
    except Untrusted as refusal:
        broken = opened.broken
        if broken is None or refusal.sent is not None:
            raise
        page = broken.on_page()
        page.public = refusal.public
        raise page from broken


def _validate(
    ctx: Context, opened: _Opened, client: Client, target: Target, keys: tuple[VerificationKey, ...]
) -> JudgedRequest:
    if opened.broken is not None:
        raise opened.broken
    params, offer = opened.params, capabilities.get_offer(ctx.settings)
    subject = request_objects.read_hinted_subject(ctx, params, client, keys) if "id_token_hint" in params else None
    request = validate.validate(params, client, target, offer, signed=opened.signed, subject=subject)
    return JudgedRequest(request, client)


def check_unchanged(client: Client, request: AuthorizationRequest) -> None:
    """Raise Untrusted if the app may not ask for this any more."""
    if not is_unchanged(client, request):
        raise Untrusted(PageReason.APP_CHANGED)


def is_unchanged(client: Client, request: AuthorizationRequest) -> bool:
    """Return whether the app may still ask for this: its owner may have changed it."""
    may_be_simple = client.simple_flow or not request.target.simple
    is_registered = match_redirect(client, request.target.redirect_uri)
    return may_be_simple and is_registered and request.scopes <= client.scopes
