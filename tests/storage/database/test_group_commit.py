"""Writers that share a commit share nothing else (SQLite only)."""

import sqlite3
from collections.abc import Callable, Generator
from typing import Any

import pytest

from oauth2system.errors import NotPermitted, Refusal
from oauth2system.i18n import N_
from oauth2system.storage.database.transactions import Database, Db, Locked
from tests.storage.database.rows import keys, names, opened, put, put_plainly


@pytest.fixture
def database(sqlite_url: str) -> Generator[Database]:
    with opened(sqlite_url) as made:
        yield made


def plainly(key: bytes) -> Callable[[Db], bytes]:
    def job(db: Db) -> bytes:
        put_plainly(db, key)
        return key

    return job


def person(name: str) -> Callable[[Db], str]:
    def job(db: Db) -> str:
        put(db, name)
        return name

    return job


def crashing(db: Db) -> None:
    put_plainly(db, b"crashed")
    put(db, "crashed")
    raise ZeroDivisionError


def refusing(db: Db) -> None:
    put_plainly(db, b"refused")
    put(db, "refused")
    raise NotPermitted(N_("No."))


def test_every_job_gets_its_own_answer_in_order(database: Database) -> None:
    assert database.group([plainly(b"a"), person("ada"), plainly(b"b")]) == [b"a", "ada", b"b"]
    assert (keys(database), names(database)) == ([b"a", b"b"], ["ada"])


def test_all_of_them_share_one_commit(database: Database) -> None:
    database.group([plainly(b"warm")])
    said: list[str] = []
    connection: Any = database._group  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
    connection.connection.driver_connection.set_trace_callback(said.append)
    database.group([plainly(b"a"), plainly(b"b"), plainly(b"c")])
    assert [word for word in said if word.startswith(("BEGIN", "COMMIT"))] == ["BEGIN IMMEDIATE", "COMMIT"]


def test_a_refusal_keeps_its_savepoint(database: Database) -> None:
    first, refused, last = database.group([plainly(b"a"), refusing, plainly(b"b")])
    assert (first, last) == (b"a", b"b")
    assert isinstance(refused, NotPermitted)
    assert (keys(database), names(database)) == ([b"a", b"b", b"refused"], ["refused"])


def test_a_crash_undoes_its_own_job_alone(database: Database) -> None:
    results = database.group([person("ada"), crashing, plainly(b"b"), person("bob")])
    assert isinstance(results[1], ZeroDivisionError)
    assert (keys(database), names(database)) == ([b"b"], ["ada", "bob"])


def test_a_taken_name_undoes_its_own_job_alone(database: Database) -> None:
    def unlucky(db: Db) -> None:
        put_plainly(db, b"unlucky")
        put(db, "ada")

    results = database.group([person("ada"), plainly(b"a"), unlucky, plainly(b"b"), person("bob")])
    assert isinstance(results[2], sqlite3.IntegrityError)
    assert (keys(database), names(database)) == ([b"a", b"b"], ["ada", "bob"])


def test_a_commit_that_fails_is_told_to_everybody(database: Database) -> None:
    def dangling(db: Db) -> str:
        db.run("PRAGMA defer_foreign_keys=ON")  # found out by COMMIT, and not before
        db.run(
            "INSERT INTO sessions (id, digest, handle, user_id, ip, agent, created_at, authenticated_at, seen_at,"
            " expires_at) VALUES (1, x'00', 'h', 'nobody', '', '', 1, 1, 1, 1)"
        )
        return "done"

    with pytest.raises(Exception, match="FOREIGN KEY"):
        database.group([plainly(b"a"), dangling])
    assert keys(database) == []
    assert database.group([plainly(b"b")]) == [b"b"]
    assert keys(database) == [b"b"]


def test_a_job_that_breaks_the_whole_transaction_fails_all_of_it(database: Database) -> None:
    def breaking(db: Db) -> None:
        db.run("ROLLBACK")  # as SQLite itself does when the disk is full or fails
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(Exception, match="disk I/O error"):
        database.group([plainly(b"a"), breaking, plainly(b"b")])
    assert keys(database) == []
    assert database.group([plainly(b"c")]) == [b"c"]


def test_a_transaction_that_was_lost_and_passed_over_is_told_to_everybody(database: Database) -> None:
    def losing(db: Db) -> None:
        db.run("ROLLBACK")

    with pytest.raises(RuntimeError, match="lost on the way"):
        database.group([plainly(b"a"), losing])
    assert keys(database) == []
    assert database.group([plainly(b"c")]) == [b"c"]


def test_a_stopping_process_leaves_nothing_half_done(database: Database) -> None:
    def stopping(db: Db) -> None:
        put_plainly(db, b"stopping")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.group([plainly(b"a"), stopping])
    assert keys(database) == []


def test_t153_a_lock_is_told_at_once_and_nothing_has_run(database: Database, sqlite_url: str) -> None:
    ran: list[int] = []
    with opened(sqlite_url) as other, other.transaction(), pytest.raises(Locked):
        database.group([lambda db: ran.append(1)])
    assert ran == []
    assert database.group([plainly(b"a")]) == [b"a"]


def test_looking_in_place_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match="readonly"):
        database.look(plainly(b"a"))
    database.group([plainly(b"b")])
    assert database.look(lambda db: db.all("SELECT key FROM throttles")) == [(b"b",)]


def test_a_refusal_in_place_is_just_raised(database: Database) -> None:
    def no(db: Db) -> None:
        raise Refusal

    with pytest.raises(Refusal):
        database.look(no)
