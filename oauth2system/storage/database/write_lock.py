"""Whose turn it is to write, among the threads and the event loop of one process, on SQLite.

SQLite lets writers poll for its lock, and a loop that commits group after group leaves pollers hardly
a gap: a click could wait for a second. So within a process writers queue here, and the lock in the
file is only met by other processes.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from oauth2system.errors import Busy, Trouble


class Turns:
    """Hands the right to write to one at a time; a waiting thread always comes before a second group."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._writing = threading.Lock()
        self._counting = threading.Lock()
        self._threads_waiting = 0
        self._group_was_last = False

    @contextmanager
    def of_thread(self) -> Generator[None]:
        """Wait for the turn of a thread."""
        self._count(1)
        try:
            got = self._writing.acquire(timeout=self._patience_s)
        finally:
            self._count(-1)
        if not got:
            raise Busy("another writer of this process takes too long", Trouble.LOCK)
        self._group_was_last = False
        try:
            yield
        finally:
            self._writing.release()

    def take_for_group(self) -> bool:
        """Take the turn for a group if it is free, without waiting."""
        if self._group_was_last and self._threads_waiting:
            return False
        if not self._writing.acquire(blocking=False):
            return False
        self._group_was_last = True
        return True

    def release(self) -> None:
        """Give the turn back."""
        self._writing.release()

    def _count(self, change: int) -> None:
        with self._counting:
            self._threads_waiting += change
