"""A quick start as a developer uses it: its files saved, its command typed, with the app's real values."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from oauth2system.ui.docs.quick_starts.catalog import ALL
from oauth2system.ui.docs.quick_starts.start import SECRET, Filled, fill
from tests.support.clients import node
from tests.support.clients.guides import end, finish
from tests.support.servers.processes import free_port, wait_until
from tests.support.servers.server import Server

# The test packages have another server for ASGI than the one that developers know best.
_INSTEAD = {"uvicorn": ["granian", "--interface", "asgi"], "python": [sys.executable]}


class QuickStartSite:
    """One quick start and an app of its own."""

    def __init__(self, server: Server, folder: Path, name: str) -> None:
        self.start, self.folder = ALL[name], folder
        self.url = f"http://localhost:{free_port()}"
        returns = fill(self.start, server.url, "", self.url).returns
        public = ("--public",) if self.start.is_public else ()
        made = server.ask("app", "create", name, "--owner", "ada", "--redirect-uri", *returns, *public)
        self.filled: Filled = fill(self.start, server.url, made["client_id"], self.url)
        self._secret = made.get("client_secret") or ""
        for part in self.filled.parts:
            (folder / part.title).write_text(part.text, encoding="utf-8")
        if name == "express":
            (folder / "node_modules").symlink_to(node.install() / "node_modules")

    def begin(self) -> subprocess.Popen[str]:
        """Type the command of the page."""
        words = shlex.split(self.filled.run)
        environment = {**os.environ, "PATH": node.path(), "BROWSER": "true", "PYTHONUNBUFFERED": "1", "TRYING": "1"}
        while "=" in words[0]:
            name, _sign, value = words.pop(0).partition("=")
            environment[name] = self._secret if name == SECRET else value
        return subprocess.Popen(
            [*_INSTEAD.get(words[0], words[:1]), *words[1:]],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @contextmanager
    def running(self) -> Generator[None]:
        """Run a site until the test is over."""
        process = self.begin()
        try:
            assert wait_until(self._answers, seconds=60, alive=lambda: process.poll() is None), self.start.name
            yield
        finally:
            end(process)

    def finish(self, answer: Callable[[str], str | None]) -> str:
        """Run a program to its end, typing what `answer` says to a line; returns what it said."""
        process = self.begin()
        try:
            return finish(process, answer)
        finally:
            end(process)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/nothing-here").status_code > 0
        except httpx.HTTPError:
            return False
