"""Group commit on SQLite: writers that wait in one turn of the loop share one transaction.

Their jobs run on the loop, their commit in a thread: while the disk works the loop answers others and
gathers the next group, which is the larger for it.
"""

import asyncio
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

from oauth2system.errors import Busy, Trouble
from oauth2system.policy import quotas
from oauth2system.storage.database.transactions import Database, Job, Locked, NotOurTurn

# So many jobs hold the loop for a few milliseconds; more wait for the next turn, and reads get in between.
LARGEST_GROUP = 64
LOCK_PATIENCE_S = 5.0
_FIRST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.02
_STOPPING = "the process is stopping"


class _Waiting(NamedTuple):
    """A job, where its answer goes, and until when it waits for another process's lock."""

    job: Job
    done: "asyncio.Future[Any]"
    until: float


class Groups:
    """Collects short writing jobs and commits them together, one group at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._planned = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pause = _FIRST_PAUSE_S
        self._closed = False
        self._committer = ThreadPoolExecutor(1, "commit")

    def submit(self, job: Job) -> "asyncio.Future[Any]":
        """Take a job; its future is done once the commit that holds it is on disk.

        Raises RuntimeError while jobs of another event loop wait: their turn would answer this one from its own thread,
        and this loop would sleep on.
        """
        loop = asyncio.get_running_loop()
        if self._planned and loop is not self._loop:
            raise RuntimeError("A runner belongs to one event loop at a time.")
        self._loop = loop
        done: asyncio.Future[Any] = loop.create_future()
        if len(self._waiting) >= quotas.WAITING_TO_WRITE:
            done.set_exception(Busy("too many wait to write", Trouble.QUEUE))
            return done
        self._waiting.append(_Waiting(job, done, time.monotonic() + LOCK_PATIENCE_S))
        if not self._planned:
            self._planned = True
            loop.call_soon(self._turn)
        return done

    def _turn(self) -> None:
        """Run what waits, and have it committed."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))]
        if self._closed:
            self._fail(batch, Busy(_STOPPING, Trouble.STOPPING))
            self._next_turn()
            return
        try:
            results = self._database.open_group([one.job for one in batch])
        except Locked as locked:
            self._next_turn(self._wait(batch, locked))
        except Exception as error:  # noqa: BLE001  (nothing was kept: no caller may get a success)
            self._fail(batch, error)
            self._next_turn()
        except BaseException:
            self._fail(batch, Busy(_STOPPING, Trouble.STOPPING))
            self._planned = False
            raise
        else:
            self._pause = _FIRST_PAUSE_S
            self._committer.submit(self._commit, asyncio.get_running_loop(), batch, results)

    def _commit(self, loop: asyncio.AbstractEventLoop, batch: list[_Waiting], results: list[Any]) -> None:
        """Commit, in the committer's thread, and have the loop answer. A future of the loop costs as much as a job."""
        error: BaseException | None = None
        try:
            self._database.commit_group()
        except BaseException as failed:  # noqa: BLE001  (it is answered by the loop)
            error = failed
        with suppress(RuntimeError):  # that loop has just closed
            loop.call_soon_threadsafe(self._finish_batch, batch, results, error)

    def _finish_batch(self, batch: list[_Waiting], results: list[Any], error: BaseException | None) -> None:
        """Answer every job of the batch, and plan the next turn when something is left."""
        if error is not None:
            self._fail(batch, error)
        else:
            for one, result in zip(batch, results, strict=True):
                _answer(one.done, result)
        self._next_turn()

    def _next_turn(self, pause: float = 0.0) -> None:
        self._planned = bool(self._waiting)
        if self._planned:
            asyncio.get_running_loop().call_later(pause, self._turn)

    def close(self) -> None:
        """Wait for the commit that runs; later jobs get Busy."""
        self._closed = True
        self._committer.shutdown(wait=True)

    def _wait(self, batch: list[_Waiting], locked: Locked) -> float:
        """Another process writes: try again shortly, without blocking the loop (T153)."""
        now = time.monotonic()
        self._fail([one for one in batch if one.until <= now], locked)
        self._waiting.extendleft(reversed([one for one in batch if one.until > now]))
        if isinstance(locked, NotOurTurn):
            return _FIRST_PAUSE_S
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_S)
        return self._pause

    @staticmethod
    def _fail(batch: list[_Waiting], cause: BaseException) -> None:
        """Answer each with a Busy of its own, which says what the trouble was."""
        why, trouble = (str(cause), cause.trouble) if isinstance(cause, Busy) else ("the commit failed", Trouble.OTHER)
        for one in batch:
            busy = Busy(why, trouble)
            busy.__cause__ = cause
            _answer(one.done, busy)


def _answer(done: "asyncio.Future[Any]", result: Any) -> None:
    if done.done():  # the caller has gone away
        return
    if isinstance(result, Exception):
        done.set_exception(result)
    else:
        done.set_result(result)
