"""Which tabs watch which app, and the news that an app's log has changed; it says that, and nothing of what is in it.

`announce` calls all who watch in this process, and keeps the ids for the other workers
(other_workers.py).
"""

import asyncio
from collections.abc import Callable, Iterable

from oauth2system import log
from oauth2system.policy import quotas

Wake = Callable[[], None]


class Changes:
    """Who watches at one server. It is used on the event loop only."""

    __slots__ = ("_apps", "_outgoing", "_watched", "is_shared", "news")

    def __init__(self) -> None:
        """Start with nobody watching, and no other worker to announce anything to."""
        self._apps: dict[str, dict[str, Wake]] = {}
        self._watched: dict[str, str] = {}
        self._outgoing: set[str] = set()
        self.is_shared = False
        # Set while there is something to send to the other workers.
        self.news = asyncio.Event()

    def watch(self, client_id: str, who: str, wake: Wake) -> None:
        """Call `wake` at every change of this app; `who`, such as a tab, watches one app at a time."""
        self.forget(who)
        self._apps.setdefault(client_id, {})[who] = wake
        self._watched[who] = client_id

    def forget(self, who: str) -> None:
        """Call this one no more."""
        client_id = self._watched.pop(who, None)
        if client_id is None:
            return
        watching = self._apps[client_id]
        del watching[who]
        if not watching:
            del self._apps[client_id]

    def count(self) -> int:
        """Return how many watch."""
        return len(self._watched)

    def announce(self, client_ids: Iterable[str]) -> None:
        """Call everybody who watches one of these apps, here and at the other workers."""
        changed = set(client_ids)
        self.wake(changed)
        if self.is_shared:
            self.put_back(changed)

    def wake(self, client_ids: Iterable[str]) -> None:
        """Call everybody at this server who watches one of these apps; an empty id stands for all of them."""
        changed = set(client_ids)
        apps = [*self._apps] if "" in changed else [one for one in changed if one in self._apps]
        for client_id in apps:
            for wake in [*self._apps.get(client_id, {}).values()]:
                try:
                    wake()
                except Exception as error:  # noqa: BLE001  (one who cannot be called keeps nobody else from it)
                    log.crash("change.not_passed_on", error)

    def take_outgoing(self) -> set[str]:
        """Take out the ids that the other workers are still to hear of."""
        taken, self._outgoing = self._outgoing, set()
        self.news.clear()
        return taken

    def put_back(self, client_ids: Iterable[str]) -> None:
        """Keep ids for the other workers; of too many only that there was something, whatever they watch."""
        self._outgoing |= set(client_ids)
        if "" in self._outgoing or len(self._outgoing) > quotas.CHANGES_WAITING:
            self._outgoing = {""}
        if self._outgoing:
            self.news.set()
