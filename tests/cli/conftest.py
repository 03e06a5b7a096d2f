"""Commands run in this process: the same parser, the same exit codes, a folder of the test's own."""

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oauth2system.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


class Terminal(io.StringIO):
    """Standard input of somebody who sits at a terminal."""

    def isatty(self) -> bool:
        return True


Command = Callable[..., Done]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Callable[..., None]:
    """Run commands in a folder of their own, on both databases; give a function that sets more settings."""
    for name in [name for name in os.environ if name.startswith(("OAUTH2SYSTEM_", "REFLEX_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "umask", int)  # it would outlast the test

    def more(**given: str) -> None:
        for name, value in given.items():
            monkeypatch.setenv(f"OAUTH2SYSTEM_{name}", value)

    more(DATABASE_URL=database_url)
    return more


@pytest.fixture
def command(
    settings: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Give a function that runs one command."""

    def run(*arguments: str, given: str = "", at_terminal: bool = False) -> Done:
        monkeypatch.setattr("sys.stdin", Terminal(given) if at_terminal else io.StringIO(given))
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as end:  # what argparse does
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run
