"""Group commit on SQLite: writers that wait in one turn of the loop share one transaction."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from oauth2system.errors import Busy
from oauth2system.storage.database import Database, Job, Locked, NotOurTurn

# So many jobs hold the loop for a few milliseconds; more wait for the next turn, and reads get in between.
LARGEST_GROUP = 64
LOCK_PATIENCE_S = 5.0
_FIRST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A job, where its answer goes, and until when it waits for another process's lock."""

    job: Job
    done: "asyncio.Future[Any]"
    until: float


class Groups:
    """Collects short writing jobs and commits them together, on the event loop's own thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._planned = False
        self._pause = _FIRST_PAUSE_S

    def submit(self, job: Job) -> "asyncio.Future[Any]":
        """Take a job; its future is done once the commit that holds it is on disk."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(_Waiting(job, done, time.monotonic() + LOCK_PATIENCE_S))
        if not self._planned:
            self._planned = True
            loop.call_soon(self._turn)
        return done

    def _turn(self) -> None:
        """Commit what waits, and plan the next turn when something is left."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))]
        try:
            pause = self._commit(batch)
        except BaseException:
            self._fail(batch, "the process is stopping")
            self._planned = False
            raise
        self._planned = bool(self._waiting)
        if self._planned:
            asyncio.get_running_loop().call_later(pause, self._turn)

    def _commit(self, batch: list[_Waiting]) -> float:
        """Answer every job of the batch; returns how long to wait before the next."""
        try:
            results = self._database.group([one.job for one in batch])
        except Locked as locked:
            return self._wait(batch, locked)
        except Exception as error:  # noqa: BLE001  (nothing was kept: nobody may be told it worked)
            self._fail(batch, str(error) if isinstance(error, Busy) else "the commit failed", error)
            return 0.0
        self._pause = _FIRST_PAUSE_S
        for one, result in zip(batch, results, strict=True):
            _answer(one.done, result)
        return 0.0

    def _wait(self, batch: list[_Waiting], locked: Locked) -> float:
        """Another process writes: try again shortly, without blocking the loop (T153)."""
        now = time.monotonic()
        self._fail([one for one in batch if one.until <= now], str(locked))
        self._waiting.extendleft(reversed([one for one in batch if one.until > now]))
        if isinstance(locked, NotOurTurn):
            return _FIRST_PAUSE_S
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_S)
        return self._pause

    @staticmethod
    def _fail(batch: list[_Waiting], why: str, cause: BaseException | None = None) -> None:
        for one in batch:
            busy = Busy(why)
            busy.__cause__ = cause
            _answer(one.done, busy)


def _answer(done: "asyncio.Future[Any]", result: Any) -> None:  # noqa: ANN401
    if done.done():  # whoever asked has gone away
        return
    if isinstance(result, Exception):
        done.set_exception(result)
    else:
        done.set_result(result)
