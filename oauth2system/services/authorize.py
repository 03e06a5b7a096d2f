"""What happens at /oauth2/authorize: trust the target, judge the request, do what comes next.

Login, consent and e-mail confirmation all come back here, where the same `next_step` speaks again.
"""

from dataclasses import dataclass, replace

from oauth2system.errors import NotPermitted
from oauth2system.i18n import _
from oauth2system.protocol import authorize as rules
from oauth2system.protocol import scopes
from oauth2system.protocol.authorize import AuthorizationRequest
from oauth2system.protocol.clients import Client, match_redirect
from oauth2system.protocol.errors import AccessDenied, OAuthError, Untrusted
from oauth2system.protocol.interaction import Answer, ConfirmEmail, Consent, Flow, Login, Refuse, Session, next_step
from oauth2system.protocol.params import Params
from oauth2system.protocol.response import FormPost, Redirect, origin_of
from oauth2system.services import flows, handles, limits, offers, posted, refusals, sessions
from oauth2system.services.context import Context
from oauth2system.services.flows import Pending
from oauth2system.storage import consents

STAGE = "authorize"


@dataclass(frozen=True, slots=True)
class GoTo:
    """Show one of our own pages; `browser` is a new cookie value when the browser had none."""

    path: str
    browser: str | None = None


Outcome = GoTo | Redirect | FormPost


def begin(ctx: Context, method: str, params: Params, browser: str | None) -> Outcome:
    """Judge a request that has just arrived (protocol.md §9) and take its first step."""
    client, allowed = sessions.standing(ctx, rules.client_id_of(params))
    offer = offers.offer(ctx.settings)
    try:
        target = rules.trust(params, client, offer, method=method)
    except Untrusted as refusal:
        if client is not None:
            refusals.note(client.id, STAGE, refusal)
        raise
    client = rules.known(client)
    try:
        request = rules.validate(params, client, target, offer)
    except OAuthError as error:
        refusals.note(client.id, STAGE, error)
        return target.refuse(error)
    return _advance(ctx, Flow.begin(request, client, ctx.now), allowed, None, browser)


def begin_posted(ctx: Context, handle: str, browser: str | None) -> Outcome:
    """Judge a request that was posted a moment ago."""
    return begin(ctx, "POST", posted.find(ctx, handle), browser)


def resume(ctx: Context, handle: str, browser: str | None) -> Outcome:
    """Go on with a flow after a page of ours; nothing is taken from the browser again (T025)."""
    pending, allowed = _open(ctx, handle, browser)
    flow = pending.flow
    if flow.consented and (ctx.session is None or pending.user_id != ctx.session.user_id):
        flow = replace(flow, consented=False)  # another person signed in meanwhile (T105)
    return _advance(ctx, flow, allowed, pending, browser)


def decide(ctx: Context, handle: str, account: str | None, *, agreed: bool, browser: str | None) -> Outcome:
    """Take the person's decision on the consent page; `account` is whom the page showed."""
    pending, _allowed = _open(ctx, handle, browser)
    if not agreed:
        return _refuse(ctx, pending, AccessDenied(_("The person did not agree.")))
    if ctx.session is None or account != ctx.session.user_id:
        return GoTo(f"/oauth2/authorize?flow={handle}")
    flow = replace(pending.flow, consented=True)
    flows.move_on(ctx, pending, flow, ctx.session.user_id)
    return GoTo(f"/oauth2/authorize?flow={handle}")


def _open(ctx: Context, handle: str, browser: str | None) -> tuple[Pending, frozenset[str]]:
    """Find a flow that may still be answered, and what the person allowed before (protocol.md §9.11)."""
    pending = flows.get(ctx, handle, browser)
    request = pending.flow.request
    client, allowed = sessions.standing(ctx, request.client_id)
    if not _still_may(rules.known(client), request):
        raise Untrusted("invalid_request", _("This app was changed a moment ago. Go back to the site and start again."))
    return pending, allowed


def _still_may(client: Client, request: AuthorizationRequest) -> bool:
    """Decide whether the app may ask today what it asked when the flow began: its owner may have taken it back."""
    may_be_simple = client.simple_flow or not request.target.simple
    return may_be_simple and match_redirect(client, request.target.redirect_uri) and request.scopes <= client.scopes


def _refuse(ctx: Context, pending: Pending, error: OAuthError) -> Outcome:
    if not flows.use_up(ctx, pending):
        raise Untrusted("invalid_request", _("This sign-in has ended already. Go back to the site and start again."))
    return pending.flow.request.target.refuse(error)


def _advance(
    ctx: Context, flow: Flow, allowed: frozenset[str], pending: Pending | None, browser: str | None
) -> Outcome:
    """Do the one thing that comes next; `allowed` is what this person has agreed to before."""
    match next_step(flow, _facts(ctx), allowed, ctx.now):
        case Answer():
            return _answer(ctx, flow, allowed, pending)
        case Refuse(error):
            refusals.note(flow.request.client_id, STAGE, error)
            return flow.request.target.refuse(error) if pending is None else _refuse(ctx, pending, error)
        case Login(create=True):
            return _show(ctx, "/registration", flow, pending, browser)
        case Login():
            return _show(ctx, "/login", flow, pending, browser)
        case ConfirmEmail():
            return _show(ctx, "/account/email_confirm", flow, pending, browser)
        case Consent():
            return _show(ctx, "/consent", flow, pending, browser)


def _facts(ctx: Context) -> Session | None:
    known = ctx.session
    if known is None:
        return None
    return Session(known.user_id, known.authenticated_at, known.email_confirmed, sid=handles.sid_of(known))


def _show(ctx: Context, page: str, flow: Flow, pending: Pending | None, browser: str | None) -> GoTo:
    """Keep the flow, tied to this browser, and show a page."""
    if pending is not None:
        return GoTo(f"{page}?flow={pending.handle}")
    limits.spend(ctx, limits.FLOWS, limits.network(ctx.source.ip))
    fresh = None if browser else ctx.random(32).hex()
    handle = flows.keep(ctx, flow, browser or fresh or "")
    return GoTo(f"{page}?flow={handle}", fresh)


def _answer(ctx: Context, flow: Flow, allowed: frozenset[str], pending: Pending | None) -> Outcome:
    """Issue, in the transaction that read client, person and session for the last time (protocol.md §9.11)."""
    request = flow.request
    if ctx.session is None:
        raise NotPermitted(_("Sign in first."))
    if pending is not None and not flows.use_up(ctx, pending):
        raise Untrusted("invalid_request", _("This sign-in has ended already. Go back to the site and start again."))
    if flow.consented or not request.needed <= allowed:
        consents.keep(ctx.db, ctx.session.user_id, request.client_id, scopes.write(allowed | request.needed), ctx.now)
    return request.target.answer(handles.issue(ctx, request, ctx.session))


def target_origin(ctx: Context, handle: str) -> str | None:
    """Return where a flow may end, as a Content-Security-Policy calls it; None for an unknown flow."""
    pending = flows.find(ctx, handle)
    return None if pending is None else origin_of(pending.flow.request.target.redirect_uri)
