"""One database, three ways in: a transaction, a read, and a group of jobs with one commit.

`Db` is what every query takes: prepared SQL on the driver's own connection (style.md: an ORM read
costs forty times a prepared one) and, when asked for, an ORM session on the same transaction.
"""

import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from oauth2system.errors import Busy, Refusal

Row = tuple[Any, ...]
Job = Callable[["Db"], Any]
BUSY_MS = 5000

_DRIVER_TROUBLE = (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError)


class Db:
    """One transaction's view of the database."""

    __slots__ = ("_connection", "_execute", "_orm", "_postgresql")

    def __init__(self, connection: Connection, driver: Any, *, postgresql: bool) -> None:  # noqa: ANN401
        """Wrap a connection whose transaction somebody else begins and ends."""
        self._connection = connection
        self._execute = driver.execute
        self._postgresql = postgresql
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
            self._orm = Session(self._connection, expire_on_commit=False, join_transaction_mode="rollback_only")
        return self._orm

    def finish(self, *, keep: bool) -> None:
        """Flush what the ORM still holds when it is to be kept, and let the session go."""
        orm, self._orm = self._orm, None
        if orm is None:
            return
        if keep:
            orm.flush()
        orm.expunge_all()


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
        self.engine = _engine(url, pool_size)
        self._group: Connection | None = None
        self._reader: Connection | None = None

    @contextmanager
    def transaction(self) -> Generator[Db]:
        """One request or click is one transaction. A Refusal is an answer, so it commits."""
        with _trouble_is_busy(), self.engine.connect() as connection, connection.begin():
            db = self._db(connection)
            refusal: Refusal | None = None
            try:
                yield db
            except Refusal as answer:
                refusal = answer  # e.g. the family we revoked because a code was replayed
            db.finish(keep=True)
        if refusal is not None:
            raise refusal

    @contextmanager
    def reading(self) -> Generator[Db]:
        """Look without a write lock; whatever is written here by mistake is not kept."""
        with _trouble_is_busy(), self.engine.connect() as plain:
            connection = plain.execution_options(reads_only=True)
            begun = connection.begin()
            try:
                yield (db := self._db(connection))
                db.finish(keep=False)
            finally:
                begun.rollback()

    def in_place(self) -> Db:
        """Return the one SQLite connection that reads without any transaction (about 10 us a row)."""
        if self._reader is None:
            self._reader = self.engine.connect()
            self._driver(self._reader).execute("PRAGMA query_only=ON")
        return self._db(self._reader)

    def group(self, jobs: Sequence[Job]) -> list[Any]:
        """Run jobs one after another, each in a savepoint, and commit once (SQLite only).

        Returns what each job returned, or the exception it raised, in their order. A Refusal keeps
        its savepoint; any other exception undoes that job alone. Raises Busy when another process
        holds the write lock: nothing has run then, and the caller may try again.
        """
        connection = self._group_connection()
        driver = self._driver(connection)
        with _trouble_is_busy(), connection.begin():
            return [self._savepoint(connection, driver, job) for job in jobs]

    def _savepoint(self, connection: Connection, driver: Any, job: Job) -> Any:  # noqa: ANN401
        db = Db(connection, driver, postgresql=False)
        driver.execute("SAVEPOINT job")
        try:
            result = job(db)
            db.finish(keep=True)
        except Refusal as answer:
            db.finish(keep=True)
            result = answer
        except Exception as error:  # noqa: BLE001  (one job's fault must not undo its neighbours)
            db.finish(keep=False)
            driver.execute("ROLLBACK TO job")
            result = error
        driver.execute("RELEASE job")
        return result

    def _group_connection(self) -> Connection:
        if self._group is None:
            self._group = self.engine.connect()
            # The loop must not sleep on a lock: the door waits for us without blocking (T153).
            self._driver(self._group).execute("PRAGMA busy_timeout=0")
        return self._group

    def _db(self, connection: Connection) -> Db:
        return Db(connection, self._driver(connection), postgresql=self.postgresql)

    @staticmethod
    def _driver(connection: Connection) -> Any:  # noqa: ANN401
        return connection.connection.driver_connection

    def close(self) -> None:
        """Give every connection back."""
        for connection in (self._group, self._reader):
            if connection is not None:
                connection.invalidate()
                connection.close()
        self._group = self._reader = None
        self.engine.dispose()


@contextmanager
def _trouble_is_busy() -> Generator[None]:
    """Turn a lock that lasts, a full disk or a lost server into Busy: 503, nothing changed."""
    try:
        yield
    except OperationalError as error:
        raise Busy(str(error.orig)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Busy(str(error.orig)) from error
        raise
    except _DRIVER_TROUBLE as error:
        raise Busy(str(error)) from error


def _engine(url: str, pool_size: int) -> Engine:
    if url.startswith("postgresql"):
        return create_engine(url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, pool_timeout=5)
    engine = create_engine(
        url, pool_size=pool_size, connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(driver: sqlite3.Connection, _record: object) -> None:
    """Durable by default: WAL with an fsync per commit; the group commit makes it affordable."""
    driver.isolation_level = None
    for pragma in _PRAGMAS:
        driver.execute(pragma)


_PRAGMAS: Iterable[str] = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-8000",
)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a lock taken later fails however long one waits."""
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def location(url: str) -> str | None:
    """Return the path of the SQLite file, or None for a server."""
    parsed = make_url(url)
    return parsed.database if parsed.get_backend_name() == "sqlite" else None
