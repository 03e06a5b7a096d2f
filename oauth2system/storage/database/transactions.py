"""One database, three ways in: a transaction, a read, and a group of jobs with one commit.

**The order of locks.** On PostgreSQL a row that was written stays locked until the transaction ends, so two
transactions that write the same rows in opposite orders wait for each other. A service that writes several kinds of
rows writes them in this order:

1. budgets: first of the network, then of the person or app;
2. the deletion that the person asked for;
3. the person (`users`), by `users.hold` where what follows comes first otherwise;
4. the app (`clients`);
5. what belongs to them: links and values that can be used once, factors, sessions, device codes, families and tokens;
6. what is only added: audit log, outbox, and the budgets of these, that no service spends earlier.

Rows of one kind are written in the order of their keys. A service that is in nobody's way may differ. Where two still
meet, PostgreSQL ends one after a second, and the `Runner` runs it again.
"""

import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from oauth2system.errors import Refusal
from oauth2system.storage.database import group_commit
from oauth2system.storage.database.compiler import Compiler
from oauth2system.storage.database.engine import (
    BUSY_MS,
    READER_CACHE,
    as_busy,
    location,
    make_engine,
    make_line_engine,
    trouble_is_busy,
)
from oauth2system.storage.database.group_commit import Locked, NotOurTurn
from oauth2system.storage.database.statements import Db, Job, Row, driver_of
from oauth2system.storage.database.write_lock import Turns

if TYPE_CHECKING:
    from oauth2system.storage.database.lines import Line

__all__ = ["BUSY_MS", "Database", "Db", "Job", "Locked", "NotOurTurn", "Row", "location"]


class Database:
    """The engine with our rules on every connection."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        """Prepare an engine for an SQLite file or a PostgreSQL server; connects on first use."""
        self.url = url
        self.postgresql = url.startswith("postgresql")
        self.engine = make_engine(url, pool_size)
        self._compiler = Compiler(self.engine.dialect)
        self._line_engine = make_line_engine(url) if self.postgresql else None
        self._line_compiler = Compiler((self._line_engine or self.engine).dialect)
        self._group: Connection | None = None
        self._reader: Connection | None = None
        self._looking: Db | None = None
        # The thread that has a view open.
        self._viewer: int | None = None
        self._turns = Turns(BUSY_MS / 1000)

    @contextmanager
    def transaction(self) -> Generator[Db]:
        """One request or click is one transaction. A Refusal is an answer, so it commits."""
        self._leave_view()
        turn = nullcontext() if self.postgresql else self._turns.of_thread()
        with trouble_is_busy(), turn, self.engine.connect() as connection, connection.begin():
            refusal: Refusal | None = None
            try:
                yield Db(driver_of(connection), self._compiler)
            except Refusal as answer:
                refusal = answer  # e.g. the family we revoked because a code was replayed
            if self.postgresql:
                _insist(connection)
        if refusal is not None:
            raise refusal

    def look(self, job: Job) -> Any:
        """Run a job that only looks, without any transaction; on SQLite here and now (about 10 us a row).

        The database refuses whatever writes: SQLite by `query_only`, PostgreSQL since only a transaction may write.
        """
        if self.postgresql:
            return self._look_afar(job)
        try:
            return job(self._looking or self._open_reader())
        except sqlite3.Error as error:
            raise as_busy(error) or error from error

    def look_apart(self, job: Job) -> Any:
        """Run a job that only looks on a connection of its own: another thread has a view open (SQLite only)."""
        with trouble_is_busy(), self.engine.connect() as connection:
            driver = driver_of(connection)
            driver.execute("PRAGMA query_only=ON")
            try:
                return job(Db(driver, self._compiler))
            finally:
                driver.execute("PRAGMA query_only=OFF")

    def open_view(self) -> None:
        """Let all looks of this thread share one view of the database, until `close_view` (SQLite only).

        The view begins with the first look. What this thread writes ends it.
        """
        self.close_view()
        reader = self._looking or self._open_reader()
        try:
            reader.run("BEGIN")
        except sqlite3.Error as error:
            raise as_busy(error) or error from error
        self._viewer = threading.get_ident()

    def close_view(self) -> None:
        """End the view, so that the next look sees what was written since."""
        viewer, self._viewer = self._viewer, None
        if viewer is None or self._looking is None:
            return
        try:
            self._looking.run("COMMIT")
        except sqlite3.Error:  # it may be over already, as after a fault of the disk
            self._drop_reader()

    def _leave_view(self) -> None:
        """End the view of this thread, which is about to write: it must read what it wrote."""
        if self._viewer is not None and self._viewer == threading.get_ident():
            self.close_view()

    def _open_reader(self) -> Db:
        with trouble_is_busy():
            self._reader = self.engine.connect()
            for pragma in ("query_only=ON", f"cache_size={READER_CACHE}"):
                driver_of(self._reader).execute(f"PRAGMA {pragma}")
        self._looking = Db(driver_of(self._reader), self._compiler)
        return self._looking

    def _drop_reader(self) -> None:
        """Close it for good; the next look gets a fresh one."""
        reader, self._reader, self._looking = self._reader, None, None
        _discard(reader)

    def _look_afar(self, job: Job) -> Any:
        """Spare a look the two round trips of BEGIN and ROLLBACK."""
        with trouble_is_busy(), self.engine.connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            return job(Db(driver_of(connection), self._compiler))

    def open_line(self, lock_ms: int = BUSY_MS) -> "Line":
        """Open a connection to PostgreSQL for jobs on an event loop, whose statements wait so long for a lock.

        It blocks until the server answers; raises Busy where it does not.
        """
        from oauth2system.storage.database.lines import Line  # noqa: PLC0415  (it loads psycopg)

        if self._line_engine is None:
            raise TypeError("Lines are for PostgreSQL.")
        with trouble_is_busy():
            connection = self._line_engine.raw_connection()
            driver: Any = connection.driver_connection
            connection.detach()
            driver.autocommit = True
            driver.execute(f"SET lock_timeout = {lock_ms}")
        return Line(driver, self._line_compiler)

    def group(self, jobs: Sequence[Job]) -> list[Any]:
        """Run jobs one after another and commit once: `open_group`, then `commit_group`."""
        results = self.open_group(jobs)
        self.commit_group()
        return results

    def open_group(self, jobs: Sequence[Job]) -> list[Any]:
        """Run jobs one after another in one transaction that `commit_group` ends (SQLite only).

        Returns what each job returned, or the exception it raised, in their order. What a Refusal
        wrote is kept; any other exception undoes that job alone: faults are rare, so the group then
        starts over with a savepoint a job, and nobody pays for one before. Raises Locked when another
        process holds the write lock: nothing has run then. Anything else that is raised means that
        nothing was kept, whatever the jobs believe.
        """
        self._leave_view()
        if not self._turns.take_for_group():
            raise NotOurTurn("a thread of this process is writing")
        with self._group_or_nothing() as connection:
            db = Db(driver_of(connection), self._compiler)
            group_commit.begin(connection)
            results = group_commit.run_all(db, jobs)
            if results is None:
                group_commit.roll_back(connection)
                group_commit.begin(connection)
                results = [group_commit.run_in_savepoint(connection, db, job) for job in jobs]
        return results

    def commit_group(self) -> None:
        """Put the open group on disk, in any thread; whatever is raised means that nothing was kept."""
        with self._group_or_nothing() as connection:
            group_commit.insist_open(connection)
            group_commit.commit(connection)
        self._turns.release()

    @contextmanager
    def _group_or_nothing(self) -> Generator[Connection]:
        """Give the group's connection; whatever goes wrong undoes the group and ends its turn."""
        try:
            with trouble_is_busy():
                yield self._group_connection()
        except Locked:
            self._turns.release()
            raise
        except BaseException:
            self._drop_group_connection()
            self._turns.release()
            raise

    def _group_connection(self) -> Connection:
        if self._group is None:
            self._group = self.engine.connect()
            # The loop must not sleep on a lock: the group commit waits without blocking (T153).
            driver_of(self._group).execute("PRAGMA busy_timeout=0")
        return self._group

    def _drop_group_connection(self) -> None:
        """Close it for good, which undoes whatever is still open; the next group gets a fresh one."""
        connection, self._group = self._group, None
        _discard(connection)

    def close(self) -> None:
        """Give every connection back."""
        self._drop_reader()
        self._drop_group_connection()
        self.engine.dispose()


def _insist(connection: Connection) -> None:
    """Refuse to call it done when a statement failed and was passed over: COMMIT would undo it all in silence."""
    if driver_of(connection).info.transaction_status.name == "INERROR":
        raise RuntimeError("A statement failed within this transaction; use a savepoint where failing is expected.")


def _discard(connection: Connection | None) -> None:
    if connection is None:
        return
    with suppress(SQLAlchemyError):
        connection.invalidate()
    with suppress(SQLAlchemyError):
        connection.close()
