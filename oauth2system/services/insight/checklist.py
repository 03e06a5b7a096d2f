"""What an app has really done so far, step by step: each step ticks itself, and says why it does not work.

Read from the counts by the hour of the last 90 days and from the newest refusals of the log (decision 0036). What was
not seen in them is called waiting: the server does not know more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oauth2system.i18n import N_, Message
from oauth2system.policy import lifetimes
from oauth2system.protocol.clients.client import CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT, Client
from oauth2system.runtime import app_log
from oauth2system.runtime.app_log import EventView
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import reads
from oauth2system.services.apps.ownership import bring_up_to_date, get_own
from oauth2system.services.apps.views import advise
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import app_counts
from oauth2system.storage.tables.app_counts import AppTotal

REFUSALS_READ = 100


class StepState(StrEnum):
    """How a step of the connection stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ChecklistStep:
    """One step; `problem` is the newest refusal since it worked last. One that is not `needed` may never happen."""

    name: str
    state: StepState
    words: Message
    hint: Message
    needed: bool
    first_at: datetime | None
    last_at: datetime | None
    times: int
    problem: EventView | None


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps of an app's connection, in their order, and the addresses that its site is called back at."""

    steps: tuple[ChecklistStep, ...]
    redirect_uris: tuple[str, ...] = ()
    simple_redirect_uri: str = ""

    @property
    def is_connected(self) -> bool:
        """Return whether everything that a site needs has worked at least once."""
        return all(step.first_at is not None for step in self.steps if step.needed)

    @property
    def has_problem(self) -> bool:
        """Return whether a step was refused since it worked last."""
        return any(step.state is StepState.FAILED for step in self.steps)


@dataclass(frozen=True, slots=True)
class _StepKind:
    """A step: the acts that show that it works, and which refusals show that it does not."""

    name: str
    words: Message
    hint: Message
    acts: frozenset[Act]
    refused: Callable[[EventView], bool]
    is_offered: Callable[[Client], bool]
    needed: bool = True


def _at(*stages: str) -> Callable[[EventView], bool]:
    return lambda refusal: refusal.stage in stages


def _is_about_refresh(refusal: EventView) -> bool:
    return refusal.stage == "token" and refusal.reason.startswith("REFRESH")


def _is_about_code(refusal: EventView) -> bool:
    return refusal.stage == "token" and not _is_about_refresh(refusal)


def _never(_refusal: EventView) -> bool:
    return False


def _signs_people_in(client: Client) -> bool:
    return CODE_GRANT in client.grant_types


_KINDS = (
    _StepKind(
        "asked",
        N_("Your site sends a visitor here"),
        N_("Open the link of your site in a browser."),
        frozenset({
            Act.SIGN_IN_SHOWN, Act.SIGNED_IN, Act.CONFIRMATION_SHOWN, Act.CONSENT_SHOWN, Act.APPROVED, Act.ANSWERED,
        }),
        _at("authorize", "par"),
        _signs_people_in,
    ),
    _StepKind(
        "approved",
        N_("The visitor agrees and goes back to your site"),
        N_("Sign in and click Authorize."),
        frozenset({Act.APPROVED, Act.ANSWERED}),
        _never,
        _signs_people_in,
    ),
    _StepKind(
        "exchanged",
        N_("Your server exchanges the code"),
        N_("Your server sends the code to /oauth2/token, or the value to /api/user, within two minutes."),
        frozenset({Act.CODE_EXCHANGED, Act.USER_READ}),
        _is_about_code,
        _signs_people_in,
    ),
    _StepKind(
        "device",
        N_("A device gets its tokens"),
        N_("Begin at /oauth2/device_authorization, and type the code here."),
        frozenset({Act.DEVICE_EXCHANGED}),
        _at("device_authorization"),
        lambda client: client.may_use(DEVICE_GRANT),
        needed=False,
    ),
    _StepKind(
        "fetched",
        N_("Your server fetches the user"),
        N_("It asks /api/user or /oauth2/userinfo who signed in."),
        frozenset({Act.USER_READ, Act.USERINFO_READ}),
        _at("api/user", "userinfo"),
        _signs_people_in,
    ),
    _StepKind(
        "refreshed",
        N_("Your server renews its tokens"),
        N_("Only needed if your site goes on while the visitor is away."),
        frozenset({Act.TOKEN_REFRESHED}),
        _is_about_refresh,
        lambda client: client.may_use(REFRESH_GRANT),
        needed=False,
    ),
    _StepKind(
        "signed_out",
        N_("A sign-out reaches both sides"),
        N_("Send people to /oauth2/end_session, or register a logout address under Protocol."),
        frozenset({Act.SIGNED_OUT, Act.LOGOUT_DELIVERED}),
        _at("end_session", "backchannel_logout"),
        _signs_people_in,
        needed=False,
    ),
)  # fmt: skip


async def open_checklist(call: Call, client_id: str) -> Checklist:
    """Return how the connection of an app stands, up to date; raises NotFound."""
    await bring_up_to_date(call, client_id)
    return await call(view, client_id)


@reads
def view(ctx: Context, client_id: str) -> Checklist:
    """Return how the connection of an app stands, as stored; raises NotFound."""
    client = get_own(ctx, client_id).client
    since_ms = ctx.now_ms - lifetimes.HEALTH_LOOKS_BACK.in_ms
    totals = app_counts.sum_up(ctx.db, client_id, since_ms // lifetimes.Lifetime(hours=1).in_ms)
    refusals = [advise(client, one) for one in app_log.list_views(ctx, client_id, REFUSALS_READ)]
    steps = tuple(_judge(kind, totals, refusals) for kind in _KINDS if kind.is_offered(client))
    return Checklist(steps, client.redirect_uris, client.simple_redirect_uri or "")


def _judge(kind: _StepKind, totals: Iterable[AppTotal], refusals: Iterable[EventView]) -> ChecklistStep:
    names = {act.name for act in kind.acts}
    seen = [total for total in totals if total.reason in names]
    first_at = from_ms(min(total.first_ms for total in seen)) if seen else None
    last_at = from_ms(max(total.last_ms for total in seen)) if seen else None
    problem = max((one for one in refusals if kind.refused(one)), key=lambda one: one.last_at, default=None)
    if problem is not None and last_at is not None and problem.last_at <= last_at:
        problem = None
    state = StepState.FAILED if problem else StepState.DONE if seen else StepState.WAITING
    times = sum(total.times for total in seen)
    return ChecklistStep(kind.name, state, kind.words, kind.hint, kind.needed, first_at, last_at, times, problem)
