"""Reads on PostgreSQL: many at the same time on few connections, without a transaction."""

from typing import TYPE_CHECKING, Any

from oauth2system.errors import Busy
from oauth2system.policy import quotas
from oauth2system.runtime.pipelines.lines import LaneLines, WaitingJob
from oauth2system.storage.database.transactions import Database

if TYPE_CHECKING:
    from oauth2system.storage.database.lines import Line

# All reads take the first line, so that many answers come at once, unless it has been waiting for one for so long.

MOST_LINES = 3
PATIENCE_S = 0.01


class Readers(LaneLines):
    """Runs each job at once; where its statements leave and answers come, jobs share the way."""

    def __init__(self, database: Database) -> None:
        """Connects with the first job."""
        super().__init__(database.open_line, MOST_LINES)

    def _most_waiting(self) -> int:
        return quotas.WAITING_TO_READ

    def _take(self, one: WaitingJob) -> None:
        line = self._pick()
        if line is None:
            self._waiting.append(one)
        else:
            self._begin(line, one)

    def _begin(self, line: "Line", one: WaitingJob) -> None:
        self._running += 1
        line.start(self._run, line, one)

    def _pick(self) -> "Line | None":
        """Return the first line that gets answers, else the one with the least under way; None while one is opened."""
        assert self._loop is not None  # noqa: S101  (a job was taken)
        patient = self._loop.time() - PATIENCE_S
        for line in self._lines:
            if not (line.lost or line.pipeline.waits_since(patient)):
                return line
        if self._open_one():  # which also forgets those that were lost
            return None
        return min(self._lines, key=lambda line: line.pipeline.under_way, default=None)

    def _turn(self) -> None:
        while self._waiting:
            line = self._pick()
            if line is None:
                return
            self._begin(line, self._waiting.popleft())

    def _run(self, line: "Line", one: WaitingJob) -> None:
        """Run a job, in its greenlet; a lost connection costs it one more try on another."""
        one.tries += 1
        loop = self._loop
        result: Any
        try:
            result = line.look(one.job)
        except Exception as error:  # noqa: BLE001  (it is the caller's)
            result = error
        if self._closed or loop is None or loop is not self._loop:
            self._fail([one])
            return
        self._running -= 1
        if isinstance(result, Busy) and line.lost and one.tries == 1:
            loop.call_soon(self._take, one)
        else:
            self._answer(one, result)
