"""Scripts and operators make people and apps, and take them away."""

from datetime import UTC, datetime

import pytest

from oauth2system.policy import quotas
from oauth2system.services.sessions import password_hashing
from oauth2system.storage.tables import recovery_codes, totp
from oauth2system.storage.tables.recovery_codes import RecoveryCode
from oauth2system.storage.tables.totp import Totp
from tests.cli.conftest import Command
from tests.storage.database.rows import opened

CALLBACK = "https://site.example/callback"


def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    with opened(url) as database, database.transaction() as db:
        return [tuple(row) for row in db.all(sql)]


def test_a_person_is_made_with_a_password_that_works(command: Command, database_url: str) -> None:
    made = command(
        "user", "create", "Ada", "--email", "ada@example.org", "--display-name", "Ada Lovelace", "--password-stdin",
        "--confirmed", "--admin", "--json", given="a fine long password\n",
    ).json  # fmt: skip
    assert made["id"].isdecimal()
    told = {name: made[name] for name in ("username", "display_name", "email_confirmed", "admin", "disabled")}
    assert told == {
        "username": "ada", "display_name": "Ada Lovelace", "email_confirmed": True, "admin": True, "disabled": False,
    }  # fmt: skip
    [(kept,)] = rows(database_url, "SELECT password_hash FROM users")
    assert password_hashing.check("a fine long password", str(kept)).right


def test_a_person_without_a_password_is_asked_to_confirm_by_mail(command: Command, database_url: str) -> None:
    made = command("user", "create", "ada", "--email", "ada@example.org", "--json").json
    assert (made["email_confirmed"], made["admin"]) == (False, False)
    assert rows(database_url, "SELECT password_hash FROM users") == [(None,)]
    assert rows(database_url, "SELECT kind FROM outbox") == [("mail",)]


@pytest.mark.parametrize("given", ["", "\n", "short\n", "password1\n", "x" * 129 + "\n"])
def test_an_unusable_password_makes_nobody(command: Command, database_url: str, given: str) -> None:
    done = command("user", "create", "ada", "--email", "ada@example.org", "--password-stdin", given=given)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert given.strip() == "" or given.strip() not in done.err
    assert rows(database_url, "SELECT 1 FROM users") == []


def test_a_password_keeps_its_spaces(command: Command, database_url: str) -> None:
    command("user", "create", "ada", "--email", "ada@example.org", "--password-stdin", given="  two spaces  \r\n")
    [(kept,)] = rows(database_url, "SELECT password_hash FROM users")
    assert password_hashing.check("  two spaces  ", str(kept)).right


def test_a_taken_name_is_refused(command: Command) -> None:
    assert command("user", "create", "ada", "--email", "ada@example.org").code == 0
    assert "taken" in command("user", "create", "ADA", "--email", "other@example.org").err
    assert "ada" in command("user", "create", "bob", "--email", "ada@example.org").err


def test_somebody_is_invited_by_mail_and_the_link_is_printed(command: Command, database_url: str) -> None:
    link = command("user", "invite", "ada@example.org", "--json").json["link"]
    assert link.startswith("http://localhost:8000/registration?invite=ov_")
    assert command("user", "invite", "ada@example.org").out.startswith("http://localhost:8000/registration?invite=ov_")
    assert rows(database_url, "SELECT kind FROM outbox") == [("mail",), ("mail",)]
    assert "address" in command("user", "invite", "nobody").err


def test_invitations_are_made_listed_and_revoked(command: Command) -> None:
    made = command("invitation", "create", "--uses", "3", "--days", "2", "--mail-domain", "example.org", "--json").json
    assert made["link"].startswith("http://localhost:8000/registration?invite=ov_")
    assert (made["uses"], made["used"], made["mail_domain"], made["email"]) == (3, 0, "example.org", None)
    assert command("invitation", "create").out.startswith("http://localhost:8000/registration?invite=ov_")
    listed = command("invitation", "list", "--json").json
    assert [one["state"] for one in listed] == ["works", "works"]
    assert "link" not in listed[0]
    assert command("invitation", "revoke", made["id"], "--json").json["state"] == "revoked"
    assert "no invitation of this number" in command("invitation", "revoke", made["id"]).err
    assert "0/3" in command("invitation", "list").out
    assert "from 1 to 365" in command("invitation", "create", "--days", "400").err


def test_people_are_listed_disabled_and_enabled(command: Command) -> None:
    for name in ("ada", "bob"):
        command("user", "create", name, "--email", f"{name}@example.org", "--confirmed")
    assert command("user", "disable", "ada", "--json").json["disabled"] is True
    assert {one["username"]: one["disabled"] for one in command("user", "list", "--json").json} == {
        "ada": True, "bob": False,
    }  # fmt: skip
    assert "disabled" in command("user", "list", "--search", "ada").out
    assert command("user", "enable", "ada", "--json").json["disabled"] is False
    assert [one["username"] for one in command("user", "list", "--search", "bo", "--json").json] == ["bob"]


def test_a_list_has_no_last_page(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "PEOPLE_ON_A_PAGE", 2)
    for name in ("ada", "bob", "eve"):
        command("user", "create", name, "--email", f"{name}@example.org", "--confirmed")
    assert [one["username"] for one in command("user", "list", "--json").json] == ["eve", "bob", "ada"]


def test_an_app_is_made_with_a_secret_that_is_shown_once(command: Command, database_url: str) -> None:
    command("user", "create", "ada", "--email", "ada@example.org", "--confirmed")
    made = command("app", "create", "Poetry", "--owner", "Ada", "--redirect-uri", CALLBACK, "--json").json
    assert made["client_id"].isdecimal()
    assert len(made["client_secret"]) > 40
    assert rows(database_url, "SELECT is_public, first_party, simple_flow, simple_redirect_uri FROM clients") == [
        (False, False, True, CALLBACK)
    ]
    assert made["client_secret"] not in str(rows(database_url, "SELECT * FROM client_secrets"))
    assert made["client_secret"] not in command("app", "list").out


def test_an_app_takes_the_options_that_work_today(command: Command, database_url: str) -> None:
    command("user", "create", "ada", "--email", "ada@example.org", "--confirmed")
    options = ("--redirect-uri", CALLBACK, f"{CALLBACK}2", "--first-party", "--scope", "identify", "--reread", "60")
    assert command("app", "create", "Poetry", "--owner", "ada", *options).code == 0
    [(uris, reread, first_party, metadata)] = rows(
        database_url, "SELECT redirect_uris, reread_seconds, first_party, metadata FROM clients"
    )
    assert (reread, bool(first_party)) == (60, True)
    assert str(uris).count("callback") == 2
    assert '"scopes":["identify"]' in str(metadata)


def test_a_public_app_has_no_secret_and_no_simple_flow(command: Command, database_url: str) -> None:
    command("user", "create", "ada", "--email", "ada@example.org", "--confirmed")
    made = command("app", "create", "App", "--owner", "ada", "--public", "--redirect-uri", CALLBACK, "--json").json
    assert made["client_secret"] is None
    assert [bool(on) for (on,) in rows(database_url, "SELECT simple_flow FROM clients")] == [False]


@pytest.mark.parametrize(
    "options",
    [
        ("--redirect-uri", "http://site.example/callback"),
        ("--redirect-uri", "javascript:alert(1)"),
        ("--scope", "everything"),
        ("--reread", "86401"),
        ("--public", "--reread", "60"),
    ],
)
def test_an_app_that_cannot_be_is_refused(command: Command, database_url: str, options: tuple[str, ...]) -> None:
    command("user", "create", "ada", "--email", "ada@example.org", "--confirmed")
    done = command("app", "create", "Poetry", "--owner", "ada", *options)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert rows(database_url, "SELECT 1 FROM clients") == []


def test_apps_are_listed_disabled_enabled_and_deleted(command: Command) -> None:
    command("user", "create", "ada", "--email", "ada@example.org", "--confirmed")
    made = command("app", "create", "Poetry", "--owner", "ada", "--redirect-uri", CALLBACK, "--json").json
    client_id = made["client_id"]
    assert command("app", "disable", client_id, "--json").json == {"client_id": client_id, "disabled": True}
    [listed] = command("app", "list", "--json").json
    assert (listed["name"], listed["owner"], listed["disabled"]) == ("Poetry", "ada", True)
    assert command("app", "enable", client_id).code == 0
    assert command("app", "delete", client_id, "--json", "--yes").json == {"client_id": client_id, "deleted": True}
    assert command("app", "list", "--json").json == []


def test_nothing_is_deleted_without_a_yes(command: Command) -> None:
    command("user", "create", "ada", "--email", "ada@example.org", "--confirmed")
    client_id = command("app", "create", "Poetry", "--owner", "ada", "--json").json["client_id"]
    assert command("app", "delete", client_id, given="yes\n").code == 1  # nobody sits at this terminal
    assert len(command("app", "list", "--json").json) == 1


def test_t075_a_name_cannot_move_the_cursor_of_the_operator(command: Command, database_url: str) -> None:
    command("user", "create", "ada", "--email", "ada@example.org", "--confirmed")
    command("app", "create", "Poetry", "--owner", "ada")
    with opened(database_url) as database, database.transaction() as db:
        db.run("UPDATE clients SET name = ?", "evil\x1b[2J\r\n\u2028name")
    done = command("app", "list")
    assert len(done.out.splitlines()) == 2
    assert "\x1b" not in done.out
    assert "\x1b" not in command("app", "list", "--json").out


def test_the_second_factors_of_somebody_who_lost_them_are_removed(command: Command, database_url: str) -> None:
    made = command("user", "create", "ada", "--email", "ada@example.org", "--confirmed", "--json").json
    with opened(database_url) as database, database.transaction() as db:
        totp.save(db, Totp(made["id"], b"sealed", datetime.now(UTC), 1))
        recovery_codes.add(db, RecoveryCode(1, made["id"], b"digest"))
    assert "notified by mail" in command("user", "remove-factors", "ada").out
    assert rows(database_url, "SELECT 1 FROM totp UNION SELECT 1 FROM recovery_codes") == []
    assert rows(database_url, "SELECT actor FROM audit WHERE event = 'factor.removed_by_operator'") == [("system",)]
    assert rows(database_url, "SELECT kind FROM outbox") == [("mail",)]
    assert command("user", "remove-factors", "nobody").code == 1


def test_all_tokens_of_an_app_are_revoked_by_a_command(command: Command, database_url: str) -> None:
    command("user", "create", "ada", "--email", "ada@example.org")
    app = command("app", "create", "Notes", "--owner", "ada", "--redirect-uri", CALLBACK, "--json").json["client_id"]
    assert command("app", "revoke-tokens", app, "--json").json == {"client_id": app, "people": 0}
    assert "of 0 people" in command("app", "revoke-tokens", app).out
    assert rows(database_url, "SELECT generation FROM clients") == [(2,)]
    assert command("app", "revoke-tokens", "7").code == 1
