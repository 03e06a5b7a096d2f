"""The programs of docs/guides/, run as they are printed: only the server's address and the port are put in."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from oauth2system.ui.docs.guides import Guide
from oauth2system.ui.docs.snippets import ORIGIN
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port, stop, wait_until
from tests.support.servers.server import Server

BIN = Path(sys.executable).parent
RUNS = {".sh": ["sh"], ".py": [sys.executable], ".mjs": [str(BIN / "node")]}
_OWN = "python -m oauth2system "
_LINK = re.compile(r"https?://\S+/oauth2/authorize\?\S+")
_USER_CODE = re.compile(r"enter ([A-Z]{4}-[A-Z]{4})")
Answer = Callable[[str], str | None]


class Reader:
    """A developer with a guide: makes the app as it says, saves its programs, and runs them."""

    def __init__(self, server: Server, guide: Guide, folder: Path) -> None:
        self.server, self.guide, self.folder = server, guide, folder
        self.port = free_port()
        self.given: dict[str, str] = {}
        for file, text in guide.programs.items():
            (folder / file).write_text(self.here(text), encoding="utf-8")

    def here(self, text: str) -> str:
        """Put in where the server and the site really are."""
        return re.sub(r"\b5000\b", str(self.port), text).replace(ORIGIN, self.server.url)

    def follow(self, *more: str) -> dict[str, Any]:
        """Run the operator's command of the guide, and keep what it printed as the guide says to."""
        text = self.here(self.guide.body).replace("\\\n", " ")
        (line,) = [line for line in text.splitlines() if line.startswith(_OWN)]
        words = shlex.split(line.removeprefix(_OWN))
        files = {file.name: str(file) for file in self.folder.iterdir()}
        made = self.server.ask(*(files.get(word, word) for word in words), *more)
        self.given |= {name.upper(): value for name, value in made.items() if isinstance(value, str)}
        return made

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a program in the folder of the guide."""
        environment = {**os.environ, **self.given, "PYTHONUNBUFFERED": "1", "BROWSER": "true"}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def begin(self, file: str) -> subprocess.Popen[str]:
        """Start one of the guide's programs."""
        return self.start(*RUNS[Path(file).suffix], file)

    def run(self, *files: str, answer: Answer = lambda _line: None) -> list[str]:
        """Run programs side by side to their ends, typing what `answer` says to a line; returns what each said."""
        running = [self.begin(file) for file in files]
        try:
            with ThreadPoolExecutor(len(running)) as readers:
                return list(readers.map(finish, running, [answer] * len(running)))
        finally:
            for process in running:
                end(process)

    @contextmanager
    def site(self, file: str, *command: str) -> Generator[subprocess.Popen[str]]:
        """Run a program that listens, by itself or by a module of Python's, until the test is over."""
        process = self.start(sys.executable, "-m", *command) if command else self.begin(file)
        try:
            assert wait_until(self._answers, seconds=PATIENCE_S, alive=lambda: process.poll() is None), file
            yield process
        finally:
            end(process)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://localhost:{self.port}/nothing-here").status_code > 0
        except httpx.HTTPError:
            return False


def finish(process: subprocess.Popen[str], answer: Answer = lambda _line: None) -> str:
    """Read a program's lines to the last and answer them; it must end well."""
    assert process.stdin is not None
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        typed = answer(line)
        if typed is not None:
            process.stdin.write(f"{typed}\n")
            process.stdin.flush()
    assert process.wait(10) == 0, "".join(said)
    return "".join(said)


def end(process: subprocess.Popen[Any]) -> None:
    """End a program and close what it wrote to."""
    stop(process)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def link_in(line: str) -> str | None:
    """Return the authorization link that a program shows."""
    found = _LINK.search(line)
    return found[0] if found else None


def user_code_in(line: str) -> str | None:
    """Return the code that a device shows."""
    found = _USER_CODE.search(line)
    return found[1] if found else None
