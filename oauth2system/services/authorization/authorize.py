"""What happens at /oauth2/authorize: trust the target, judge the request, do what comes next.

Login, consent and e-mail confirmation all come back here, where the same `next_step` speaks again.
"""

from dataclasses import dataclass, replace

from oauth2system.errors import NotPermitted
from oauth2system.i18n import _
from oauth2system.policy import budgets
from oauth2system.protocol import scopes
from oauth2system.protocol.authorization import validate as rules
from oauth2system.protocol.authorization.interaction import (
    Answer,
    ConfirmEmail,
    Consent,
    Flow,
    Login,
    Refuse,
    Session,
    next_step,
)
from oauth2system.protocol.authorization.response import FormPost, Redirect, origin_of
from oauth2system.protocol.authorization.validate import AuthorizationRequest
from oauth2system.protocol.capabilities import SIGN_IN_ACR, SIGN_IN_AMR
from oauth2system.protocol.clients.client import Client, match_redirect
from oauth2system.protocol.errors import AccessDenied, InvalidRequestObject, OAuthError, Untrusted
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.runtime import app_log, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts, writes
from oauth2system.services.authorization import cross_site_posts, flows, pushed_requests, request_objects
from oauth2system.services.authorization.flows import Pending
from oauth2system.services.clients import capabilities
from oauth2system.services.clients.subjects import subject_of
from oauth2system.services.sessions import sessions
from oauth2system.services.tokens import codes
from oauth2system.storage.tables import clients, consents

STAGE = "authorize"


@dataclass(frozen=True, slots=True)
class GoTo:
    """Show one of our own pages; `browser` is a new cookie value when the browser had none."""

    path: str
    browser: str | None = None


Outcome = GoTo | Redirect | FormPost


@writes
def begin(
    ctx: Context, method: str, params: Params, browser: str | None, keys: tuple[VerificationKey, ...] = ()
) -> Outcome:
    """Judge a new request (RFC 6749 §4.1.2.1) and take its first step; `keys` are ours, for a hint."""
    client, allowed = sessions.standing(ctx, rules.client_id_of(params))
    try:
        found = pushed_requests.find(ctx, params, rules.known(client)) if "request_uri" in params else None
        judged = found.request if found else _judge(ctx, method, params, client, allowed, keys)
        client = rules.known(client)
        if not _still_may(client, judged):
            raise _changed()
    except _Told as told:
        return told.outcome
    except Untrusted as refusal:
        if client is not None:
            app_log.note(client.id, STAGE, refusal)
        raise
    flow = Flow.begin(judged, client, ctx.now, found.row_id if found else None)
    return _advance(ctx, client, flow, allowed, None, browser)


class _Told(Exception):  # noqa: N818
    """A refusal that goes back to the app: everything needed for that is proven."""

    def __init__(self, outcome: Redirect | FormPost) -> None:
        super().__init__()
        self.outcome = outcome


def _judge(  # noqa: PLR0913, PLR0917  (what a request is judged by)
    ctx: Context,
    method: str,
    params: Params,
    client: Client | None,
    allowed: frozenset[str],
    keys: tuple[VerificationKey, ...],
) -> AuthorizationRequest:
    """Judge a request by all that came with it; raises Untrusted while nothing proves where an answer may go."""
    offer = capabilities.offer(ctx.settings)
    asked, signed, broken = _opened(ctx, params, client)
    try:
        target = rules.trust(asked, client, offer, method="POST" if signed else method)
    except Untrusted as refusal:
        raise _rather(broken, refusal) from broken
    client = rules.known(client)
    try:
        if broken is not None:
            raise broken
        subject = request_objects.hinted(ctx, asked, client, keys) if "id_token_hint" in asked else None
        return rules.validate(asked, client, target, offer, signed=signed, subject=subject)
    except OAuthError as error:
        app_log.note(client.id, STAGE, error)
        # RFC 9700 §4.11.2: an app that nobody vouches for, and this person never agreed to, is sent nobody.
        if client.self_registered and not allowed:
            raise Untrusted(error.code, error.description, detail=error.detail) from error
        raise _Told(target.refuse(error)) from error


def _opened(ctx: Context, params: Params, client: Client | None) -> tuple[Params, bool, InvalidRequestObject | None]:
    """Open a signed request; what is wrong with it is told where the unsigned part leads, if that is proven."""
    if "request" not in params or client is None:
        return params, False, None
    try:
        return *request_objects.opened(ctx, params, client), None
    except InvalidRequestObject as error:
        return params, False, error


def _rather(broken: InvalidRequestObject | None, refusal: Untrusted) -> Untrusted:
    """Return what kept us from knowing where an answer may go: the broken request may have held it."""
    if broken is None or refusal.sent is not None:
        return refusal
    detail = broken.detail or broken.description
    return Untrusted(broken.code, refusal.description, detail=detail, repair=broken.repair)


@writes
def begin_posted(ctx: Context, handle: str, browser: str | None, keys: tuple[VerificationKey, ...] = ()) -> Outcome:
    """Judge a request that was posted a moment ago."""
    return begin(ctx, "POST", cross_site_posts.find(ctx, handle), browser, keys)


@writes
def resume(ctx: Context, handle: str, browser: str | None, *, chosen: bool = False) -> Outcome:
    """Go on with a flow after a page of ours; nothing is taken from the browser again (T025).

    `chosen` says that the person wants to go on with the account they are signed in to (prompt=select_account).
    """
    pending, client, allowed = _open(ctx, handle, browser)
    flow = replace(pending.flow, chosen=pending.flow.chosen or chosen)
    if flow.chosen != pending.flow.chosen:
        flows.move_on(ctx, pending, flow, pending.user_id)
    if flow.consented and (ctx.session is None or pending.user_id != ctx.session.user_id):
        flow = replace(flow, consented=False)  # another person signed in meanwhile (T105)
    return _advance(ctx, client, flow, allowed, pending, browser)


@transacts
def asks_anew(ctx: Context, handle: str) -> bool:
    """Tell whether a flow takes no session of before, so that going on with it would lead round in a circle."""
    pending = flows.find(ctx, handle)
    client = clients.find(ctx.db, pending.flow.request.client_id) if pending else None
    if pending is None or client is None:
        return False
    return next_step(pending.flow, _facts(ctx, client), frozenset(), ctx.now) == Login(fresh=True)


@writes
def decide(ctx: Context, handle: str, account: str | None, *, agreed: bool, browser: str | None) -> Outcome:
    """Take the person's decision on the consent page; `account` is whom the page showed."""
    pending, _client, _allowed = _open(ctx, handle, browser)
    if not agreed:
        return _refuse(ctx, pending, AccessDenied(_("The person did not agree.")))
    if ctx.session is None or account != ctx.session.user_id:
        return GoTo(f"/oauth2/authorize?flow={handle}")
    flow = replace(pending.flow, consented=True)
    flows.move_on(ctx, pending, flow, ctx.session.user_id)
    return GoTo(f"/oauth2/authorize?flow={handle}")


def _open(ctx: Context, handle: str, browser: str | None) -> tuple[Pending, Client, frozenset[str]]:
    """Find a flow that may still be answered, its app, and what the person allowed before (T050)."""
    pending = flows.get(ctx, handle, browser)
    request = pending.flow.request
    client, allowed = sessions.standing(ctx, request.client_id)
    client = rules.known(client)
    if not _still_may(client, request):
        raise _changed()
    return pending, client, allowed


def _changed() -> Untrusted:
    return Untrusted("invalid_request", _("This app was changed a moment ago. Go back to the site and start again."))


def _still_may(client: Client, request: AuthorizationRequest) -> bool:
    """Decide whether the app may ask today what it asked when the flow began: its owner may have taken it back."""
    may_be_simple = client.simple_flow or not request.target.simple
    return may_be_simple and match_redirect(client, request.target.redirect_uri) and request.scopes <= client.scopes


def _refuse(ctx: Context, pending: Pending, error: OAuthError) -> Outcome:
    _end(ctx, pending.flow, pending)
    return pending.flow.request.target.refuse(error)


def _end(ctx: Context, flow: Flow, pending: Pending | None) -> None:
    """Use up what leads to one answer and no more: the flow, and the pushed request behind it (T068)."""
    if pending is not None and not flows.use_up(ctx, pending):
        raise Untrusted("invalid_request", _("This sign-in has ended already. Go back to the site and start again."))
    if flow.pushed is not None:
        pushed_requests.use_up(ctx, flow.pushed)


def _advance(  # noqa: PLR0913, PLR0917  (what a step is decided by)
    ctx: Context, client: Client, flow: Flow, allowed: frozenset[str], pending: Pending | None, browser: str | None
) -> Outcome:
    """Do the one thing that comes next; `allowed` is what this person has agreed to before."""
    match next_step(flow, _facts(ctx, client), allowed, ctx.now):
        case Answer():
            return _answer(ctx, flow, allowed, pending)
        case Refuse(error):
            app_log.note(flow.request.client_id, STAGE, error)
            _end(ctx, flow, pending)
            return flow.request.target.refuse(error)
        case Login(create=True):
            return _show(ctx, "/registration", flow, pending, browser)
        case Login():
            return _show(ctx, "/login", flow, pending, browser)
        case ConfirmEmail():
            return _show(ctx, "/account/email_confirm", flow, pending, browser)
        case Consent():
            return _show(ctx, "/consent", flow, pending, browser)


def _facts(ctx: Context, client: Client) -> Session | None:
    known = ctx.session
    if known is None:
        return None
    return Session(
        known.user_id,
        known.authenticated_at,
        known.email_confirmed,
        SIGN_IN_ACR,
        SIGN_IN_AMR,
        sid=codes.sid_of(known),
        subject=subject_of(ctx.settings, known.user_id, client),
    )


def _show(ctx: Context, page: str, flow: Flow, pending: Pending | None, browser: str | None) -> GoTo:
    """Keep the flow, tied to this browser, and show a page."""
    if pending is not None:
        return GoTo(f"{page}?flow={pending.handle}")
    rate_limits.spend(ctx, budgets.FLOWS, budgets.network(ctx.source.ip))
    fresh = None if browser else ctx.random(32).hex()
    handle = flows.keep(ctx, flow, browser or fresh or "")
    return GoTo(f"{page}?flow={handle}", fresh)


def _answer(ctx: Context, flow: Flow, allowed: frozenset[str], pending: Pending | None) -> Outcome:
    """Issue, in the transaction that read client, person and session for the last time (T050)."""
    request = flow.request
    if ctx.session is None:
        raise NotPermitted(_("Sign in first."))
    _end(ctx, flow, pending)
    if flow.consented or not request.needed <= allowed:
        consents.keep(ctx.db, ctx.session.user_id, request.client_id, scopes.write(allowed | request.needed), ctx.now)
    return request.target.answer(codes.issue(ctx, request, ctx.session))


@reads
def target_origin(ctx: Context, handle: str) -> str | None:
    """Return where a flow may end, as a Content-Security-Policy calls it; None for an unknown flow."""
    pending = flows.find(ctx, handle)
    return None if pending is None else origin_of(pending.flow.request.target.redirect_uri)
