"""Put a whole world into a database that no server uses yet, as fast as it takes it; say how much room it needs."""

import itertools
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import psycopg

from benchmarks.growth import rows
from benchmarks.growth.rows import Rows, Table
from benchmarks.growth.world import World
from oauth2system.storage.database.engine import location

AT_ONCE = 200_000
_MIB = 1024 * 1024
# Nothing is lost in a fault but the run itself.
_FAST = ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-2000000")


def fill(url: str, world: World, *, report: bool = False) -> None:
    """Insert a whole world; `report` prints what each kind of row needs."""
    for table, made in rows.all_kinds(world):
        before, started = size(url), time.monotonic()
        count = insert(url, table, made, alone=True)
        took, grown = time.monotonic() - started, size(url) - before
        if report and count:
            print(
                f"{table.name:15}{count:12,} rows in {took:6.0f} s: {grown / _MIB:8,.0f} MiB,"
                f" {grown / count * 1e6 / _MIB:6,.0f} MiB a million",
                flush=True,
            )


def insert(url: str, table: Table, made: Rows, *, alone: bool = False) -> int:
    """Insert rows, and return how many; `alone` is for a database that nobody else uses meanwhile."""
    return (_sqlite if location(url) else _postgresql)(url, table, made, alone=alone)


def size(url: str) -> int:
    """Return how many bytes the database needs, indexes included."""
    path = location(url)
    if path:
        with closing(sqlite3.connect(path, timeout=60)) as db:
            return db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0]
    with psycopg.connect(plain(url)) as db:
        found = db.execute("SELECT pg_database_size(current_database())").fetchone()
        return found[0] if found else 0


def plain(url: str) -> str:
    """Return an address as PostgreSQL itself writes it, without the name of a driver."""
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


def _sqlite(url: str, table: Table, made: Rows, *, alone: bool) -> int:
    marks = ", ".join("?" * (table.columns.count(",") + 1))
    with closing(sqlite3.connect(location(url) or "", timeout=60, isolation_level=None)) as db:
        for pragma in _FAST if alone else ("synchronous=OFF",):
            db.execute(f"PRAGMA {pragma}").fetchall()

        def write(some: Rows) -> int:
            db.execute("BEGIN IMMEDIATE")
            written = db.executemany(f"INSERT INTO {table.name} ({table.columns}) VALUES ({marks})", some).rowcount  # noqa: S608  (names of our own tables and columns)
            db.execute("COMMIT")
            return written

        return _in_parts(made, write)


def _postgresql(url: str, table: Table, made: Rows, *, alone: bool) -> int:
    with psycopg.connect(plain(url)) as db:
        if alone and table not in {rows.APPS, rows.SECRETS}:
            # The rows fit together: no foreign key needs a check. Apps and secrets keep their triggers.
            db.execute("SET session_replication_role = replica")

        def write(some: Rows) -> int:
            written = 0
            with db.cursor().copy(f"COPY {table.name} ({table.columns}) FROM STDIN".encode()) as copy:
                for row in some:
                    copy.write_row(row)
                    written += 1
            db.commit()
            return written

        total = _in_parts(made, write)
        db.autocommit = True
        db.execute(f"VACUUM (ANALYZE) {table.name}".encode())
    return total


def _in_parts(made: Rows, write: Callable[[Rows], int]) -> int:
    total = 0
    while written := write(row for row in itertools.islice(made, AT_ONCE)):
        total += written
    return total
