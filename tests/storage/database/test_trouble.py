"""What keeps the database from answering is told apart: a lock, the disk, the server, the pool, a slow statement."""

import sqlite3
from pathlib import Path

import psycopg
import pytest

from oauth2system.errors import Busy, Trouble
from oauth2system.storage.database.engine import as_busy
from oauth2system.storage.database.transactions import Database
from tests.storage.database.rows import keys, opened, put, put_plainly

ENGINE = "oauth2system.storage.database.engine"


def test_a_lock_that_lasts(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{ENGINE}._PRAGMAS", ("PRAGMA busy_timeout=50", "PRAGMA journal_mode=WAL"))
    with (
        opened(sqlite_url) as other,
        opened(sqlite_url) as database,
        other.transaction(),
        pytest.raises(Busy, match="database is locked") as caught,
        database.transaction(),
    ):
        pass
    assert caught.value.trouble is Trouble.LOCK


def test_a_disk_that_is_full(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{ENGINE}._PRAGMAS", ("PRAGMA max_page_count=1",))
    with opened(sqlite_url) as database, pytest.raises(Busy, match="database or disk is full") as caught:
        _fill(database)
    assert caught.value.trouble is Trouble.DISK


def _fill(database: Database) -> None:
    with database.transaction() as db:
        for number in range(1000):
            put_plainly(db, number.to_bytes(4, "big") * 100)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(Busy) as caught, opened(f"sqlite:///{tmp_path}") as database:
        keys(database)
    assert caught.value.trouble is Trouble.DISK


def test_a_pool_without_a_free_connection(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{ENGINE}.CONNECT_S", 0.05)
    database = Database(sqlite_url, pool_size=1)
    taken = [database.engine.connect() for _ in range(5)]
    with pytest.raises(Busy) as caught, database.transaction():
        pass
    for connection in taken:
        connection.close()
    database.close()
    assert caught.value.trouble is Trouble.POOL


def test_a_server_that_is_not_there() -> None:
    with opened("postgresql+psycopg://nobody@127.0.0.1:1/none") as database, pytest.raises(Busy) as caught:
        keys(database)
    assert caught.value.trouble is Trouble.SERVER


def test_a_row_that_somebody_else_holds(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{ENGINE}._POSTGRESQL", ("SET lock_timeout = 50",))
    with opened(postgresql_url) as other, opened(postgresql_url) as database, other.transaction() as holding:
        put(holding, "ada")
        with pytest.raises(Busy) as caught, database.transaction() as db:
            put(db, "ada")
    assert caught.value.trouble is Trouble.LOCK


def test_a_statement_that_takes_too_long(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{ENGINE}._POSTGRESQL", ("SET statement_timeout = 50",))
    with opened(postgresql_url) as database, pytest.raises(Busy) as caught:
        database.look(lambda db: db.one("SELECT pg_sleep(20)"))
    assert caught.value.trouble is Trouble.SLOW


@pytest.mark.parametrize(
    ("error", "trouble"),
    [(psycopg.errors.DiskFull, Trouble.DISK), (psycopg.errors.TooManyConnections, Trouble.POOL),
     (psycopg.errors.AdminShutdown, Trouble.SERVER), (psycopg.errors.DeadlockDetected, Trouble.LOCK),
     (psycopg.OperationalError, Trouble.SERVER)],
)  # fmt: skip
def test_what_postgresql_says(error: type[psycopg.Error], trouble: Trouble) -> None:
    busy = as_busy(error("words"))
    assert busy is not None
    assert (str(busy), busy.trouble) == ("words", trouble)


def test_a_fault_of_ours_is_no_trouble_of_the_machine() -> None:
    assert as_busy(sqlite3.OperationalError("no such table")) is None
