"""GET /oauth2/authorize: judge a new request, or continue a flow; then take its next step.

After sign-in, consent and email confirmation the browser comes back here, and `next_step` decides again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets
from oauth2system.protocol.authorization import validate
from oauth2system.protocol.authorization.interaction import (
    AskConsent,
    ConfirmEmail,
    Flow,
    Login,
    Refuse,
    SendAnswer,
    SessionFacts,
    needs_reachable,
    next_step,
)
from oauth2system.protocol.authorization.response import FormPost, Redirect
from oauth2system.protocol.clients.client import Client, is_local
from oauth2system.protocol.errors import AccessDenied, OAuthError, Untrusted
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.runtime import app_log, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import writes
from oauth2system.services.authorization import (
    answers,
    cross_site_posts,
    flows,
    pushed_requests,
    request_checks,
    request_objects,
    visitor_acts,
)
from oauth2system.services.authorization.answers import NO_BOXES, Boxes
from oauth2system.services.authorization.flows import FlowStage, Pending
from oauth2system.services.authorization.request_checks import STAGE, JudgedRequest, SentRequest
from oauth2system.services.clients.subjects import subject_of
from oauth2system.services.sessions import sessions, step_up
from oauth2system.services.tokens import codes
from oauth2system.storage.tables.consents import Answered
from oauth2system.storage.tables.sessions import Session


@dataclass(frozen=True, slots=True)
class GoTo:
    """Show one of our own pages; `browser` is a new cookie value when the browser had none."""

    path: str
    browser: str | None = None


Outcome = GoTo | Redirect | FormPost


async def authorize(call: Call, method: str, params: Params, browser: str | None) -> Outcome:
    """Begin with the parameters, continue a flow (`flow`), or begin with a request that a site posted (`posted`).

    `browser` is the cookie that ties a flow to its browser. Raises Untrusted where no answer may go to the app.
    """
    flow, handle = params.peek("flow"), params.peek("posted")
    if "client_id" in params or (flow is None and handle is None):
        return await call(begin, method, params, browser, await request_objects.prepare_keys(call, params))
    if flow is not None:
        return await call(resume, flow, browser, chosen="chosen" in params)
    posted = await call(cross_site_posts.find, handle or "")
    return await call(begin, "POST", posted, browser, await request_objects.prepare_keys(call, posted))


class _Visitor(NamedTuple):
    """The visitor: the app that sent them, their live session, what they answered that app, their browser's cookie."""

    client: Client
    session: Session | None
    answered: Answered
    browser: str | None


@writes
def begin(
    ctx: Context, method: str, params: Params, browser: str | None, keys: tuple[VerificationKey, ...] = ()
) -> Outcome:
    """Judge a new request and take its first step; `keys` are ours, to check an id_token_hint.

    Raises Untrusted, shown as a page, until the target is verified (RFC 6749 §4.1.2.1). Any other refusal is returned
    as the redirect that takes it to the app.
    """
    # No client has an empty id: `judge` refuses a client_id that is missing or repeated, as it does an unknown one.
    found = sessions.read_client_and_consent(ctx, params.peek("client_id") or "")
    ctx.use_session(found.session)
    try:
        judged = request_checks.judge(ctx, SentRequest(method, params, keys), found.client, found.answered.allowed)
    except Untrusted as refusal:
        if found.client is not None:
            app_log.note(ctx, found.client.id, STAGE, refusal)
        else:
            app_log.note_unknown(ctx, params.peek("client_id") or "", STAGE)
        raise
    if not isinstance(judged, JudgedRequest):
        return judged
    visitor = _Visitor(judged.client, found.session, found.answered, browser)
    flow = Flow.begin(judged.request, judged.client, ctx.now, judged.pushed)
    return _advance(ctx, visitor, flow)


@writes
def resume(ctx: Context, handle: str, browser: str | None, *, chosen: bool = False) -> Outcome:
    """Continue a flow after a page of ours; the request is never read from the browser again (T025).

    `chosen` says that the person chose the account they are signed in to (prompt=select_account).
    """
    reopened = _reopen(ctx, handle, browser)
    if isinstance(reopened, GoTo):
        return reopened
    pending, visitor = reopened
    flow = pending.flow._replace(chosen=pending.flow.chosen or chosen)
    if flow.chosen != pending.flow.chosen:
        flows.move_on(ctx, pending, flow, None)
        pending = replace(pending, flow=flow)
    decided = pending.whose.user_id if pending.whose else None
    if flow.consented and (visitor.session is None or decided != visitor.session.user_id):
        flow = flow._replace(consented=False, declined=frozenset())  # another person signed in meanwhile (T105)
    return _advance(ctx, visitor, flow, pending)


def asks_anew(ctx: Context, pending: Pending, client: Client) -> bool:
    """Return whether the flow needs a new sign-in: with the session of before it would never end."""
    return next_step(
        pending.flow, _collect_facts(ctx, client, ctx.session, pending.flow), frozenset(), ctx.now
    ) == Login(fresh=True)


@writes
def decide(  # noqa: PLR0913  (what the form says, by name)
    ctx: Context, handle: str, account: str | None, *, agreed: bool, browser: str | None, boxes: Boxes = NO_BOXES
) -> Outcome:
    """Record the person's decision on the consent page and continue; `account` is the person whom the page showed.

    A box that the app's owner has made required meanwhile is no answer: the person is asked again.
    """
    reopened = _reopen(ctx, handle, browser)
    if isinstance(reopened, GoTo):
        return reopened
    pending, visitor = reopened
    if not agreed:
        denied = AccessDenied(AuthorizationReason.CONSENT_DENIED)
        return _refuse(ctx, pending.flow, pending, denied, FlowStage.REFUSED)
    if visitor.session is None:
        return GoTo(f"/login?flow={handle}&notice=signed_out_meanwhile")
    needed = pending.flow.request.needed
    declined = answers.list_declined(visitor.client, needed, visitor.answered, boxes)
    if account == visitor.session.user_id and boxes.unticked & needed <= declined:
        agreed_flow = pending.flow._replace(consented=True, declined=declined)
        acts = visitor_acts.list_answers(pending, declined)
        if not flows.move_on(ctx, pending, agreed_flow, visitor.session, acts):
            return _show_ending(handle)
        visitor_acts.note(ctx, visitor.client.id, acts)
    return GoTo(f"/oauth2/authorize?flow={handle}")


def _reopen(ctx: Context, handle: str, browser: str | None) -> tuple[Pending, _Visitor] | GoTo:
    """Return a flow that can still be answered, and the visitor (T050).

    Where it has ended, or its app cannot be answered any more, its own browser gets the page that says so.
    """
    try:
        pending = flows.get(ctx, handle, browser)
    except Untrusted:
        if flows.has_ended(ctx, handle, browser):
            return _show_ending(handle)
        raise
    request = pending.flow.request
    found = sessions.read_client_and_consent(ctx, request.client_id)
    ctx.use_session(found.session)
    if found.client is None:
        return _show_ending(handle)
    try:
        client = validate.require_client(found.client)
        request_checks.check_unchanged(client, request)
    except Untrusted as refusal:
        app_log.note(ctx, found.client.id, STAGE, refusal)
        return _show_ending(handle)
    return pending, _Visitor(client, found.session, found.answered, browser)


def _show_ending(handle: str) -> GoTo:
    """Show the page that says how a request ended, and that leads back to its site."""
    return GoTo(f"/login?flow={handle}")


def _advance(ctx: Context, visitor: _Visitor, flow: Flow, pending: Pending | None = None) -> Outcome:
    """Take the next step of the flow."""
    facts = _collect_facts(ctx, visitor.client, visitor.session, flow)
    settled = answers.settle(visitor.client, flow.request.needed, visitor.answered)
    step = next_step(flow, facts, settled, ctx.now)
    signed_in = visitor_acts.list_sign_in(visitor.session, pending)
    match step:
        case SendAnswer():
            visitor_acts.note(ctx, visitor.client.id, signed_in)
            return _answer(ctx, visitor, flow, pending)
        case Refuse(error):
            visitor_acts.note(ctx, visitor.client.id, signed_in)
            return _refuse(ctx, flow, pending, error, FlowStage.FAILED)
        case Login() | ConfirmEmail() | AskConsent():
            page, act = visitor_acts.find_page(step)
            acts = (*signed_in, *visitor_acts.list_new(pending, act))
            shown = _show(ctx, page, visitor, flow, pending, acts=acts)
            visitor_acts.note(ctx, visitor.client.id, acts)
            return shown


def _collect_facts(ctx: Context, client: Client, session: Session | None, flow: Flow) -> SessionFacts | None:
    if session is None:
        return None
    amr = tuple(session.amr.split())
    looks = needs_reachable(flow.request, amr)
    return SessionFacts(
        session.user_id,
        session.authenticated_at,
        session.email_confirmed,
        amr,
        step_up.list_reachable(ctx, session.user_id) if looks else None,
        subject=subject_of(ctx, session.user_id, client),
        needs_several=client.second_factor,
    )


def _show(  # noqa: PLR0913  (a step of a flow has these parts)
    ctx: Context, page: str, visitor: _Visitor, flow: Flow, pending: Pending | None, *, acts: Sequence[Act]
) -> GoTo:
    """Keep the flow, tied to this browser, with the acts that the log is to have of it, and show a page."""
    if pending is not None:
        if acts:
            flows.move_on(ctx, pending, pending.flow, None, acts)
        return GoTo(f"{page}?flow={pending.handle}")
    rate_limits.spend(ctx, budgets.FLOWS, budgets.network(ctx.source.ip))
    fresh = None if visitor.browser else ctx.random(32).hex()
    handle = flows.keep(ctx, flow, visitor.browser or fresh or "", acts)
    return GoTo(f"{page}?flow={handle}", fresh)


def _answer(ctx: Context, visitor: _Visitor, flow: Flow, pending: Pending | None) -> Outcome:
    """Issue the answer, in the transaction that has just read client, person and session (T050)."""
    request, session = flow.request, visitor.session
    if session is None:
        raise NotPermitted(N_("Sign in first."))
    rate_limits.spend_in_memory(ctx, budgets.CODES, session.user_id)
    if (ended := _end(ctx, flow, pending)) is not None:
        return ended
    answered = visitor.answered
    left = flow.declined if flow.consented else answers.list_left_out(visitor.client, request.needed, answered)
    granted = request.leave_out(left)
    if flow.consented or not granted.needed <= answered.allowed:
        answers.keep(ctx, (session.user_id, request.client_id), answered, granted.needed, left)
    app_log.note_act(ctx, request.client_id, Act.ANSWERED)
    if not is_local(request.target.redirect_uri):
        ctx.server.last_used.note_redirect(request.client_id, request.target.redirect_uri, ctx.now_ms)
    return request.target.answer(codes.issue(ctx, granted, session, flow.started_at))


def _refuse(ctx: Context, flow: Flow, pending: Pending | None, error: OAuthError, ending: FlowStage) -> Outcome:
    """End the flow and take a refusal to the app."""
    if (ended := _end(ctx, flow, pending)) is not None:
        return ended
    if pending is not None:
        flows.note_end(ctx, pending, ending)
    app_log.note(ctx, flow.request.client_id, STAGE, error)
    return flow.request.target.refuse(error)


def _end(ctx: Context, flow: Flow, pending: Pending | None) -> GoTo | None:
    """Use up the flow and the pushed request behind it, which lead to one answer only (T068).

    Returns the page that says how it ended if another answer was faster. A pushed request that was completed before
    its flow was kept has no such page: that raises Untrusted.
    """
    if pending is not None and not flows.use_up(ctx, pending):
        return _show_ending(pending.handle)
    if flow.pushed is None or pushed_requests.use_up(ctx, flow.pushed):
        return None
    if pending is None:
        raise Untrusted(PageReason.PUSHED_COMPLETED)
    flows.note_end(ctx, pending, FlowStage.DOUBLED)
    return _show_ending(pending.handle)
