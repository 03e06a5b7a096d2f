"""When things were last used: noted in memory, written in one go every few seconds.

A "last used" stamp is told to nobody as done, so a crash may lose a few seconds of it; in return a
read stays a read. Only a stamp older than a minute is worth a write.
"""

from contextlib import suppress
from typing import TypeVar

from oauth2system.policy import lifetimes
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import client_secrets, consents

K = TypeVar("K")
V = TypeVar("V")


_secrets: dict[int, int] = {}
_fetches: dict[tuple[str, str], int] = {}


def secret_used(secret_id: int, now_ms: int, known_ms: int | None) -> None:
    """Note that a client secret was used."""
    if known_ms is None or now_ms - known_ms > lifetimes.LAST_USED_WORTH.in_ms:
        _secrets[secret_id] = now_ms


def user_fetched(user_id: str, client_id: str, now_ms: int, known_ms: int | None) -> None:
    """Note that an app fetched a person."""
    if known_ms is None or now_ms - known_ms > lifetimes.LAST_USED_WORTH.in_ms:
        _fetches[user_id, client_id] = now_ms


def waiting() -> bool:
    """Tell whether anything is to be written."""
    return bool(_secrets or _fetches)


def write(ctx: Context) -> None:
    """Write what was noted since the last time."""
    for secret_id, used_ms in drained(_secrets):
        client_secrets.stamp(ctx.db, secret_id, used_ms)
    for (user_id, client_id), fetched_ms in drained(_fetches):
        consents.stamp(ctx.db, user_id, client_id, fetched_ms)


def drained(noted: dict[K, V]) -> list[tuple[K, V]]:
    """Take all notes out, in one order for every process: two that write the same rows never wait for each other."""
    taken: list[tuple[K, V]] = []
    with suppress(KeyError):  # another thread took the last one
        while noted:
            taken.append(noted.popitem())
    return sorted(taken, key=lambda note: repr(note[0]))
