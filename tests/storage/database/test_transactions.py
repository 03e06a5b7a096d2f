# ruff: noqa: PT012  (a transaction is what raises, so the block is the transaction)
"""One request or click is one transaction, on both databases."""

import sqlite3
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import select

from oauth2system.errors import Busy, NotPermitted
from oauth2system.i18n import N_
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import users
from oauth2system.storage.tables.users import UserRow
from tests.storage.database.rows import keys, names, opened, put, put_plainly, user


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    with opened(database_url) as made:
        yield made


def test_what_is_written_is_there_for_everybody_afterwards(database: Database) -> None:
    with database.transaction() as db:
        put(db, "ada")
        put_plainly(db, b"a")
    assert (names(database), keys(database)) == (["ada"], [b"a"])


def test_a_refusal_is_an_answer_and_keeps_what_was_written_before_it(database: Database) -> None:
    with pytest.raises(NotPermitted), database.transaction() as db:
        put_plainly(db, b"the family that was revoked")
        put(db, "ada")
        raise NotPermitted(N_("A replayed code."))
    assert keys(database) == [b"the family that was revoked"]
    assert names(database) == ["ada"]


def test_any_other_exception_undoes_everything(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as db:
        put(db, "ada")
        put_plainly(db, b"a")
        raise ZeroDivisionError
    assert (names(database), keys(database)) == ([], [])


def test_a_connection_is_clean_after_a_failure(database: Database) -> None:
    for _ in range(30):  # more often than the pool has connections
        with pytest.raises(ZeroDivisionError), database.transaction() as db:
            put(db, "ada")
            raise ZeroDivisionError
    with database.transaction() as db:
        put(db, "ada")
    assert names(database) == ["ada"]


def test_literals_and_expressions_see_what_the_other_wrote(database: Database) -> None:
    with database.transaction() as db:
        put(db, "ada")
        assert db.fetch(select(UserRow.username)) == [("ada",)]
        db.execute(sa.update(UserRow).values(username="bob"))
        assert db.one("SELECT username FROM users") == ("bob",)


def test_bytes_and_missing_values_reach_sqlite_as_they_are(tmp_path: Path) -> None:
    sent = (b"", b"\0\xff", None, "os", 1)
    with opened(f"sqlite:///{tmp_path / 'a.db'}") as database, database.transaction() as db:
        assert db.one("SELECT ?, ?, ?, ?, ?", *sent) == sent


def test_a_name_taken_in_the_meantime_undoes_that_insert_alone(database: Database) -> None:
    with database.transaction() as db:
        put(db, "ada")
        put_plainly(db, b"before")
        assert not users.add(db, user("ada"))
        put_plainly(db, b"later")
        assert users.add(db, user("bob"))
    assert (names(database), keys(database)) == (["ada", "bob"], [b"before", b"later"])


def test_a_failed_statement_that_is_passed_over_is_never_called_done(postgresql_url: str) -> None:
    with opened(postgresql_url) as database:
        with pytest.raises(RuntimeError, match="failed within"), database.transaction() as db:
            put_plainly(db, b"a")
            with pytest.raises(psycopg.errors.UniqueViolation):
                put_plainly(db, b"a")
        assert keys(database) == []


def test_looking_needs_no_write_lock_and_sees_what_was_committed(database: Database) -> None:
    with database.transaction() as db:
        put_plainly(db, b"a")
        assert keys(database) == []
    assert keys(database) == [b"a"]


def test_a_faulty_statement_is_a_fault_and_not_a_busy_database(database: Database) -> None:
    faults = (sqlite3.OperationalError, psycopg.errors.UndefinedTable)
    with pytest.raises(faults), database.transaction() as db:
        db.run("INSERT INTO nowhere (a) VALUES (?)", 1)


def test_an_error_names_the_table_but_not_the_values(database: Database) -> None:
    with database.transaction() as db:
        put(db, "secretive")
    taken = (sqlite3.IntegrityError, psycopg.errors.UniqueViolation)
    with pytest.raises(taken, match="users") as caught, database.transaction() as db:
        put(db, "secretive")
    assert "Secretive" not in str(caught.value)


def test_a_question_mark_is_a_placeholder_and_a_percent_sign_is_itself(database: Database) -> None:
    assert database.look(lambda db: db.one("SELECT '100%', ?", "a")) == ("100%", "a")


def test_a_lock_that_lasts_is_busy_and_nothing_was_changed(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "oauth2system.storage.database.engine._PRAGMAS", ("PRAGMA busy_timeout=50", "PRAGMA journal_mode=WAL")
    )
    with opened(sqlite_url) as other, opened(sqlite_url) as database:
        with other.transaction():
            with pytest.raises(Busy), database.transaction() as db:
                put_plainly(db, b"a")
            assert keys(database) == []  # readers never wait
        with database.transaction() as db:
            put_plainly(db, b"b")
        assert keys(database) == [b"b"]


def test_a_full_pool_is_busy(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oauth2system.storage.database.engine.CONNECT_S", 0.05)
    database = Database(sqlite_url, pool_size=1)
    taken = [database.engine.connect() for _ in range(5)]
    with pytest.raises(Busy), database.transaction():
        pass
    with pytest.raises(Busy):
        keys(database)
    for connection in taken:
        connection.close()
    database.close()


def test_t154_a_lost_server_is_busy_and_forgotten_once_it_is_back(postgresql_url: str) -> None:
    with opened(postgresql_url) as database:
        with pytest.raises(Busy), database.transaction() as db:
            put_plainly(db, b"a")
            _end_all_connections(postgresql_url)
            put_plainly(db, b"b")
        with pytest.raises(Busy), database.transaction() as db:
            put_plainly(db, b"c")
            _end_all_connections(postgresql_url)  # the commit is what fails
        with database.transaction() as db:
            put_plainly(db, b"d")
        assert keys(database) == [b"d"]


def test_t153_a_statement_that_never_ends_is_busy(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = "oauth2system.storage.database.engine"
    monkeypatch.setattr(f"{engine}._POSTGRESQL", ("SET statement_timeout = 100",))
    with opened(postgresql_url) as database, pytest.raises(Busy):
        database.look(lambda db: db.one("SELECT pg_sleep(20)"))
    monkeypatch.undo()
    with opened(postgresql_url) as database:
        assert database.look(lambda db: db.one("SHOW statement_timeout")) == ("1min",)


def _end_all_connections(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_server_that_is_not_there_is_busy() -> None:
    with opened("postgresql+psycopg://nobody@127.0.0.1:1/none") as database, pytest.raises(Busy):
        keys(database)


def test_the_file_and_its_folder_are_nobody_elses_business(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/var/deep/x.db") as database:
        with database.engine.connect() as connection:
            connection.execute(sa.text("CREATE TABLE t (a)"))
            connection.commit()
            modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "var" / "deep").iterdir()}
        assert set(modes) >= {"x.db", "x.db-wal"}
        assert set(modes.values()) == {"0o600"}
        assert oct((tmp_path / "var" / "deep").stat().st_mode & 0o777) == "0o700"
