"""`user delete`: in two weeks or at once, after a question, and never the last administrator."""

import pytest

from oauth2system.storage.database.transactions import Database
from tests.cli.conftest import Command


def look(database_url: str, sql: str) -> list[tuple[object, ...]]:
    database = Database(database_url)
    try:
        with database.transaction() as db:
            return [tuple(row) for row in db.all(sql)]
    finally:
        database.close()


@pytest.fixture
def ada(command: Command) -> str:
    """Make an account with an app; returns its id."""
    made = command("user", "create", "ada", "--email", "ada@example.org", "--confirmed", "--json").json
    command("app", "create", "Poetry", "--owner", "ada")
    return made["id"]


def test_an_account_is_deleted_in_two_weeks_and_its_person_is_mailed(
    command: Command, ada: str, database_url: str
) -> None:
    done = command("user", "delete", "Ada", "--yes")
    assert done.out == "The account ada is disabled, and deleted in 14 days.\n"
    assert look(database_url, "SELECT user_id FROM deletions") == [(ada,)]
    assert look(database_url, "SELECT username FROM users WHERE disabled_at IS NOT NULL") == [("ada",)]
    events = "SELECT actor, user_id FROM audit WHERE event = 'account.deletion_asked'"
    assert look(database_url, events) == [("system", ada)]
    assert look(database_url, "SELECT COUNT(*) FROM outbox WHERE kind = 'mail'") == [(1,)]
    assert command("user", "delete", "ada", "--yes").code == 0, "asking again changes nothing"


def test_it_is_deleted_at_once_with_everything(command: Command, ada: str, database_url: str) -> None:
    assert command("user", "delete", "ada", "--now", "--yes", "--json").json == {
        "id": ada,
        "username": "ada",
        "deleted": True,
    }
    assert look(database_url, "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM clients)") == [(0, 0)]
    assert look(database_url, "SELECT actor FROM audit WHERE event = 'account.deleted'") == [("system",)]
    assert look(database_url, f"SELECT 1 FROM audit WHERE user_id = '{ada}'") == []
    assert command("user", "delete", "ada", "--now", "--yes").code == 1


def test_an_account_that_waits_for_its_day_can_be_deleted_at_once(
    command: Command, ada: str, database_url: str
) -> None:
    assert command("user", "delete", "ada", "--yes").code == 0
    assert command("user", "delete", "ada", "--now", "--yes").code == 0
    assert look(database_url, f"SELECT 1 FROM users WHERE id = '{ada}' UNION SELECT 1 FROM deletions") == []


@pytest.mark.usefixtures("ada")
def test_nothing_is_deleted_without_a_yes(command: Command, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = command("user", "delete", "ada", "--now")
    assert (silent.code, "add --yes" in silent.err) == (1, True)
    refused = command("user", "delete", "ada", "--now", given="no\n", at_terminal=True)
    assert (refused.code, "Type yes" in refused.err) == (1, True)
    assert look(database_url, "SELECT username FROM users") == [("ada",)]
    assert command("user", "delete", "ada", "--now", given="yes\n", at_terminal=True).code == 0


def test_the_last_administrator_is_not_deleted(command: Command, database_url: str) -> None:
    command("user", "create", "root", "--email", "root@example.org", "--confirmed", "--admin")
    for option in ("--yes", "--now"):
        refused = command("user", "delete", "root", "--yes", option)
        assert (refused.code, "only administrator" in refused.err) == (1, True)
    command("user", "create", "second", "--email", "second@example.org", "--confirmed", "--admin")
    assert command("user", "delete", "root", "--now", "--yes").code == 0
    assert look(database_url, "SELECT username FROM users") == [("second",)]
