"""When things were last used: noted in memory, written in one go every few seconds.

Nobody is promised that a "last used" stamp is written, so a crash may lose a few seconds of them. In return a
read stays a read. Of a person's data only a stamp older than a day is worth a write, since the record
of reads has the exact moment; uses of secrets are counted.
"""

import threading
from contextlib import suppress
from typing import TypeVar

from oauth2system.policy import lifetimes, networks
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import client_secrets, consents, redirect_uses
from oauth2system.storage.tables.client_secrets import SecretUses
from oauth2system.storage.tables.redirect_uses import RedirectUse

QUERY = "query"
_DAY_MS = lifetimes.Lifetime(days=1).in_ms

K = TypeVar("K")
V = TypeVar("V")


class LastUsed:
    """The stamps that one server has noted and not yet written."""

    __slots__ = ("_fetches", "_lock", "_redirects", "_secrets")

    def __init__(self) -> None:
        """Start with nothing noted."""
        # By secret and day: how often, when last, the address and the method of that time, when last in a query.
        self._secrets: dict[tuple[int, int], tuple[int, int, str, str, int | None]] = {}
        self._lock = threading.Lock()  # on PostgreSQL services run in threads
        self._redirects: dict[tuple[str, str], int] = {}
        self._fetches: dict[tuple[str, str], int] = {}

    def note_secret(self, secret_id: int, now_ms: int, ip: str, method: str) -> None:
        """Note one use of a client secret: from which address, and how it was sent."""
        key = secret_id, now_ms // _DAY_MS
        with self._lock:
            known = self._secrets.get(key)
            times, query_ms = (1, None) if known is None else (known[0] + 1, known[4])
            self._secrets[key] = times, now_ms, ip, method, now_ms if method == QUERY else query_ms

    def note_redirect(self, client_id: str, uri: str, now_ms: int) -> None:
        """Note that a visitor was sent to a registered address of an app."""
        self._redirects[client_id, uri] = now_ms

    def note_fetch(self, user_id: str, client_id: str, now_ms: int, known_ms: int | None) -> None:
        """Note that an app fetched a person; `known_ms` is the stamp in the database."""
        if known_ms is None or now_ms - known_ms > lifetimes.FETCHED_WORTH.in_ms:
            self._fetches[user_id, client_id] = now_ms

    def waiting(self) -> bool:
        """Return whether anything is to be written."""
        return bool(self._secrets or self._fetches or self._redirects)

    def write(self, db: Db) -> None:
        """Write what was noted since the last time."""
        client_secrets.count_uses(
            db,
            [
                (secret_id, SecretUses(day, times, last_ms, networks.name_network(ip), method, query_ms))
                for (secret_id, day), (times, last_ms, ip, method, query_ms) in self._take_secrets()
            ],
        )
        consents.stamp(db, drain(self._fetches))
        redirect_uses.stamp(db, [RedirectUse(*key, used_ms) for key, used_ms in drain(self._redirects)])

    def _take_secrets(self) -> list[tuple[tuple[int, int], tuple[int, int, str, str, int | None]]]:
        with self._lock:
            taken, self._secrets = self._secrets, {}
        return sorted(taken.items())


def drain(noted: dict[K, V]) -> list[tuple[K, V]]:
    """Take all notes out, in the same order in every process: two that write the same rows never deadlock."""
    taken: list[tuple[K, V]] = []
    with suppress(KeyError):  # another thread took the last one
        while noted:
            taken.append(noted.popitem())
    return sorted(taken, key=lambda note: repr(note[0]))
