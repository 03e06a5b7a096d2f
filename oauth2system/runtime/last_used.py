"""When things were last used: noted in memory, written in one go every few seconds.

Nobody is promised that a "last used" stamp is written, so a crash may lose a few seconds of them. In return a
read stays a read. Only a stamp older than a minute is worth a write.
"""

from contextlib import suppress
from typing import TypeVar

from oauth2system.policy import lifetimes
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import client_secrets, consents

K = TypeVar("K")
V = TypeVar("V")


class LastUsed:
    """The stamps that one server has noted and not yet written."""

    __slots__ = ("_fetches", "_secrets")

    def __init__(self) -> None:
        """Start with nothing noted."""
        self._secrets: dict[int, int] = {}
        self._fetches: dict[tuple[str, str], int] = {}

    def note_secret(self, secret_id: int, now_ms: int, known_ms: int | None) -> None:
        """Note that a client secret was used; `known_ms` is the stamp in the database."""
        if known_ms is None or now_ms - known_ms > lifetimes.LAST_USED_WORTH.in_ms:
            self._secrets[secret_id] = now_ms

    def note_fetch(self, user_id: str, client_id: str, now_ms: int, known_ms: int | None) -> None:
        """Note that an app fetched a person; `known_ms` is the stamp in the database."""
        if known_ms is None or now_ms - known_ms > lifetimes.LAST_USED_WORTH.in_ms:
            self._fetches[user_id, client_id] = now_ms

    def waiting(self) -> bool:
        """Return whether anything is to be written."""
        return bool(self._secrets or self._fetches)

    def write(self, db: Db) -> None:
        """Write what was noted since the last time."""
        for secret_id, used_ms in drain(self._secrets):
            client_secrets.stamp(db, secret_id, used_ms)
        for (user_id, client_id), fetched_ms in drain(self._fetches):
            consents.stamp(db, user_id, client_id, fetched_ms)


def drain(noted: dict[K, V]) -> list[tuple[K, V]]:
    """Take all notes out, in the same order in every process: two that write the same rows never deadlock."""
    taken: list[tuple[K, V]] = []
    with suppress(KeyError):  # another thread took the last one
        while noted:
            taken.append(noted.popitem())
    return sorted(taken, key=lambda note: repr(note[0]))
