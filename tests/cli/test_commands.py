"""Every command helps, answers in JSON, and fails with one clear line."""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oauth2system.cli import parser
from oauth2system.errors import Busy
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database
from tests.cli.conftest import Command
from tests.storage.database.rows import opened

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = {
    "serve", "migrate", "check", "purge", "backup", "restore",
    "user create", "user disable", "user enable", "user list",
    "app create", "app disable", "app enable", "app delete", "app list",
}  # fmt: skip


def every_command() -> Iterator[str]:
    """Yield the name of every command that does something."""
    return (name for name, _parser in every_parser())


def every_parser(
    made: argparse.ArgumentParser | None = None, words: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Walk the parser down to the commands that do something."""
    made = made or parser.make()
    below: list[dict[str, argparse.ArgumentParser]] = [
        action.choices  # pyright: ignore[reportUnknownMemberType]  (argparse keeps the type to itself)
        for action in made._actions  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
        if isinstance(action.choices, dict)
    ]
    if not below:
        yield words.strip(), made
        return
    for name, command in below[0].items():
        yield from every_parser(command, f"{words} {name}")


def test_every_command_of_the_contract_is_there() -> None:
    assert set(every_command()) >= CONTRACT


@pytest.mark.parametrize("name", sorted(every_command()))
def test_every_command_helps_and_can_answer_in_json(name: str, command: Command) -> None:
    done = command(*name.split(), "--help")
    assert done.code == 0
    assert "usage:" in done.out
    assert "--json" in done.out


def test_every_argument_says_what_it_is_for() -> None:
    for name, made in every_parser():
        silent = [one.dest for one in made._actions if not one.help]  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
        assert silent == [], name


def test_the_operator_s_guide_lists_every_command_with_its_sentence() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z -]+)` \| (.+) \|$", guide.partition("## The commands")[2], re.MULTILINE)
    assert dict(listed) == {name: made.description for name, made in every_parser()}


def test_help_needs_no_settings_and_no_database(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "oauth2system", "--help"],
        cwd=ROOT, env={**os.environ, "OAUTH2SYSTEM_PUBLIC_URL": "rubbish"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "serve" in done.stdout


@pytest.mark.parametrize(
    "typed",
    [
        (),
        ("nonsense",),
        ("user",),
        ("user", "create"),
        ("user", "create", "ada"),
        ("serve", "--workers", "0"),
        ("serve", "--workers", "two"),
        ("app", "create", "Site"),
        ("app", "create", "Site", "--owner", "ada", "--jwks"),
        ("app", "create", "Site", "--owner", "ada", "--profile", "fapi1"),
        ("app", "create", "Site", "--owner", "ada", "--auth-method", "password"),
        ("app", "create", "Site", "--owner", "ada", "--reread", "-5"),
        ("restore",),
        ("migrate", "--sql"),
    ],
)
def test_what_cannot_be_understood_is_one_line_and_code_2(typed: tuple[str, ...], command: Command) -> None:
    done = command(*typed)
    assert done.code == 2
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("oauth2system: ")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("user", "disable", "nobody"), "no account named nobody"),
        (("user", "create", "a", "--email", "a@example.org"), "username"),
        (("user", "create", "ada", "--email", "nonsense"), "email"),
        (("app", "create", "Site", "--owner", "nobody"), "no user"),
        (("app", "disable", "1"), "no such app"),
        (("app", "delete", "1", "--yes"), "no such app"),
        (("app", "delete", "1"), "--yes"),
        (("backup", "/nowhere/at/all"), "No such file"),
        (("restore", "missing.backup"), "No such file"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_1(typed: tuple[str, ...], says: str, command: Command) -> None:
    done = command(*typed)
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert says in done.err
    assert "Traceback" not in done.err


def test_a_setting_that_cannot_be_used_is_one_line(command: Command, settings: Callable[..., None]) -> None:
    settings(PUBLIC_URL="http://id.example.org")
    done = command("user", "list")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "https://" in done.err


def test_a_database_that_is_away_is_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_database: Database) -> None:
        raise Busy("connection refused")

    monkeypatch.setattr(migrations, "look", away)
    done = command("user", "list")
    assert (done.code, done.err) == (1, "oauth2system: The database cannot be used: connection refused\n")


def test_a_fault_of_ours_is_one_line_that_says_where_and_quotes_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_arguments: Any, **_options: Any) -> None:
        raise KeyError("os_a-secret")

    monkeypatch.setattr("oauth2system.services.admin.people.list_users", faulty)
    done = command("user", "list")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "KeyError" in done.err
    assert ".py:" in done.err
    assert "secret" not in done.err


def test_interrupting_is_quiet(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "look", interrupted)
    assert (command("user", "list").code, command("user", "list").err) == (130, "")


def test_whoever_stops_reading_hears_no_complaint(tmp_path: Path) -> None:
    given = {**os.environ, "OAUTH2SYSTEM_VAR_DIR": str(tmp_path / "var")}
    line = f"{sys.executable} -m oauth2system user list | head -c 0; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() in {"0", "141"}


def test_t164_commands_refuse_a_database_that_is_not_theirs(command: Command, database_url: str) -> None:
    with opened(database_url) as database, database.transaction() as db:
        db.run("UPDATE alembic_version SET version_num = ?", "9999")
    for typed in (("user", "list"), ("migrate",), ("backup", "b"), ("purge",)):
        done = command(*typed)
        assert (done.code, len(done.err.splitlines())) == (1, 1)
        assert "newer version" in done.err


def test_an_empty_database_gets_its_schema(
    command: Command, settings: Callable[..., None], empty_database_url: str
) -> None:
    settings(DATABASE_URL=empty_database_url)
    assert command("user", "list", "--json").json == []


def test_migrate_says_what_it_found(command: Command, settings: Callable[..., None], empty_database_url: str) -> None:
    assert command("migrate", "--json").json == {"schema": migrations.HEAD, "changed": False}
    settings(DATABASE_URL=empty_database_url)
    assert command("migrate", "--json").json == {"schema": migrations.HEAD, "changed": True}
    assert "already" in command("migrate").out
