"""Ids that sort by time and need no coordination between nodes.

63 bits: 41 of milliseconds since 2024, 21 that differ within one millisecond, and one that says
what the id names. The last bit keeps a `client_id` from ever equalling a user's `sub` (RFC 9700 §4.15).
"""

import secrets
import threading

EPOCH_MS = 1_704_067_200_000
SPREAD_BITS = 21
SPREAD = 1 << SPREAD_BITS

USER = 0
CLIENT = 1


class IdSource:
    """Hands out ids that never repeat within this process and hardly ever across processes."""

    def __init__(self) -> None:
        """Start with no millisecond seen yet."""
        self._lock = threading.Lock()
        self._last_ms = -1
        self._spread = 0

    def next(self, now_ms: int, tag: int = USER) -> int:
        """Return a positive 63-bit id for this millisecond; `tag` is USER or CLIENT."""
        with self._lock:
            if now_ms != self._last_ms:
                self._last_ms = now_ms
                self._spread = secrets.randbits(SPREAD_BITS)
            self._spread = (self._spread + 1) % SPREAD
            spread = self._spread
        return ((now_ms - EPOCH_MS) << (SPREAD_BITS + 1)) | (spread << 1) | tag


_source = IdSource()
next_id = _source.next


def first_id_at(ms: int) -> int:
    """Return the smallest id of that millisecond: purging old rows is a range over the key."""
    return max(0, ms - EPOCH_MS) << (SPREAD_BITS + 1)


def made_ms(id: int) -> int:  # noqa: A002  (an id is an id)
    """Return the millisecond in which an id was made."""
    return (id >> (SPREAD_BITS + 1)) + EPOCH_MS
