"""Reads on SQLite: those of one turn of the event loop share one view of the database.

SQLite takes a lock in the file for every read outside a transaction, and releases it, about 6 us. A view is a
transaction that only reads: it takes the lock once for all reads of a turn.

No read sees less than before. A view ends in the next turn, before any request that the loop has read meanwhile. So
each request of a view had come before the view began, and what was confirmed to anybody before that is in the view.
"""

import asyncio
import threading
from typing import Any

from oauth2system.storage.database.transactions import Database, Job


class Looks:
    """Runs each read at once; where a turn had several, those of the next turn share a view."""

    __slots__ = ("_claiming", "_count", "_database", "_loop", "_several")

    def __init__(self, database: Database) -> None:
        """Connects with the first read."""
        self._database = database
        # The loop whose turn it is, how many reads it had in this turn, and whether it had several in its last one.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._count = 0
        self._several = False
        self._claiming = threading.Lock()

    def run(self, job: Job) -> Any:
        """Run a job that only reads, here and now, and return what it returns."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop and not self._begin(loop):
            return self._database.look_apart(job)
        self._count += 1
        return self._database.look(job)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Begin a turn; False while another loop, in another thread, is in the middle of one."""
        with self._claiming:
            if self._loop is not None and not self._loop.is_closed():
                return False
            self._loop, self._count = loop, 0
        self._database.close_view()  # a loop that was closed in the middle of a turn has left it
        loop.call_soon(self._end)
        if self._several:
            self._database.open_view()
        return True

    def _end(self) -> None:
        self._several = self._count > 1
        self._database.close_view()
        self._loop = None
