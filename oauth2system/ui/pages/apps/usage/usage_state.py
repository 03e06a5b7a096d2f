"""The state of the page that shows how much an app is used."""

from datetime import datetime

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal

from oauth2system.errors import NotFound
from oauth2system.i18n import N_, Message, _, conventions
from oauth2system.services.insight import usage
from oauth2system.services.insight.usage import Period, Span, Usage
from oauth2system.ui import live, words
from oauth2system.ui.pages.apps.app_address import find_app_id, is_open
from oauth2system.ui.state import Visitor, Who, event

# The steps on which visitors are lost: what they came to, in words.
PASSAGES: dict[str, Message] = {
    "sign_in": N_("Asked to sign in, and signed in"),
    "consent": N_("Asked whether they allow it, and allowed it"),
    "site": N_("Sent back, and your site fetched their data"),
}
_SECOND_MS = 1000


class UsageState(Visitor):
    """The counts of one app over the time that its owner chose."""

    stage: str = ""
    app_id: str = ""
    name: str = ""
    span: str = Span.MONTH.value
    is_empty: bool = True
    bars: list[dict[str, str | int]] = []
    rows: list[dict[str, str]] = []
    totals: dict[str, str] = {}
    passages: list[dict[str, str]] = []
    looked_at: str = ""

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show the usage of the app whose page this is."""
        self.app_id = find_app_id(self)
        self.span = Span.MONTH.value
        try:
            await self._read()
        except NotFound:
            self.stage = "missing"
            return
        self.stage = "ready"
        live.watch(self, self.app_id, UsageState.look_again)

    @event(Who.OWNER)
    async def choose_span(self, span: str) -> None:
        """Look further back, or closer."""
        self.span = span if span in set(Span) else Span.MONTH.value
        await self._read()

    @event(Who.OWNER)
    async def look_again(self) -> None:
        """Show what has happened meanwhile."""
        if self.stage != "ready" or not is_open(self, self.app_id, "/usage"):
            live.forget(self)
        else:  # what this is asked for has just been written
            live.looked(self)
            self._show(await self.call(usage.view, self.app_id, Span(self.span)))

    async def _read(self) -> None:
        live.looked(self)
        self._show(await usage.open_usage(self.call, self.app_id, Span(self.span)))

    def _show(self, found: Usage) -> None:
        self.name, self.is_empty, self.looked_at = found.name, found.is_empty, words.clock()
        self.bars = [_make_bar(one, found.span) for one in found.periods]
        self.rows = [_make_row(one, found.span) for one in reversed(found.periods)]
        self.totals = {
            name: _number(sum(getattr(one, name) for one in found.periods))
            for name in ("sign_ins", "approvals", "denials", "fetches", "refusals")
        }
        self.totals["median"] = _write_duration(found.median_ms)
        self.passages = [
            {
                "name": _(PASSAGES[one.name]),
                "came": _number(one.came),
                "went_on": _number(one.went_on),
                "share": _share(one.went_on, one.came),
            }
            for one in found.passages
        ]


def _make_bar(one: Period, span: Span) -> dict[str, str | int]:
    return {"when": name_period(one.begins_at, span), "sign_ins": one.sign_ins, "refusals": one.refusals}


def _make_row(one: Period, span: Span) -> dict[str, str]:
    counts = {"sign_ins": one.sign_ins, "approvals": one.approvals, "denials": one.denials}
    counts |= {"fetches": one.fetches, "refusals": one.refusals}
    return {"when": name_period(one.begins_at, span), **{name: _number(times) for name, times in counts.items()}}


def name_period(begins_at: datetime, span: Span) -> str:
    """Return the name of an hour, a day or a month, as the reader writes it."""
    match span:
        case Span.DAY:
            return format_time(begins_at, "short", locale=conventions())
        case Span.MONTH:
            return format_skeleton("MMMd", begins_at, locale=conventions())
        case Span.YEAR:
            return format_date(begins_at, "LLL yyyy", locale=conventions())


def _number(count: int) -> str:
    return format_decimal(count, locale=conventions())


def _share(part: int, whole: int) -> str:
    """Return a share as a whole percentage for the width of a bar; more went on than came where time cuts between."""
    return f"{min(100, round(100 * part / whole))}%" if whole else "0%"


def _write_duration(took_ms: int | None) -> str:
    """Return a duration in words; less than two seconds as one digit after the point."""
    if took_ms is None:
        return ""
    seconds = took_ms / _SECOND_MS
    if seconds < 10:  # noqa: PLR2004  (below ten seconds a tenth matters)
        return _("{n} s").format(n=format_decimal(seconds, "0.0", locale=conventions()))
    return words.span(round(seconds))
