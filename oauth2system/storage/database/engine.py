"""The engine with our rules on every connection, and which faults mean "not now"."""

import os
import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool

from oauth2system.errors import Busy, Deadlock, Trouble

if TYPE_CHECKING:
    import psycopg

BUSY_MS = 5000
CONNECT_S = 5

# What SQLite says when it is the machine's trouble and not our statement's: try again later (T153, T158).
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
    }
)
_LOCKS = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_OF_THE_DISK = frozenset(
    {
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN),
        *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM),
    }
)
# By SQLSTATE; what is not listed is the server that cannot be reached or that ends the connection.
_OF_POSTGRESQL = {
    **dict.fromkeys(("55P03", "40001"), Trouble.LOCK),
    **dict.fromkeys(("53100", "58030"), Trouble.DISK),
    "53300": Trouble.POOL,
    "57014": Trouble.SLOW,
}
_TAKEN = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})
_UNIQUE, _UNDEFINED_TABLE, _DEADLOCK = "23505", "42P01", "40P01"
# Without an adapter of these types, the driver raises an AttributeError within for each value: a microsecond each.
# They are the driver's own, so each adapter returns what it gets.
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(type(None), {None: None}.get)
_PRIMARY = 0xFF  # an extended SQLite code keeps its family in the lowest byte

_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-8000",
)
# Of the one connection that all frequent reads use: 32 MB, for the upper pages of a large database's trees.
READER_CACHE = -32_000
STATEMENT_MS = 60_000
# A statement that waits for a row longer than this, or runs for a minute, gets "not now"; a transaction left open is
# ended.
_POSTGRESQL = (
    f"SET lock_timeout = {BUSY_MS}",
    f"SET statement_timeout = {STATEMENT_MS}",
    "SET idle_in_transaction_session_timeout = 60000",
    "SET synchronous_commit = on",
    # What runs outside a transaction only reads; each transaction begins with READ WRITE, at no further cost.
    "SET default_transaction_read_only = on",
)
# A server that vanished without a word is noticed within half a minute, not after the quarter of an hour of TCP.
_LOST = {"tcp_user_timeout": 20_000, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}


def make_engine(url: str, pool_size: int) -> Engine:
    """Prepare an engine for an SQLite file or a PostgreSQL server; connects on first use."""
    if url.startswith("postgresql"):
        return _postgresql(url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, pool_timeout=CONNECT_S)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=CONNECT_S,
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
        hide_parameters=True,
    )
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_line_engine(url: str) -> Engine:
    """Prepare an engine of PostgreSQL that opens a new connection each time, and numbers values as PostgreSQL does."""
    return _postgresql(url, poolclass=NullPool, paramstyle="numeric_dollar")


def _postgresql(url: str, **pool: Any) -> Engine:
    engine = create_engine(
        url,
        **pool,
        connect_args={"connect_timeout": CONNECT_S, "application_name": "oauth2system", **_LOST},
        # An error's text ends in a log: it may name the statement, never the values (T072).
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _make_private(_dialect: object, _record: object, args: list[Any], _kwargs: dict[str, Any]) -> None:
    """Make the file before SQLite does: nobody else on the machine may read accounts."""
    path = Path(args[0]) if args else None
    if path is None or path.exists() or str(path) == ":memory:":
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare_sqlite(driver: sqlite3.Connection, _record: object) -> None:
    """Durable by default: WAL with an fsync per commit; the group commit makes it affordable."""
    driver.isolation_level = None
    for pragma in _PRAGMAS:
        driver.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a lock taken later fails however long one waits."""
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _prepare_postgresql(driver: "psycopg.Connection[Any]", _record: object) -> None:
    """Bound every wait; set by statement, since a pooler in between refuses start-up options."""
    for setting in _POSTGRESQL:
        driver.execute(setting.encode())
    driver.commit()
    driver.read_only = False  # psycopg writes this into its BEGIN


@contextmanager
def trouble_is_busy() -> Generator[None]:
    """Turn a lock that lasts, a full disk or a lost server into Busy: 503, nothing changed."""
    try:
        yield
    except (SQLAlchemyError, *driver_errors()) as error:
        raise as_busy(error) or error from error.__cause__


def driver_errors() -> tuple[type[Exception], ...]:
    """Return what the drivers raise. psycopg, 6 MiB, is loaded with the first engine of PostgreSQL, if there is one."""
    loaded: Any = sys.modules.get("psycopg")
    return (sqlite3.Error,) if loaded is None else (sqlite3.Error, loaded.Error)


def as_busy(error: Exception) -> Busy | None:
    """Return Busy when a fault is passing trouble of the machine, None when it is a fault of ours."""
    if isinstance(error, PoolTimeout):
        return Busy("no connection was free", Trouble.POOL)
    cause = error.orig if isinstance(error, DBAPIError) else error
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if not (lost or _is_passing(cause)):
        return None
    why = str(cause).partition("\n")[0]  # PostgreSQL's further lines may quote values
    return Deadlock(why) if _state_of(cause) == _DEADLOCK else Busy(why, _classify(cause))


def _classify(cause: BaseException | None) -> Trouble:
    """Return the kind of passing trouble: a lock, the disk and the server need different fixes."""
    if isinstance(cause, sqlite3.Error):
        code = _read_code(cause)
        if code in _LOCKS:
            return Trouble.LOCK
        return Trouble.DISK if code in _OF_THE_DISK else Trouble.OTHER
    return _OF_POSTGRESQL.get(_state_of(cause), Trouble.SERVER)


def _is_passing(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return _read_code(error) in _PASSING
    loaded: Any = sys.modules.get("psycopg")
    return loaded is not None and isinstance(error, loaded.OperationalError | loaded.InterfaceError)


def is_lock(error: BaseException | None) -> bool:
    """Return whether another process holds SQLite's write lock."""
    return isinstance(error, sqlite3.Error) and _read_code(error) in _LOCKS


def is_taken(error: BaseException) -> bool:
    """Return whether a statement failed because another row has a value that must be unique."""
    if isinstance(error, sqlite3.IntegrityError):
        return error.sqlite_errorcode in _TAKEN
    return _state_of(error) == _UNIQUE


def is_missing_table(error: BaseException) -> bool:
    """Return whether a statement failed because there is no such table."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode == sqlite3.SQLITE_ERROR
    return _state_of(error) == _UNDEFINED_TABLE


def _state_of(error: BaseException | None) -> str:
    """Return the SQLSTATE of an error of PostgreSQL, and nothing for any other."""
    return getattr(error, "sqlstate", None) or ""


def _read_code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY


def location(url: str) -> str | None:
    """Return the path of the SQLite file, or None for a server."""
    parsed = make_url(url)
    return parsed.database if parsed.get_backend_name() == "sqlite" else None
