"""The playground as its page calls it: open it, start a run, take a step, leave. Only the app's owner can.

Each call looks the owner and the app up again. What it returns holds no code, token or secret in full.
"""

from dataclasses import dataclass, replace

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import budgets, quotas
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, writes
from oauth2system.services.apps.ownership import get_own
from oauth2system.services.authorization import consents, flows
from oauth2system.services.authorization.consents import AppQuestion, ConsentView
from oauth2system.services.insight.playground import actions, runs, signing, test_people
from oauth2system.services.insight.playground.runs import Exchange, FlowKind, Run, Runs
from oauth2system.services.insight.playground.test_people import TestPerson
from oauth2system.storage.tables import consents as consents_of_people
from oauth2system.storage.tables import users


@dataclass(frozen=True, slots=True)
class FlowOffer:
    """A flow of the app, and why it cannot be run, if it cannot."""

    kind: FlowKind
    why_not: Message | None


@dataclass(frozen=True, slots=True)
class PlaygroundView:
    """What the page shows before a run: the app, its flows, and its test people."""

    name: str
    flows: tuple[FlowOffer, ...]
    people: tuple[TestPerson, ...]
    # Whether the app signs with a key in place of which the playground has one of its own.
    uses_keys: bool = False


@dataclass(frozen=True, slots=True)
class OfferedAction:
    """A button of the page."""

    name: str
    label: Message
    fails: bool


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as its owner sees it."""

    id: str
    exchanges: tuple[Exchange, ...]
    offers: tuple[OfferedAction, ...]
    ending: Message | None
    # The consent page that the person sees now.
    question: ConsentView | None = None


@reads
def view(ctx: Context, client_id: str) -> PlaygroundView:
    """Return the playground of an own app; raises NotFound."""
    client = get_own(ctx, client_id).client
    offered = tuple(FlowOffer(kind, actions.why_not(client, kind)) for kind in FlowKind)
    return PlaygroundView(client.name, offered, test_people.list_of(ctx, client), signing.uses_keys(client))


@writes
def start(ctx: Context, client_id: str, kind: str, person_id: str) -> RunView:
    """Start a run of a flow, as the owner or as a test person of the app; raises NotFound and NotPermitted."""
    client = get_own(ctx, client_id).client
    flow = FlowKind(kind) if kind in set(FlowKind) else FlowKind.CODE
    if refusal := actions.why_not(client, flow):
        raise NotPermitted(refusal)
    person = test_people.get(ctx, client, person_id) if person_id else None
    run = runs.make(ctx, client, flow, person)
    rate_limits.spend(ctx, budgets.PLAYGROUND, run.owner_id)
    ctx.server.of(Runs).add(run)
    audit.record(ctx, "playground.started", user_id=run.owner_id, client_id=client.id, flow=flow.value)
    return _show(run)


async def act(call: Call, client_id: str, run_id: str, action: str) -> RunView:
    """Take one step of a run; raises NotFound for a run that is over or belongs to somebody else (T120)."""
    run = await call(find, client_id, run_id)
    chosen = next((one for one in actions.list_offered(run) if one.name == action), None)
    if chosen is None or run.busy:
        return _show(run)
    if len(run.exchanges) >= quotas.PLAYGROUND_REQUESTS:
        raise NotPermitted(N_("This run has sent enough requests. Start another one."))
    run.busy = True
    try:
        await signing.prepare(call, run)
        await chosen.act(call, run)
    finally:
        run.busy = False
    return replace(_show(run), question=await call(see_question, client_id, run_id) if run.facts.waits else None)


@reads
def see_question(ctx: Context, client_id: str, run_id: str) -> ConsentView | None:
    """Return what the consent page asks the person of a run, without its handle: nothing can be answered with it."""
    run = find(ctx, client_id, run_id)
    pending, person = flows.find(ctx, run.facts.waits), users.find(ctx.db, run.person_id)
    if pending is None or person is None:
        return None
    asked, client = pending.flow.request, run.client
    answered = consents_of_people.find(ctx.db, person.id, client.id)
    target = next(iter(client.redirect_uris), asked.target.redirect_uri)
    return consents.put(ctx, client, person, AppQuestion(asked.needed, target), answered)


@reads
def find(ctx: Context, client_id: str, run_id: str) -> Run:
    """Return a run of the very session that started it, with the app as it is now."""
    client = get_own(ctx, client_id).client
    run = ctx.server.of(Runs).find(run_id, ctx.now)
    if run is None or ctx.session is None or run.client.id != client.id or run.handle != ctx.session.handle:
        raise NotFound(N_("This run is over. Start another one."))
    run.client, run.now_s = client, int(ctx.now.timestamp())
    return run


@reads
def leave(ctx: Context, client_id: str, run_id: str) -> None:
    """Forget a run with all that it got."""
    find(ctx, client_id, run_id)
    ctx.server.of(Runs).drop(run_id)


def _show(run: Run) -> RunView:
    offers = tuple(OfferedAction(one.name, one.label, one.fails) for one in actions.list_offered(run))
    return RunView(run.id, tuple(run.exchanges), offers, run.ending)
