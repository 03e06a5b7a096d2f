"""Writes on PostgreSQL: what waits in one turn of the event loop shares a transaction and its commit."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from oauth2system.policy import quotas
from oauth2system.runtime.group_commit import LARGEST_GROUP
from oauth2system.runtime.pipelines.lines import LaneLines, WaitingJob
from oauth2system.storage.database.group_commit import Undone
from oauth2system.storage.database.transactions import Database, Job

if TYPE_CHECKING:
    from oauth2system.storage.database.lines import Line

# While a group waits for the disk or for a slow network, the next one runs on another line.

MOST_LINES = 4
# A group waits so long for a row that another transaction holds; the job that needs it then waits alone, in a thread.
LOCK_MS = 100


class Writers(LaneLines):
    """Collects short writing jobs and commits them in groups; a job at fault runs again alone."""

    def __init__(self, database: Database, alone: Callable[[Job], Awaitable[Any]]) -> None:
        """Keep how a job runs in a transaction of its own; connects with the first job."""
        super().__init__(lambda: database.open_line(LOCK_MS), MOST_LINES)
        self._alone = alone
        self._busy: set[Line] = set()
        self._planned = False
        self._tasks: set[Awaitable[None]] = set()

    def _most_waiting(self) -> int:
        return quotas.WAITING_TO_WRITE

    def _reset(self) -> None:
        self._planned = False
        self._busy.clear()
        self._tasks.clear()

    def _take(self, one: WaitingJob) -> None:
        self._waiting.append(one)
        self._plan()

    def _plan(self) -> None:
        """Have a turn at the end of this one of the loop: what comes until then shares its transaction."""
        if not self._planned and self._loop is not None:
            self._planned = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._planned = False
        for line in self._lines:
            if not self._waiting:
                return
            if line not in self._busy and not line.lost:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))]
                self._busy.add(line)
                self._running += len(batch)
                line.start(self._run, line, batch)
        if self._waiting:
            self._open_one()

    def _run(self, line: "Line", batch: list[WaitingJob]) -> None:
        """Run a group, in its greenlet, and answer each of its jobs."""
        loop, undone = self._loop, None
        results: list[Any] = []
        try:
            results = line.group([one.job for one in batch])
        except Undone as error:
            undone = error
        except Exception as error:  # noqa: BLE001  (the commit may or may not be on disk)
            results = [error] * len(batch)
        if self._closed or loop is not self._loop:
            self._fail(batch)
            return
        self._busy.discard(line)
        self._running -= len(batch)
        if undone is None:
            for one, result in zip(batch, results, strict=True):
                self._answer(one, result)
        else:
            self._run_again(batch, undone)
        if self._waiting:
            self._plan()

    def _run_again(self, batch: list[WaitingJob], undone: Undone) -> None:
        """Run the job at fault alone and the others as a group once more; all of them alone when that does not help."""
        others: list[WaitingJob] = []
        for place, one in enumerate(batch):
            one.tries += 1
            if undone.culprit in {None, place} or one.tries > 1:
                self._run_alone(one)
            else:
                others.append(one)
        self._waiting.extendleft(reversed(others))

    def _run_alone(self, one: WaitingJob) -> None:
        assert self._loop is not None  # noqa: S101  (it gave the job)
        task = self._loop.create_task(self._answer_alone(one))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_alone(self, one: WaitingJob) -> None:
        result: Any
        try:
            result = await self._alone(one.job)
        except Exception as error:  # noqa: BLE001  (it is the caller's)
            result = error
        self._answer(one, result)
