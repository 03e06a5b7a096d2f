"""The events that one server has noted and not yet written; equal ones are one note with a count.

A request only notes an event, which takes about a microsecond. Memory is bounded: beyond the limits of quotas.py an
app's further kinds are only counted, without what was sent, and beyond a further limit they are lost.
"""

import asyncio
import threading
from collections.abc import Iterable
from typing import NamedTuple

from oauth2system.policy import quotas
from oauth2system.runtime.events.acts import Act


class RefusedKind(NamedTuple):
    """One kind of refusal, however often it happened; `params` are JSON."""

    stage: str
    outcome: str
    reason: str
    params: str
    code: str
    sent: str | None
    registered: str | None


class CountedOnly(NamedTuple):
    """Refusals of which only the number is kept: too many different ones came at once."""

    stage: str
    outcome: str
    reason: str


EventKind = Act | RefusedKind | CountedOnly


class EventNote(NamedTuple):
    """Equal events of one app that wait to be written."""

    client_id: str
    kind: EventKind
    times: int
    first_ms: int
    last_ms: int


class UnknownNote(NamedTuple):
    """Equal requests with a client id that no app has."""

    sent_id: str
    stage: str
    times: int
    first_ms: int
    last_ms: int


_Count = list[int]


class NotedEvents:
    """The events that wait at one server; any thread may note one."""

    __slots__ = ("_apps", "_described", "_lock", "_lost", "_unknown", "_waiting", "saving")

    def __init__(self) -> None:
        """Start with nothing noted."""
        self._apps: dict[str, dict[EventKind, _Count]] = {}
        self._unknown: dict[tuple[str, str], _Count] = {}
        # How many events wait, how many of them are refusals with what was sent, and how many events were lost.
        self._waiting = self._described = self._lost = 0
        self._lock = threading.Lock()  # on PostgreSQL services run in threads
        # Held while notes that were taken out are written: who wants to read them waits for it.
        self.saving = asyncio.Lock()

    def note(self, client_id: str, kind: EventKind, now_ms: int) -> None:
        """Note one event of an app."""
        with self._lock:
            of_app = self._apps.get(client_id)
            count = None if of_app is None else of_app.get(kind)
            if count is not None:
                count[0] += 1
                count[2] = now_ms
            else:
                self._add(client_id, kind, (1, now_ms, now_ms))

    def note_unknown(self, sent_id: str, stage: str, now_ms: int) -> None:
        """Note a request with a client id that no app has."""
        with self._lock:
            count = self._unknown.get((sent_id, stage))
            if count is not None:
                count[0] += 1
                count[2] = now_ms
            elif len(self._unknown) < quotas.UNKNOWN_APPS_WAITING:
                self._unknown[sent_id, stage] = [1, now_ms, now_ms]

    def _add(self, client_id: str, kind: EventKind, count: Iterable[int]) -> None:
        of_app = self._apps.setdefault(client_id, {})
        if isinstance(kind, RefusedKind) and kind not in of_app and not self._has_room(of_app):
            kind = CountedOnly(*kind[:3])
        times, first_ms, last_ms = count
        if (known := of_app.get(kind)) is not None:
            known[:] = known[0] + times, min(known[1], first_ms), max(known[2], last_ms)
        elif self._waiting >= quotas.LOG_WAITING:
            self._lost += times
        else:
            of_app[kind] = [times, first_ms, last_ms]
            self._waiting += 1
            self._described += isinstance(kind, RefusedKind)

    def _has_room(self, of_app: dict[EventKind, _Count]) -> bool:
        """Return whether one more refusal of an app may be kept with what was sent."""
        if self._described >= quotas.LOG_REFUSED_WAITING:
            return False
        if len(of_app) < quotas.LOG_REFUSED_WAITING_OF_AN_APP:
            return True
        return sum(isinstance(kind, RefusedKind) for kind in of_app) < quotas.LOG_REFUSED_WAITING_OF_AN_APP

    def waiting(self) -> int:
        """Return how many different events wait."""
        return self._waiting + len(self._unknown)

    def take(self) -> list[EventNote]:
        """Take the events of all apps out, ordered by app."""
        with self._lock:
            apps, self._apps, self._waiting, self._described = self._apps, {}, 0, 0
        return [
            EventNote(client_id, kind, *count) for client_id in sorted(apps) for kind, count in apps[client_id].items()
        ]

    def take_unknown(self) -> list[UnknownNote]:
        """Take the unknown client ids out, in the same order in every process: two that write never deadlock."""
        with self._lock:
            unknown, self._unknown = self._unknown, {}
        return sorted(UnknownNote(*key, *count) for key, count in unknown.items())

    def take_lost(self) -> int:
        """Return how many events were lost since the last time."""
        with self._lock:
            lost, self._lost = self._lost, 0
        return lost

    def put_back(self, notes: Iterable[EventNote]) -> None:
        """Keep events that could not be written for the next time, within the same limits."""
        with self._lock:
            for one in notes:
                self._add(one.client_id, one.kind, one[2:])
