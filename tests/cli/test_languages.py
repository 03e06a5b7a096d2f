"""A command speaks the language of its terminal."""

import pytest

from oauth2system.cli.commands import language_of
from tests.cli.conftest import Command


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de", "LC_MESSAGES": "en_GB"}, "en"),
        ({"LANG": "C", "OAUTH2SYSTEM_LANGUAGE": "de_CH@euro"}, "de"),
        ({"LANG": "de", "OAUTH2SYSTEM_LANGUAGE": "en"}, "en"),
        ({"LANG": "fr_FR"}, "en"),
    ],
)
def test_the_language_of_a_terminal(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


@pytest.mark.usefixtures("german")
def test_a_command_refuses_in_the_language_of_its_terminal(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH2SYSTEM_LANGUAGE", "de")
    assert command("user", "disable", "nobody").err == "oauth2system: Es gibt kein Konto namens nobody.\n"
    done = command("user", "create", "ad", "--email", "ada@example.org")
    assert done.err == "oauth2system: username: Nimm 3 bis 32 Zeichen.\n"
    monkeypatch.setenv("OAUTH2SYSTEM_LANGUAGE", "en")
    assert command("user", "disable", "nobody").err == "oauth2system: There is no account named nobody.\n"
