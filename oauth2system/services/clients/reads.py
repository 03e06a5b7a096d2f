"""What apps read of people: noted in memory at each read, merged, and written every second.

A read at /api/user or userinfo must cost an app nothing, so the request only notes it (decision 0032). Equal reads
are one note with a count. A batch that could not be written is kept and tried again; a crash loses a second of notes.
"""

import threading
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from oauth2system import log
from oauth2system.policy import lifetimes, networks, quotas
from oauth2system.protocol import scopes
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.storage.tables import reads, server_settings
from oauth2system.storage.tables.reads import Read

# The parts of an answer that are about the person: of an ID token the rest is about the sign-in.
_PERSONAL = scopes.claims_of(scopes.NAMES)


class ReadPlace(StrEnum):
    """Where an app reads."""

    API_USER = "api/user"
    USERINFO = "userinfo"
    ID_TOKEN = "id_token"  # noqa: S105  (a name)
    INTROSPECT = "introspect"

    __hash__ = str.__hash__  # an enum's own is a Python function, and this is hashed at every read


class Note(NamedTuple):
    """Equal reads by one app that wait to be written; without fields they were refused."""

    client_id: str
    user_id: str
    endpoint: ReadPlace
    fields: tuple[str, ...]
    ip: str
    times: int
    first_ms: int
    last_ms: int


# Person, endpoint, fields and address, all of one app; and count, first and last moment.
_Key = tuple[str, ReadPlace, tuple[str, ...], str]
_Count = list[int]


class NotedReads:
    """The reads that one server has noted and not yet written."""

    __slots__ = ("_apps", "_lock", "_lost", "_waiting")

    def __init__(self) -> None:
        """Start with nothing noted."""
        self._apps: dict[str, dict[_Key, _Count]] = {}
        self._waiting = self._lost = 0
        self._lock = threading.Lock()  # on PostgreSQL services run in threads

    def note(self, client_id: str, key: _Key, now_ms: int) -> None:
        """Note one read; beyond the limits of quotas.py it loses its network, then it is only counted as lost."""
        with self._lock:
            of_app = self._apps.get(client_id)
            count = None if of_app is None else of_app.get(key)
            if count is not None:
                count[0] += 1
                count[2] = now_ms
            else:
                self._add(client_id, key, (1, now_ms, now_ms))

    def _add(self, client_id: str, key: _Key, count: Iterable[int]) -> None:
        of_app = self._apps.setdefault(client_id, {})
        if key not in of_app and len(of_app) >= quotas.READS_WAITING_APART:
            key = (*key[:3], "")
        times, first_ms, last_ms = count
        if (known := of_app.get(key)) is not None:
            known[:] = known[0] + times, min(known[1], first_ms), max(known[2], last_ms)
        elif len(of_app) >= quotas.READS_WAITING_OF_AN_APP or self._waiting >= quotas.READS_WAITING:
            self._lost += times
        else:
            of_app[key] = [times, first_ms, last_ms]
            self._waiting += 1

    def waiting(self) -> int:
        """Return how many different reads wait."""
        return self._waiting

    def take(self) -> tuple[list[Note], int]:
        """Take all notes out, with the number of reads that were lost.

        They come in the same order in every process: two that write the same rows never deadlock.
        """
        with self._lock:
            apps, lost = self._apps, self._lost
            self._apps, self._waiting, self._lost = {}, 0, 0
        notes = [Note(client_id, *key, *count) for client_id, of_app in apps.items() for key, count in of_app.items()]
        return sorted(notes), lost

    def put_back(self, notes: Iterable[Note]) -> None:
        """Keep notes that could not be written for the next time, within the same limits."""
        with self._lock:
            for one in notes:
                self._add(one.client_id, one[1:5], one[5:])


def note(ctx: Context, client_id: str, user_id: str, endpoint: ReadPlace, answer: Iterable[str]) -> None:
    """Note that an app got an answer about a person, by the names of its members; in its playground it got nothing."""
    if ctx.proof.inside is not None:
        return
    noted = ctx.server.of(NotedReads)
    noted.note(client_id, (user_id, endpoint, tuple(answer), ctx.source.ip), ctx.now_ms)


def note_id_token(ctx: Context, client_id: str, user_id: str, claims: Iterable[str]) -> None:
    """Note that an app got an ID token: it names the person once, at the sign-in."""
    note(ctx, client_id, user_id, ReadPlace.ID_TOKEN, [name for name in claims if name in _PERSONAL])


def note_introspection(ctx: Context, client_id: str, user_id: str | None, answer: Mapping[str, Any]) -> None:
    """Note that an app was given the name of a person by introspection (RFC 7662 §2.2); a dead token names nobody."""
    named = tuple(name for name in ("sub", "username") if name in answer)
    if user_id is not None and named:
        note(ctx, client_id, user_id, ReadPlace.INTROSPECT, named)


def note_refused(ctx: Context, client_id: str, user_id: str, endpoint: ReadPlace) -> None:
    """Note that an app tried to read about a person who allows it nothing any more."""
    note(ctx, client_id, user_id, endpoint, ())


async def save(runner: Runner) -> None:
    """Write what this server has noted, a bounded number at a time; what fails is tried again the next time."""
    noted = runner.server.of(NotedReads)
    waiting, lost = noted.take()
    if lost:
        log.event("reads.lost", count=lost)
    try:
        while waiting:
            await runner.transact(SYSTEM, write, waiting[: quotas.READS_WRITTEN_AT_ONCE])
            del waiting[: quotas.READS_WRITTEN_AT_ONCE]
    finally:
        noted.put_back(waiting)


def write(ctx: Context, notes: list[Note]) -> None:
    """Write notes, and keep only the newest lines of each app and person."""
    reads.merge(ctx.db, _make_rows(ctx, notes))
    reads.cap(ctx.db, sorted({(one.user_id, one.client_id) for one in notes}), quotas.READS_OF_AN_APP)


def _make_rows(ctx: Context, notes: Iterable[Note]) -> list[Read]:
    """Return the rows of notes: what one network read within one hour is one row.

    An app has few addresses, and to read one costs more than all the rest of a row: each is read once.
    """
    known_networks: dict[str, str] = {}
    merged_ms = lifetimes.READS_MERGED.in_ms
    rows: dict[tuple[str, str, int, str, str, str], _Count] = {}
    for client_id, user_id, endpoint, fields, ip, times, first_ms, last_ms in notes:
        if (network := known_networks.get(ip)) is None:
            network = known_networks[ip] = networks.network_of(ip)
        key = (user_id, client_id, last_ms // merged_ms, endpoint.value, " ".join(fields), network)
        if (known := rows.get(key)) is None:
            rows[key] = [times, first_ms, last_ms]
        else:
            known[:] = known[0] + times, min(known[1], first_ms), max(known[2], last_ms)
    return [Read(ctx.new_id(), *key, *count) for key, count in rows.items()]


def purge(ctx: Context, limit: int) -> int:
    """Delete reads that are older than the administrator's setting says, a bounded number at a time."""
    kept_ms = server_settings.find(ctx.db).reads_kept_days * lifetimes.Lifetime(days=1).in_ms
    return reads.purge(ctx.db, ctx.now_ms - kept_ms, limit)
