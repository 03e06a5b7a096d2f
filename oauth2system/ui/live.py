"""Asks open tabs to look again when the app that they show has changed.

A push carries nothing: it has the tab send an ordinary event, which the guard judges like any other (T118). So a tab
whose session ended meanwhile gets nothing, whatever it watches.
"""

import asyncio
import time
from functools import partial
from typing import Any

from reflex.state import StateUpdate
from reflex_base.event import Event

from oauth2system import log
from oauth2system.runtime.events.changes import Changes
from oauth2system.ui.state import Visitor, runner

# A tab that was asked is asked again once it has looked, or after this time: the first may have been lost.
ASK_AGAIN_S = 5.0


class LiveTabs:
    """The tabs of this process that watch an app, and when each was asked last."""

    def __init__(self, emit: Any) -> None:
        """Keep how a tab is reached."""
        self._emit = emit
        self._watching: dict[str, Changes] = {}
        self._asked: dict[str, float] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def watch(self, token: str, client_id: str, look: Any) -> None:
        """Have a tab call `look` whenever this app changes, until it watches another or closes."""
        self._asked.pop(token, None)
        changes = self._watching[token] = runner().server.of(Changes)
        changes.watch(client_id, token, partial(self._ask, token, look))

    def looked(self, token: str) -> None:
        """Note that a tab looks now: what changes from now on is asked for again."""
        self._asked.pop(token, None)

    def forget(self, token: str) -> None:
        """Ask a tab no more."""
        self._asked.pop(token, None)
        changes = self._watching.pop(token, None)
        if changes is not None:
            changes.forget(token)

    def _ask(self, token: str, look: Any) -> None:
        now = time.monotonic()
        if now - self._asked.get(token, -ASK_AGAIN_S) < ASK_AGAIN_S:
            return
        self._asked[token] = now
        task = asyncio.ensure_future(self._push(token, look))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _push(self, token: str, look: Any) -> None:
        try:
            await self._emit(StateUpdate(events=Event.from_event_type(look)), token)
        except Exception as error:  # noqa: BLE001  (one tab that cannot be reached keeps no other from it)
            log.crash("tab.not_asked", error)


_serving: list[LiveTabs] = []


def serve(tabs: LiveTabs) -> None:
    """Set the tabs of this process; the namespace does this once."""
    _serving[:] = [tabs]


def watch(state: Visitor, client_id: str, look: Any) -> None:
    """Have the tab of this state call `look` whenever this app changes."""
    _serving[0].watch(state.router.session.client_token, client_id, look)


def looked(state: Visitor) -> None:
    """Note that the tab of this state looks now."""
    _serving[0].looked(state.router.session.client_token)


def forget(state: Visitor) -> None:
    """Ask the tab of this state no more."""
    _serving[0].forget(state.router.session.client_token)


def announce(client_id: str) -> None:
    """Have every tab look that watches this app, here and at the other workers: its owner has changed it."""
    runner().server.of(Changes).announce({client_id})
