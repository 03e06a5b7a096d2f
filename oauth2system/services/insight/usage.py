"""How much an app is used, from the hourly counts: sign-ins, refusals, where people drop out, how long it takes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from oauth2system.policy import lifetimes
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events import durations
from oauth2system.runtime.events.acts import Act, LogOutcome
from oauth2system.runtime.lanes import reads
from oauth2system.services.apps.ownership import bring_up_to_date, check_signed_in, get_own
from oauth2system.storage.tables import app_counts
from oauth2system.storage.tables.app_counts import CountOfSlot

_HOUR_S = lifetimes.Lifetime(hours=1).in_ms // 1000
_DAY_HOURS = 24
_MONTHS = 12


class Span(StrEnum):
    """How far back the owner looks: a day by the hour, a month by the day, a year by the month. All in UTC."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """The counts of an hour, a day or a month.

    Visitors sent back to the site with a code, those who agreed and those who did not, the users that the site
    fetched, and the requests of the app that were refused.
    """

    begins_at: datetime
    sign_ins: int
    approvals: int
    denials: int
    fetches: int
    refusals: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A step on the way to the site: how many came to it, and how many went on."""

    name: str
    came: int
    went_on: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of one app. `median_ms` is the time from a visitor's request until the site has their data."""

    client_id: str
    name: str
    span: Span
    periods: tuple[Period, ...]
    passages: tuple[Passage, ...]
    median_ms: int | None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing happened in all this time."""
        return not any(one.sign_ins or one.denials or one.refusals or one.fetches for one in self.periods)


async def open_usage(call: Call, client_id: str, span: Span) -> Usage:
    """Return an own app's usage up to date; raises NotFound."""
    await bring_up_to_date(call, client_id)
    return await call(view, client_id, span)


async def export_usage(call: Call, client_id: str, span: Span) -> Usage:
    """Return an own app's usage up to date; raises NotFound, and NotPermitted without a session."""
    await call(check_signed_in)
    return await open_usage(call, client_id, span)


@reads
def view(ctx: Context, client_id: str, span: Span) -> Usage:
    """Return an own app's usage as stored; raises NotFound."""
    client = get_own(ctx, client_id).client
    begins = list_beginnings(ctx.now, span)
    hours = 1 if span is Span.DAY else _DAY_HOURS
    counts = app_counts.sum_by(ctx.db, client_id, int(begins[0].timestamp()) // _HOUR_S, hours)
    took = Counter[int]()
    for one in counts:
        if one.outcome == durations.TOOK:
            took[int(one.reason)] += one.times
    return Usage(
        client_id=client.id,
        name=client.name,
        span=span,
        periods=_fill(begins, counts, hours),
        passages=_list_passages(_sum(counts), took.total()),
        median_ms=durations.estimate_median(took),
    )


def list_beginnings(now: datetime, span: Span) -> list[datetime]:
    """Return when each period begins, oldest first; the last one is the one that goes on."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    match span:
        case Span.DAY:
            return [hour - timedelta(hours=back) for back in range(23, -1, -1)]
        case Span.MONTH:
            return [day - timedelta(days=back) for back in range(29, -1, -1)]
        case Span.YEAR:
            months = range(day.year * _MONTHS + day.month - _MONTHS, day.year * _MONTHS + day.month)
            return [day.replace(year=month // _MONTHS, month=month % _MONTHS + 1, day=1) for month in months]


def _fill(begins: list[datetime], counts: Iterable[CountOfSlot], hours: int) -> tuple[Period, ...]:
    """Return every period with its counts, the empty ones too."""
    within: dict[datetime, list[CountOfSlot]] = {begin: [] for begin in begins}
    for one in counts:
        at = datetime.fromtimestamp(one.slot * hours * _HOUR_S, UTC)
        within[max((begin for begin in begins if begin <= at), default=begins[0])].append(one)
    return tuple(_count_period(begin, _sum(of_period)) for begin, of_period in within.items())


def _sum(counts: Iterable[CountOfSlot]) -> Counter[tuple[str, str]]:
    """Sum up by outcome and name, whatever the endpoint."""
    summed = Counter[tuple[str, str]]()
    for one in counts:
        summed[one.outcome, one.reason] += one.times
    return summed


def _add(counts: Counter[tuple[str, str]], *acts: Act) -> int:
    return sum(counts[act.outcome, act.name] for act in acts)


def _count_denials(counts: Counter[tuple[str, str]]) -> int:
    denied = AuthorizationReason.CONSENT_DENIED.name, GrantReason.DEVICE_DENIED.name
    return sum(counts[LogOutcome.VISITOR, name] for name in denied)


def _count_period(begins_at: datetime, counts: Counter[tuple[str, str]]) -> Period:
    return Period(
        begins_at=begins_at,
        sign_ins=_add(counts, Act.ANSWERED, Act.DEVICE_APPROVED),
        approvals=_add(counts, Act.APPROVED, Act.DEVICE_APPROVED),
        denials=_count_denials(counts),
        fetches=_add(counts, Act.USER_READ, Act.USERINFO_READ),
        refusals=sum(times for (outcome, _name), times in counts.items() if outcome == LogOutcome.REFUSED),
    )


def _list_passages(counts: Counter[tuple[str, str]], arrived: int) -> tuple[Passage, ...]:
    """Return the steps on which visitors are lost, in their order; `arrived` is how often a site got its data."""
    return (
        Passage("sign_in", _add(counts, Act.SIGN_IN_SHOWN), _add(counts, Act.SIGNED_IN)),
        Passage("consent", _add(counts, Act.CONSENT_SHOWN), _add(counts, Act.APPROVED)),
        Passage("site", _add(counts, Act.ANSWERED), arrived),
    )
