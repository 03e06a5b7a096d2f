"""A site whose whole program stands in docs/clients.md, started as the page says."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.clients import clients_page
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port, stop, wait_until
from tests.support.servers.server import Server

FLASK = ("flask", "run")
ASGI = ("granian", "--interface", "asgi", "app:app")


class DocumentedSite:
    """One running site: its app is made by the command of `app_of`, its program is that of `section`."""

    def __init__(
        self, server: Server, folder: Path, section: str, *, app_of: str = "", runs: tuple[str, ...] = FLASK
    ) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._folder = folder
        self._runs = runs
        words = clients_page.create(app_of or section, server, self.url)
        text = clients_page.filled(clients_page.block(section, "python"), server, self.url, **words)
        (folder / "app.py").write_text(text, encoding="utf-8")

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", *self._runs, "--host", "127.0.0.1", "--port", str(self.port)]
        environment = {**os.environ, "OAUTHLIB_INSECURE_TRANSPORT": "1"}
        with (self._folder / "said.log").open("wb") as said:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=environment, stdout=said, stderr=said, start_new_session=True
            )
        process = self._process
        if not wait_until(self._answers, seconds=PATIENCE_S, alive=lambda: process.poll() is None):
            stop(process)
            raise RuntimeError(f"The site did not start:\n{(self._folder / 'said.log').read_text()[-3000:]}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        stop(self._process)

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False
