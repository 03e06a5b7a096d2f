"""People: found by each of their names, changed column by column, and never two under one name."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta

import pytest

from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import users
from tests.storage.database.rows import NOW, opened, user

ADA = replace(user("ada"), email="Ada@example.org", skeleton="a d a", password_hash="hash", avatar="a.webp")


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    with opened(database_url) as made:
        with made.transaction() as db:
            assert users.add(db, ADA)
        yield made


def test_a_person_is_found_by_each_of_their_names(database: Database) -> None:
    assert database.look(lambda db: users.find(db, ADA.id)) == ADA
    assert database.look(lambda db: users.find_by_username(db, "ada")) == ADA
    assert database.look(lambda db: users.find_by_email(db, "ada@example.org")) == ADA
    assert database.look(lambda db: users.find_by_skeleton(db, "a d a")) == ADA
    assert database.look(lambda db: users.find_by_username(db, "bob")) is None


@pytest.mark.parametrize("taken", ["id", "username", "skeleton", "email_key"])
def test_what_names_a_person_names_no_other(database: Database, taken: str) -> None:
    other = replace(user("bob"), **{taken: getattr(ADA, taken)})
    with database.transaction() as db:
        assert not users.add(db, other)
        assert users.count(db) == 1


def test_a_change_touches_its_columns_and_that_person_alone(database: Database) -> None:
    bob = user("bob")
    with database.transaction() as db:
        assert users.add(db, bob)
        users.update(db, ADA.id, display_name="Countess", disabled_at=NOW)
        assert users.find(db, ADA.id) == replace(ADA, display_name="Countess", disabled_at=NOW)
        assert users.find(db, bob.id) == bob


def test_an_address_is_claimed_once(database: Database) -> None:
    bob, later = user("bob"), NOW + timedelta(hours=1)
    with database.transaction() as db:
        assert users.add(db, bob)
        assert not users.claim_email(db, bob.id, "ada@example.org", ADA.email_key, later)
        assert users.find(db, bob.id) == bob
        assert users.claim_email(db, bob.id, "new@example.org", "new@example.org", later)
        claimed = {"email": "new@example.org", "email_key": "new@example.org"}
        assert users.find(db, bob.id) == replace(bob, **claimed, email_confirmed_at=later, updated_at=later)


def test_people_are_listed_newest_first_by_a_part_of_a_name(database: Database) -> None:
    def page(search: str, offset: int = 0, limit: int = 10) -> list[str]:
        return database.look(lambda db: [one.username for one in users.list_page(db, search, offset, limit)])

    with database.transaction() as db:
        for hours, name in enumerate(["bob", "cleo", "d_ve"], start=1):
            assert users.add(db, replace(user(name), created_at=NOW + timedelta(hours=hours)))
    assert page("") == ["d_ve", "cleo", "bob", "ada"]
    assert page("", 1, 2) == ["cleo", "bob"]
    assert page("BOB") == ["bob"]
    assert page("_") == ["d_ve"]
    assert page("%") == []


def test_accounts_that_nobody_confirmed_are_deleted_some_at_a_time(database: Database) -> None:
    with database.transaction() as db:
        for name in ("bob", "cleo", "dave"):
            assert users.add(db, replace(user(name), email_key=f"unconfirmed {name}@example.org"))
        assert users.purge_unconfirmed(db, NOW, 10) == 0
        assert users.purge_unconfirmed(db, NOW + timedelta(seconds=1), 2) == 2
        assert users.purge_unconfirmed(db, NOW + timedelta(seconds=1), 2) == 1
        assert users.count(db) == 1


def test_a_person_with_all_rights_is_known(database: Database) -> None:
    with database.transaction() as db:
        assert not users.has_admin(db)
        users.update(db, ADA.id, is_admin=True)
        assert users.has_admin(db)
        users.delete(db, ADA.id)
        assert users.count(db) == 0


def test_a_password_hash_does_not_show_itself() -> None:
    assert "hash" not in repr(ADA).replace("password_hash", "")
