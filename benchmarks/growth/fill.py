"""Put rows into a database as fast as it takes them, and say how much room they need."""

import itertools
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import psycopg

from benchmarks.growth import rows
from benchmarks.growth.rows import Rows, World
from oauth2system.storage.database.engine import location

AT_ONCE = 50_000
_MIB = 1024 * 1024
Table = tuple[str, str]


def fill(url: str, world: World, *, report: bool = False) -> None:
    """Insert a whole world; `report` prints what each kind of row needs."""
    kinds = (
        (rows.PEOPLE, world.people_rows()), (rows.APPS, world.app_rows()), (rows.CONSENTS, world.consent_rows()),
        (rows.FAMILIES, world.family_rows()), (rows.TOKENS, world.token_rows()), (rows.VALUES, world.value_rows()),
    )  # fmt: skip
    for table, made in kinds:
        before, started = size(url), time.monotonic()
        count = insert(url, table, made)
        took, grown = time.monotonic() - started, size(url) - before
        if report and count:
            print(
                f"{table[0]:10}{count:12,} rows in {took:6.0f} s: {grown / _MIB:8,.0f} MiB,"
                f" {grown / count * 1e6 / _MIB:6,.0f} MiB a million",
                flush=True,
            )


def insert(url: str, table: Table, made: Rows) -> int:
    """Insert rows into a table and its columns, in transactions of fifty thousand; returns how many."""
    return (_sqlite if location(url) else _postgresql)(url, table, made)


def size(url: str) -> int:
    """Return how many bytes the database needs, indexes included."""
    path = location(url)
    if path:
        with closing(sqlite3.connect(path, timeout=60)) as db:
            return db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0]
    with psycopg.connect(url) as db:
        found = db.execute("SELECT pg_database_size(current_database())").fetchone()
        return found[0] if found else 0


def _sqlite(url: str, table: Table, made: Rows) -> int:
    name, columns = table
    marks = ", ".join("?" * (columns.count(",") + 1))
    with closing(sqlite3.connect(location(url) or "", timeout=60, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=OFF")

        def write(some: Rows) -> int:
            db.execute("BEGIN IMMEDIATE")
            written = db.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", some).rowcount  # noqa: S608  (names of our own tables and columns)
            db.execute("COMMIT")
            return written

        total = _in_parts(made, write)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA optimize")
    return total


def _postgresql(url: str, table: Table, made: Rows) -> int:
    name, columns = table
    with psycopg.connect(url) as db:

        def write(some: Rows) -> int:
            written = 0
            with db.cursor().copy(f"COPY {name} ({columns}) FROM STDIN".encode()) as copy:
                for row in some:
                    copy.write_row(row)
                    written += 1
            db.commit()
            return written

        total = _in_parts(made, write)
        db.autocommit = True
        db.execute(f"VACUUM (ANALYZE) {name}".encode())
    return total


def _in_parts(made: Rows, write: Callable[[Rows], int]) -> int:
    total = 0
    while written := write(row for row in itertools.islice(made, AT_ONCE)):
        total += written
    return total
