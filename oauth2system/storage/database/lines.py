"""Lines to PostgreSQL: a pipeline, and how the jobs of a read and of a group of writes run on it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from oauth2system.errors import Busy, Trouble
from oauth2system.storage.database import group_commit
from oauth2system.storage.database.compiler import Compiler
from oauth2system.storage.database.engine import trouble_is_busy
from oauth2system.storage.database.group_commit import Undone
from oauth2system.storage.database.pipeline import LateFault, Pipeline
from oauth2system.storage.database.statements import Db, Job


class Line:
    """A connection that jobs run on, in greenlets of its loop's thread."""

    def __init__(self, connection: "psycopg.Connection[Any]", compiler: Compiler) -> None:
        """Take over a connection that is in no transaction."""
        self.pipeline = Pipeline(connection)
        self._db = Db(self.pipeline, compiler, self.pipeline)

    @property
    def lost(self) -> bool:
        """Return whether the connection is gone."""
        return self.pipeline.lost

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have this loop bring the answers."""
        self.pipeline.attach(loop)

    def start(self, run: Callable[..., None], *args: Any) -> None:
        """Run a function, which calls `look` or `group`, until it first waits for the database."""
        self.pipeline.start(run, *args)

    def look(self, job: Job) -> Any:
        """Run a job that only looks; others may run in between. Raises Busy where the database does not answer."""
        with trouble_is_busy():
            return job(self._db)

    def group(self, jobs: Sequence[Job]) -> list[Any]:
        """Run jobs one after another in one transaction; nothing else may use this line meanwhile.

        Returns what each job returned, or the Refusal it raised: what a Refusal wrote is kept. Raises Undone when a
        job has a fault, waits too long for a lock, or the connection is lost: then nothing was kept. Raises Busy when
        the answer to the commit is lost: then nobody knows.
        """
        results: list[Any] = []
        try:
            self.pipeline.send("BEGIN READ WRITE")
            for job in jobs:
                results.append(group_commit.run_one(self._db, job))  # noqa: PERF401  (their number says who failed)
        except Exception as error:
            self._undo()
            someone = isinstance(error, LateFault) or self.lost
            raise Undone(None if someone else len(results)) from error
        self._commit()
        return results

    def _commit(self) -> None:
        try:
            done = self.pipeline.execute("COMMIT").status == b"COMMIT"
        except (LateFault, psycopg.Error) as error:
            if self.lost:
                raise Busy("the connection was lost during the commit", Trouble.SERVER) from error
            self._undo()
            raise Undone(None) from error
        if not done:  # a statement had failed, and its job passed over that
            raise Undone(None)

    def _undo(self) -> None:
        """Wait until it is undone: the jobs that run again need its locks."""
        with suppress(psycopg.Error, LateFault):
            self.pipeline.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection; jobs under way get Busy, and what they wrote is undone."""
        self.pipeline.lose(psycopg.OperationalError("the process is stopping"))
