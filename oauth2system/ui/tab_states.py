"""The page states that Reflex keeps, one for each tab: which are forgotten, and when (T145).

Reflex alone keeps a state for 15 minutes after its last event, for anybody who opens a tab. Here the states of
anonymous tabs are forgotten a minute after their socket closed, and there is a limit of how many are kept: without a
session, of one session, and in all. Of closed tabs, the one that closed first is forgotten first.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from oauth2system.policy import lifetimes, quotas

# The owner of a tab without a session; that of any other is the handle of its session.
ANONYMOUS = ""


@dataclass(frozen=True, slots=True)
class _Closed:
    owner: str
    at: float


_Tabs = OrderedDict[str, _Closed]


@dataclass(slots=True, eq=False)
class TabStates:
    """Which tabs of this process are open, and whose states of closed tabs are still kept; all by the tab's token."""

    clock: Callable[[], float] = time.monotonic
    _open: dict[str, str] = field(default_factory=dict[str, str])
    _open_anonymous: int = 0
    _anonymous: _Tabs = field(default_factory=_Tabs)
    _others: _Tabs = field(default_factory=_Tabs)

    def open(self, token: str, owner: str) -> None:
        """Note that a tab is there, for the first time or again."""
        self._anonymous.pop(token, None)
        self._others.pop(token, None)
        if token not in self._open:
            self._open[token] = owner
            self._open_anonymous += owner == ANONYMOUS

    def close(self, token: str) -> None:
        """Note that the socket of a tab closed."""
        owner = self._open.pop(token, None)
        if owner is None:
            return
        self._open_anonymous -= owner == ANONYMOUS
        tabs = self._anonymous if owner == ANONYMOUS else self._others
        tabs[token] = _Closed(owner, self.clock())

    def is_open(self, token: str) -> bool:
        """Return whether a socket of this tab is open."""
        return token in self._open

    def are_kept(self) -> bool:
        """Return whether there are states of closed tabs."""
        return bool(self._anonymous or self._others)

    def take_due(self) -> list[str]:
        """Return the tabs whose states are to be forgotten now; none of them is returned again."""
        return [*self._anonymous_due(), *self._over_of_a_session(), *self._others_due()]

    def _anonymous_due(self) -> Iterator[str]:
        kept = lifetimes.ANONYMOUS_PAGE_KEPT.total_seconds()
        while self._anonymous and (
            self._open_anonymous + len(self._anonymous) > quotas.PAGE_STATES_ANONYMOUS
            or _first(self._anonymous).at + kept <= self.clock()
        ):
            yield self._anonymous.popitem(last=False)[0]

    def _over_of_a_session(self) -> Iterator[str]:
        """Look at the session whose tab closed last: no other can have more than before."""
        if len(self._others) <= quotas.PAGE_STATES_OF_A_SESSION:
            return
        owner = next(reversed(self._others.values())).owner
        of_it = [token for token, tab in self._others.items() if tab.owner == owner]
        for token in of_it[: max(0, len(of_it) - quotas.PAGE_STATES_OF_A_SESSION)]:
            del self._others[token]
            yield token

    def _others_due(self) -> Iterator[str]:
        kept = lifetimes.PAGE_KEPT.total_seconds()
        while self._others and (
            len(self._open) + len(self._anonymous) + len(self._others) > quotas.PAGE_STATES
            or _first(self._others).at + kept <= self.clock()
        ):
            yield self._others.popitem(last=False)[0]


def _first(tabs: _Tabs) -> _Closed:
    return next(iter(tabs.values()))
