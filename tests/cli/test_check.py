"""`check` begins from the outside, and never calls a server in order that nobody can use."""

import json
from collections.abc import Callable, Generator

import pytest

from tests.cli.conftest import Command
from tests.support.servers.processes import free_port
from tests.support.servers.recording_server import Sink, sink

More = Callable[..., None]


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        yield noted


def test_check_says_that_no_server_runs_yet(command: Command, settings: More) -> None:
    port = str(free_port())
    settings(PORT=port)
    done = command("check")
    assert done.code == 0
    assert (
        done.out
        == f"No server runs at http://localhost:{port} yet. Check again when it does.\nThe settings are in order.\n"
    )
    assert command("check", "--json").json == {"ok": True, "running": False, "problems": []}


def test_check_says_what_else_answers_first(command: Command, settings: More, place: Sink) -> None:
    settings(PUBLIC_URL=place.url, PORT=str(place.port), REGISTRATION="closed")
    lines = command("check").out.splitlines()
    assert lines[0].startswith(f"warning: At {place.url} something else answers (200).")
    assert "no administrator" in lines[1]
    found = command("check", "--json").json
    assert (found["ok"], found["running"]) == (True, False)
    assert found["problems"][0].keys() == {"what", "fix", "refuses"}


def test_nothing_is_wrong_once_the_server_answers(command: Command, settings: More, place: Sink) -> None:
    settings(PUBLIC_URL=place.url, PORT=str(place.port))
    made = command("keys", "rotate", "--json").json
    place.body = json.dumps({"issuer": place.url, "keys": [{"kid": made[0]["kid"]}]}).encode()
    done = command("check")
    assert (done.code, done.out) == (0, "Nothing is wrong.\n")


def test_a_setting_that_cannot_be_used_is_all_that_check_says(command: Command, settings: More) -> None:
    settings(MAIL_FROM="no address")
    done = command("check")
    assert done.code == 1
    assert done.out.startswith("error: OAUTH2SYSTEM_MAIL_FROM is 'no address': ")
    assert len(done.out.splitlines()) == 1


def test_mail_that_cannot_be_sent_is_a_problem(command: Command, settings: More) -> None:
    settings(PORT=str(free_port()), SMTP_URL=f"smtp://127.0.0.1:{free_port()}")
    done = command("check")
    assert "warning: No mail can be sent by 127.0.0.1" in done.out
    assert "Nothing is wrong" not in done.out
    assert "in order" not in done.out


def test_the_settings_file_decides_the_language_of_a_command(
    command: Command, german: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("german")
    monkeypatch.chdir(folder)
    (folder / ".env").write_text("OAUTH2SYSTEM_LANGUAGE=de\n")
    assert command("user", "disable", "nobody").err == "oauth2system: Es gibt kein Konto namens nobody.\n"
