"""The `.env` file is read as people know it from other programs."""

from pathlib import Path

import pytest

from oauth2system import env_file
from oauth2system.errors import Misconfigured
from oauth2system.setting_types.choices import RegistrationMode
from oauth2system.settings import load


def written(folder: Path, content: bytes) -> Path:
    (folder / ".env").write_bytes(content)
    return folder


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfOAUTH2SYSTEM_REGISTRATION=closed\n",
        b"OAUTH2SYSTEM_REGISTRATION=closed\r\nOAUTH2SYSTEM_PORT=81\r\n",
        b"export   OAUTH2SYSTEM_REGISTRATION=closed",
        b"OAUTH2SYSTEM_REGISTRATION = 'closed'",
        b'OAUTH2SYSTEM_REGISTRATION="closed" # nobody else\n',
        b"# a comment\n\n   OAUTH2SYSTEM_REGISTRATION=closed # nobody else\n",
        b"OAUTH2SYSTEM_REGISTRATION=open\nOAUTH2SYSTEM_REGISTRATION=closed\n",
        "# K\u00f6ln\nOAUTH2SYSTEM_REGISTRATION=closed\nSTRASSE=K\u00f6nigsallee".encode(),
    ],
)
def test_the_file_is_read_as_other_programs_read_it(tmp_path: Path, content: bytes) -> None:
    assert load({}, folder=written(tmp_path, content)).registration is RegistrationMode.CLOSED


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=p=q=r", "p=q=r"),
        ("A=p#q", "p#q"),
        ("A=p #q", "p"),
        ("A='p #q'", "p #q"),
        ('A="p\\"q"', 'p"q'),
        ("A=$HOME ${HOME}", "$HOME ${HOME}"),
        ("A='", None),
        ("A=", ""),
        ("A", ""),
        ("A: closed", None),
        ("A closed", None),
    ],
)
def test_a_value_is_what_stands_there(tmp_path: Path, line: str, value: str | None) -> None:
    folder = written(tmp_path, f"B=1\n{line}\n".encode())
    if value is None:
        with pytest.raises(Misconfigured, match=r"line 2 is not NAME=value"):
            env_file.read(folder)
    else:
        assert env_file.read(folder) == {"A": value, "B": "1"}


@pytest.mark.parametrize("content", [b"\xff\xfeA\x00=\x001\x00", b"A=\xe4"])
def test_a_file_that_is_not_utf_8_is_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Misconfigured, match=r"\.env cannot be read; it must be plain UTF-8 text"):
        env_file.read(written(tmp_path, content))


def test_the_environment_takes_precedence(tmp_path: Path) -> None:
    folder = written(tmp_path, b"OAUTH2SYSTEM_REGISTRATION=closed\n")
    assert load({"OAUTH2SYSTEM_REGISTRATION": "invite"}, folder=folder).registration is RegistrationMode.INVITE


def test_no_file_is_no_setting(tmp_path: Path) -> None:
    assert env_file.read(tmp_path) == {}
