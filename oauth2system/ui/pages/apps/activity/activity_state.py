"""The state of the page that shows an app's log while it is written."""

import time

from oauth2system.errors import NotFound
from oauth2system.i18n import ngettext
from oauth2system.policy import quotas
from oauth2system.runtime.events.acts import LogOutcome
from oauth2system.services.insight import activity
from oauth2system.services.insight.activity import Activity, Wanted
from oauth2system.ui import live, words
from oauth2system.ui.pages.apps.activity import rows
from oauth2system.ui.pages.apps.app_address import find_app_id, is_open
from oauth2system.ui.state import Visitor, Who, event

# Refusals are announced to screen readers together, and no more often than this.
ANNOUNCED_EVERY_S = 10.0


class ActivityState(Visitor):
    """The log of one app, as far as it is wanted."""

    stage: str = ""
    app_id: str = ""
    name: str = ""
    disabled: bool = False
    entries: list[dict[str, str]] = []
    is_empty: bool = True
    has_more: bool = False
    reference: str = ""
    looked_at: str = ""
    # What a screen reader announces.
    news: str = ""

    wanted_stage: str = ""
    wanted_outcome: str = ""
    search: str = ""
    paused: bool = False
    has_news: bool = False
    asking_uri: str = ""

    _limit: int = quotas.LOG_ON_A_PAGE
    _refused: int = 0
    _announced: float = 0.0

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show the log of the app whose page this is, at the entry that its address names."""
        self.app_id = find_app_id(self)
        self.reference = self.search = self.router.url.query_parameters.get("reference", "")[:100]
        self.wanted_stage = self.wanted_outcome = self.asking_uri = self.news = ""
        self.paused, self._limit, self._refused = False, quotas.LOG_ON_A_PAGE, 0
        try:
            await self._read()
        except NotFound:
            self.stage = "missing"
            return
        self.stage = "ready"
        live.watch(self, self.app_id, ActivityState.look_again)

    async def _read(self) -> None:
        live.looked(self)
        self._show(await activity.open_activity(self.call, self.app_id, self._want()))

    def _want(self) -> Wanted:
        search = self.search.strip()
        limit = quotas.LOG_SEARCHED if search else self._limit
        return Wanted(search.upper(), self.wanted_stage, self.wanted_outcome, limit)

    def _show(self, found: Activity) -> None:
        search = self.search.strip()
        self.name, self.disabled = found.name, found.disabled
        shown = [rows.make_row(one, found) for one in found.entries]
        if search and not found.is_referenced:
            shown = [row for row in shown if rows.matches(row, search)]
        self.has_more = found.has_more or len(shown) > self._limit
        self.entries = shown[: self._limit]
        self.is_empty = not self.entries
        self.has_news, self.looked_at = False, words.clock()
        refused = sum(one.times for one in found.entries if one.outcome == LogOutcome.REFUSED)
        self._announce(refused - self._refused if self.stage == "ready" else 0)
        self._refused = refused

    def _announce(self, more: int) -> None:
        if more > 0 and time.monotonic() - self._announced > ANNOUNCED_EVERY_S:
            self._announced = time.monotonic()
            self.news = ngettext(
                "{n} request was refused just now.", "{n} requests were refused just now.", more
            ).format(n=more)

    @event(Who.OWNER)
    async def look_again(self) -> None:
        """Show what has happened meanwhile; while the page is paused, only that something has."""
        if self.stage != "ready" or not is_open(self, self.app_id, "/activity"):
            live.forget(self)
        elif self.paused:
            live.looked(self)
            self.has_news = True
        else:  # what this is asked for has just been written
            live.looked(self)
            self._show(await self.call(activity.view, self.app_id, self._want()))

    @event(Who.OWNER)
    async def choose_stage(self, stage: str) -> None:
        """Show one stage, or all."""
        self.wanted_stage = stage[:40]
        await self._read()

    @event(Who.OWNER)
    async def choose_outcome(self, outcome: str) -> None:
        """Show one outcome, or all."""
        self.wanted_outcome = outcome[:40]
        await self._read()

    @event(Who.OWNER)
    async def find(self, search: str) -> None:
        """Show the entries with a text, or under a reference."""
        self.search = search[: quotas.LOG_SEARCH_LONGEST]
        await self._read()

    @event(Who.OWNER)
    async def show_more(self) -> None:
        """Show older entries too."""
        self._limit = min(self._limit + quotas.LOG_ON_A_PAGE, quotas.LOG_SEARCHED)
        await self._read()

    @event(Who.OWNER)
    async def pause(self) -> None:
        """Let the list stand still, or go on."""
        self.paused = not self.paused
        if not self.paused:
            await self._read()

    @event(Who.OWNER)
    def ask_register(self, uri: str) -> None:
        """Ask whether an address that somebody sent is the owner's; an empty one takes the question away."""
        self.asking_uri = uri

    @event(Who.OWNER)
    async def register(self) -> None:
        """Register the address that was asked about."""
        uri, self.asking_uri = self.asking_uri, ""
        self._show(await activity.repair(self.call, self.app_id, uri, self._want()))
        live.announce(self.app_id)
        self.clear_notice()
