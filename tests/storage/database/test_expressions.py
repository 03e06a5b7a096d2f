"""Expressions run on the driver's connection in every way in, and read the same on both databases."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import CompileError
from sqlmodel import col, func, select

from oauth2system.storage.database.transactions import Database, Db
from oauth2system.storage.tables.audit import AuditRow
from oauth2system.storage.tables.users import UserRow
from tests.storage.database.rows import NOW, names, opened, put, put_plainly

LATER = datetime(2026, 3, 1, 13, 0, 0, 5000, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    with opened(database_url) as made:
        yield made


def put_event(db: Db, event: str, data: object) -> None:
    """Store a row with a moment, a number and a document."""
    db.execute(
        sa.insert(AuditRow).values(
            id=db.fetch_one(select(func.count()).select_from(AuditRow))[0] + 1,  # pyright: ignore[reportOptionalSubscript]  (a count is always there)
            at=LATER, event=event, actor="system", user_id=None, client_id=None, ip="", data=data, times=1,
        )
    )  # fmt: skip


def test_values_have_the_types_of_their_columns(database: Database) -> None:
    with database.transaction() as db:
        put(db, "ada")
        put_event(db, "a", {"list": [1, None, "ä"]})
        found = db.fetch_one(select(UserRow.created_at, UserRow.is_admin, UserRow.disabled_at, UserRow.username))
        assert found == (NOW, False, None, "ada")
        assert db.fetch(select(AuditRow.at, AuditRow.data)) == [(LATER, {"list": [1, None, "ä"]})]


def test_a_condition_takes_what_the_column_means_and_not_what_it_stores(database: Database) -> None:
    with database.transaction() as db:
        put_event(db, "early", [])
        assert db.fetch_one(select(AuditRow.event).where(AuditRow.at == LATER)) == ("early",)
        assert db.fetch_one(select(AuditRow.event).where(AuditRow.at < LATER)) is None


def test_expressions_of_one_shape_share_a_statement_but_not_their_values(database: Database) -> None:
    with database.transaction() as db:
        for name in ("ada", "bob", "cleo"):
            put(db, name)

        def found(name: str) -> object:
            return db.fetch(select(UserRow.username).where(UserRow.username == name))

        assert [found(name) for name in ("ada", "bob", "nobody")] == [[("ada",)], [("bob",)], []]
    assert len(database._compiler._shapes) == 1  # pyright: ignore[reportPrivateUsage]  (a test may look inside)


@pytest.mark.parametrize("wanted", [[], ["ada"], ["ada", "cleo", "nobody"]])
def test_a_list_of_any_length_can_be_asked_for(database: Database, wanted: list[str]) -> None:
    with database.transaction() as db:
        for name in ("ada", "bob", "cleo"):
            put(db, name)
        query = select(UserRow.username).where(col(UserRow.username).in_(wanted)).order_by(UserRow.username)
        assert db.fetch(query) == [(name,) for name in ("ada", "bob", "cleo") if name in wanted]
        moments = select(UserRow.username).where(col(UserRow.created_at).in_([NOW, LATER]))
        assert len(db.fetch(moments)) == 3


def test_a_change_says_how_many_rows_it_touched(database: Database) -> None:
    with database.transaction() as db:
        put(db, "ada")
        put(db, "bob")
        assert db.execute(sa.update(UserRow).values(disabled_at=LATER, is_admin=True)) == 2
        assert db.execute(sa.delete(UserRow).where(col(UserRow.username) == "ada")) == 1
        assert db.fetch(select(UserRow.disabled_at, UserRow.is_admin)) == [(LATER, True)]


def test_a_change_can_answer_rows(database: Database) -> None:
    with database.transaction() as db:
        put(db, "ada")
        change = sa.update(UserRow).values(updated_at=LATER).returning(col(UserRow.username), col(UserRow.updated_at))
        assert db.fetch(change) == [("ada", LATER)]


def test_a_column_that_is_not_named_is_a_fault_and_never_null(database: Database) -> None:
    with database.transaction() as db, pytest.raises(TypeError, match="Name every column"):
        db.execute(sa.insert(AuditRow).values(id=1, at=LATER, event="e", actor="a", data=[]))


def test_a_column_that_is_not_there_is_a_fault(database: Database) -> None:
    with database.transaction() as db, pytest.raises(CompileError):
        db.execute(sa.update(UserRow).values(favourite_colour="blue"))


def test_a_taken_name_undoes_that_attempt_alone(database: Database) -> None:
    def rename(db: Db, old: str, new: str) -> bool:
        return db.attempt(sa.update(UserRow).where(col(UserRow.username) == old).values(username=new))

    with database.transaction() as db:
        put(db, "ada")
        put(db, "bob")
        put_plainly(db, b"before")
        assert not rename(db, "bob", "ada")
        assert rename(db, "bob", "cleo")
    assert names(database) == ["ada", "cleo"]


def test_another_fault_within_an_attempt_undoes_everything(database: Database) -> None:
    def write() -> None:
        with database.transaction() as db:
            put(db, "ada")
            db.attempt(sa.update(UserRow).values(display_name=None))

    with pytest.raises(Exception, match=r"(?i)not.null"):
        write()
    assert names(database) == []


def test_a_read_without_a_transaction_takes_expressions_too(database: Database) -> None:
    with database.transaction() as db:
        put(db, "ada")
    assert database.look(lambda db: db.fetch(select(UserRow.username, UserRow.created_at))) == [("ada", NOW)]


def test_jobs_that_share_a_commit_take_expressions_too(sqlite_url: str) -> None:
    def rename(old: str, new: str) -> Callable[[Db], object]:
        return lambda db: db.attempt(sa.update(UserRow).where(col(UserRow.username) == old).values(username=new))

    with opened(sqlite_url) as database:
        with database.transaction() as db:
            put(db, "ada")
            put(db, "bob")
        assert database.group([rename("ada", "bob"), rename("ada", "cleo"), rename("bob", "cleo")]) == [
            False,
            True,
            False,
        ]
        assert names(database) == ["bob", "cleo"]
