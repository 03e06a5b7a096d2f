"""The lines of one lane: connections that are opened when jobs wait, and that belong to one event loop at a time."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oauth2system.errors import Busy, Trouble
from oauth2system.storage.database.transactions import Job

if TYPE_CHECKING:
    from oauth2system.storage.database.lines import Line

_STOPPING = "the process is stopping"
# So long after a failure a further line is not tried again; without any line it always is.
_RETRY_S = 1.0


@dataclass(slots=True, eq=False)
class WaitingJob:
    """A job, and where its answer goes."""

    job: Job
    done: "asyncio.Future[Any]"
    tries: int = 0


class LaneLines:
    """Takes jobs of one event loop, and opens connections for them in a thread, one after another."""

    def __init__(self, open_line: Callable[[], "Line"], most: int) -> None:
        """Keep how a line is opened, and how many there may be."""
        self._open_line, self._most = open_line, most
        self._lines: list[Line] = []
        self._waiting: deque[WaitingJob] = deque()
        self._running = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connector = ThreadPoolExecutor(1, "connect")
        self._opening = self._closed = False
        self._retry_at = 0.0
        self._arriving: Line | None = None

    def serves(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Return whether this loop's jobs can run here; False while jobs of another loop do."""
        if loop is self._loop:
            return True
        before = self._loop
        if before is not None and not before.is_closed():
            if self._waiting or self._running or self._opening:
                return False
            for line in self._lines:
                with suppress(RuntimeError):  # it has just closed
                    before.call_soon_threadsafe(line.close)
            self._lines = []
        self._move(loop)
        return True

    def _move(self, loop: asyncio.AbstractEventLoop) -> None:
        """Leave the jobs of a closed loop behind, and take its idle lines along."""
        self._loop, self._opening, self._running, self._retry_at = loop, False, 0, 0.0
        self._waiting.clear()
        lines, self._lines = self._lines, []
        for line in lines:
            if line.pipeline.idle and not line.lost:
                line.attach(loop)
                self._lines.append(line)
            else:
                line.close()
        self._reset()

    def submit(self, job: Job) -> "asyncio.Future[Any]":
        """Take a job of the loop that this serves; its future is done when the database has answered."""
        loop = asyncio.get_running_loop()
        one = WaitingJob(job, loop.create_future())
        if self._closed:
            self._fail([one])
        elif len(self._waiting) + self._running >= self._most_waiting():
            self._answer(one, Busy("too many wait for the database", Trouble.QUEUE))
        else:
            self._take(one)
        return one.done

    def _most_waiting(self) -> int:
        """Return how many jobs may wait and run; more get Busy."""
        raise NotImplementedError

    def _take(self, one: WaitingJob) -> None:
        """Run the job, now or later."""
        raise NotImplementedError

    def _turn(self) -> None:
        """Run what waits, as far as there are lines for it."""
        raise NotImplementedError

    def _reset(self) -> None:
        """Begin anew with the lines that are left."""

    def _open_one(self) -> bool:
        """Have one more line opened; returns whether one will come, or the news that it cannot be opened."""
        self._lines = [line for line in self._lines if not line.lost]
        if self._opening:
            return True
        if self._closed or self._loop is None or len(self._lines) >= self._most:
            return False
        if self._lines and self._loop.time() < self._retry_at:
            return False
        self._opening = True
        self._connector.submit(self._connect, self._loop)
        return True

    def _connect(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open a line, in a thread, and give it to the loop."""
        opened: Line | Exception
        try:
            opened = self._arriving = self._open_line()
        except Exception as error:  # noqa: BLE001  (the jobs that wait get it)
            opened = error
        try:
            loop.call_soon_threadsafe(self._opened, loop, opened)
        except RuntimeError:  # that loop has closed
            if not isinstance(opened, Exception):
                opened.close()

    def _opened(self, loop: asyncio.AbstractEventLoop, opened: "Line | Exception") -> None:
        if not isinstance(opened, Exception):
            if self._closed or loop is not self._loop:
                opened.close()
                return
            self._arriving = None
            opened.attach(loop)
            self._lines.append(opened)
        self._opening = False
        if isinstance(opened, Exception):
            self._retry_at = loop.time() + _RETRY_S
            self._lines = [line for line in self._lines if not line.lost]
        if isinstance(opened, Exception) and not self._lines:
            waiting, self._waiting = self._waiting, deque()
            for one in waiting:
                self._answer(one, Busy(str(opened), opened.trouble) if isinstance(opened, Busy) else opened)
        self._turn()

    @staticmethod
    def _answer(one: WaitingJob, result: Any) -> None:
        if one.done.done() or one.done.get_loop().is_closed():  # the caller has gone away
            return
        if isinstance(result, Exception):
            one.done.set_exception(result)
        else:
            one.done.set_result(result)

    def close(self) -> None:
        """Close every line: jobs under way and later ones get Busy."""
        self._closed = True
        self._connector.shutdown(wait=True)
        for line in (*self._lines, *((self._arriving,) if self._arriving else ())):
            line.close()
        self._fail(self._waiting)
        self._waiting.clear()

    def _fail(self, some: Iterable[WaitingJob]) -> None:
        """Answer jobs that cannot be done any more."""
        for one in some:
            self._answer(one, Busy(_STOPPING, Trouble.STOPPING))
