"""One database, three ways in: a transaction, a read, and a group of jobs with one commit.

`Db` is what every query takes: prepared SQL on the driver's own connection (style.md: an ORM read
costs forty times a prepared one) and, when asked for, an ORM session on the same transaction.
"""

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, Literal

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, RootTransaction
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session

from oauth2system.errors import Busy, Refusal
from oauth2system.storage.engine import BUSY_MS, as_busy, is_lock, location, make_engine, trouble_is_busy
from oauth2system.storage.turns import Turns

__all__ = ["BUSY_MS", "Database", "Db", "Job", "Locked", "NotOurTurn", "Row", "location"]

Row = tuple[Any, ...]
Job = Callable[["Db"], Any]
Joins = Literal["rollback_only", "create_savepoint"]


class Locked(Busy):
    """Another process holds the write lock: nothing has run, and the caller may try again."""


class NotOurTurn(Locked):
    """A thread of this very process writes: it will be done in a moment."""


class Db:
    """One transaction's view of the database."""

    __slots__ = ("_connection", "_execute", "_joins", "_orm", "_postgresql")

    def __init__(self, connection: Connection, *, postgresql: bool, joins: Joins | None) -> None:
        """Wrap a connection whose transaction somebody else begins and ends; `joins` is how the ORM takes part."""
        self._connection = connection
        self._execute = _driver(connection).execute
        self._postgresql = postgresql
        self._joins: Joins | None = joins
        self._orm: Session | None = None

    def _run(self, sql: str, args: tuple[Any, ...]) -> Any:  # noqa: ANN401
        if self._orm is not None:
            self._orm.flush()
        if not self._postgresql:
            return self._execute(sql, args)
        return self._execute(_percent(sql), args, prepare=True)

    def one(self, sql: str, *args: Any) -> Row | None:  # noqa: ANN401
        """Return the first row or None; placeholders are `?` on both databases."""
        return self._run(sql, args).fetchone()

    def all(self, sql: str, *args: Any) -> list[Row]:  # noqa: ANN401
        """Return every row."""
        return self._run(sql, args).fetchall()

    def run(self, sql: str, *args: Any) -> int:  # noqa: ANN401
        """Execute and return how many rows it touched."""
        return self._run(sql, args).rowcount

    @property
    def orm(self) -> Session:
        """Return an ORM session on this same transaction; never commit it yourself."""
        if self._orm is None:
            if self._joins is None:
                raise RuntimeError("A service run by Runner.read looks by prepared SQL alone; use click.")
            self._orm = Session(self._connection, expire_on_commit=False, join_transaction_mode=self._joins)
        return self._orm

    def finish(self, *, keep: bool) -> None:
        """Flush what the ORM still holds when it is to be kept, and let the session go."""
        orm, self._orm = self._orm, None
        if orm is None:
            return
        try:
            if keep:
                orm.commit()  # the transaction is somebody else's: this flushes, and releases what it joined by
        finally:
            orm.close()


def _driver(connection: Connection) -> Any:  # noqa: ANN401
    return connection.connection.driver_connection


_translated: dict[str, str] = {}


def _percent(sql: str) -> str:
    """Return the statement with psycopg's placeholders, worked out once per statement."""
    known = _translated.get(sql)
    if known is None:
        known = _translated[sql] = sql.replace("%", "%%").replace("?", "%s")
    return known


class Database:
    """The engine with our rules on every connection."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        """Prepare an engine for an SQLite file or a PostgreSQL server; connects on first use."""
        self.url = url
        self.postgresql = url.startswith("postgresql")
        self.engine = make_engine(url, pool_size)
        self._group: Connection | None = None
        self._reader: Connection | None = None
        self._looking: Db | None = None
        self._turns = Turns(BUSY_MS / 1000)

    @contextmanager
    def transaction(self) -> Generator[Db]:
        """One request or click is one transaction. A Refusal is an answer, so it commits."""
        turn = nullcontext() if self.postgresql else self._turns.of_thread()
        with trouble_is_busy(), turn, self.engine.connect() as connection, connection.begin():
            db = Db(connection, postgresql=self.postgresql, joins="rollback_only")
            refusal: Refusal | None = None
            keep = True
            try:
                yield db
            except Refusal as answer:
                refusal = answer  # e.g. the family we revoked because a code was replayed
            except BaseException:
                keep = False
                raise
            finally:
                db.finish(keep=keep)
            if self.postgresql:
                _insist(connection)
        if refusal is not None:
            raise refusal

    @contextmanager
    def reading(self) -> Generator[Db]:
        """Look without a write lock; whatever is written here by mistake is not kept."""
        with trouble_is_busy(), self.engine.connect() as plain:
            connection = plain.execution_options(reads_only=True)
            begun = connection.begin()
            db = Db(connection, postgresql=self.postgresql, joins="rollback_only")
            try:
                yield db
            finally:
                db.finish(keep=False)
                begun.rollback()

    def look(self, job: Job) -> Any:  # noqa: ANN401
        """Run a job here on the one SQLite connection that reads without any transaction (about 10 us a row)."""
        if self._looking is None:
            with trouble_is_busy():
                self._reader = self.engine.connect()
                _driver(self._reader).execute("PRAGMA query_only=ON")
            self._looking = Db(self._reader, postgresql=False, joins=None)
        try:
            return job(self._looking)
        except sqlite3.Error as error:
            raise as_busy(error) or error from error

    def group(self, jobs: Sequence[Job]) -> list[Any]:
        """Run jobs one after another and commit once (SQLite only).

        Returns what each job returned, or the exception it raised, in their order. What a Refusal
        wrote is kept; any other exception undoes that job alone: faults are rare, so the group then
        starts over with a savepoint a job, and nobody pays for one before. Raises Locked when another
        process holds the write lock: nothing has run then. Anything else that is raised means that
        nothing was kept, whatever the jobs believe.
        """
        if not self._turns.take_for_group():
            raise NotOurTurn("a thread of this process is writing")
        try:
            with trouble_is_busy():
                return self._group_of(jobs)
        finally:
            self._turns.release()

    def _group_of(self, jobs: Sequence[Job]) -> list[Any]:
        connection = self._group_connection()
        begun = _begin(connection)
        try:
            results = _trusting(connection, jobs)
            if results is None:
                begun.rollback()
                begun = _begin(connection)
                results = [_savepoint(connection, job) for job in jobs]
            _insist_open(connection)
            begun.commit()
        except BaseException:
            self._drop_group_connection()
            raise
        return results

    def _group_connection(self) -> Connection:
        if self._group is None:
            self._group = self.engine.connect()
            # The loop must not sleep on a lock: the door waits for us without blocking (T153).
            _driver(self._group).execute("PRAGMA busy_timeout=0")
        return self._group

    def _drop_group_connection(self) -> None:
        """Close it for good, which undoes whatever is still open; the next group gets a fresh one."""
        connection, self._group = self._group, None
        _discard(connection)

    def close(self) -> None:
        """Give every connection back."""
        reader, self._reader, self._looking = self._reader, None, None
        _discard(reader)
        self._drop_group_connection()
        self.engine.dispose()


def _begin(connection: Connection) -> RootTransaction:
    try:
        return connection.begin()
    except DBAPIError as error:
        if is_lock(error.orig):
            raise Locked(str(error.orig)) from error
        raise


def _trusting(connection: Connection, jobs: Sequence[Job]) -> list[Any] | None:
    """Run jobs without savepoints; None as soon as one has a fault."""
    try:
        return [_run(Db(connection, postgresql=False, joins="create_savepoint"), job) for job in jobs]
    except Exception:  # noqa: BLE001  (it happens again, and is answered, in a savepoint of its own)
        return None


def _savepoint(connection: Connection, job: Job) -> Any:  # noqa: ANN401
    """Run one job so that its fault cannot undo its neighbours."""
    driver = _driver(connection)
    # The ORM joins by a savepoint of its own: after a failed flush it rolls back what it has joined.
    db = Db(connection, postgresql=False, joins="create_savepoint")
    driver.execute("SAVEPOINT job")
    try:
        result = _run(db, job)
    except Exception as error:
        if not driver.in_transaction:  # SQLite has undone all of it, as it does on a full disk
            raise
        driver.execute("ROLLBACK TO job")
        result = error
    driver.execute("RELEASE job")
    return result


def _run(db: Db, job: Job) -> Any:  # noqa: ANN401
    keep = True
    try:
        return job(db)
    except Refusal as answer:
        return answer
    except BaseException:
        keep = False
        raise
    finally:
        db.finish(keep=keep)


def _insist(connection: Connection) -> None:
    """Refuse to call it done when a statement failed and was passed over: COMMIT would undo it all in silence."""
    if _driver(connection).info.transaction_status is TransactionStatus.INERROR:
        raise RuntimeError("A statement failed within this transaction; use a savepoint where failing is expected.")


def _insist_open(connection: Connection) -> None:
    """Refuse to call it done when SQLite has ended the transaction by itself, as it does on a full disk."""
    if not _driver(connection).in_transaction:
        raise RuntimeError("The transaction was lost on the way.")


def _discard(connection: Connection | None) -> None:
    if connection is None:
        return
    with suppress(SQLAlchemyError):
        connection.invalidate()
    with suppress(SQLAlchemyError):
        connection.close()
