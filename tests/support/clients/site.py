"""The Flask site of examples/, started the way its README says, and the README's commands themselves."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx

from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port, stop, wait_until

ROOT = Path(__file__).resolve().parents[3]
README = ROOT / "examples" / "flask_site" / "README.md"
_BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    """Return every line of every shell block of a page of documentation."""
    return [
        line.strip() for _, block in _BLOCK.findall(page.read_text(encoding="utf-8")) for line in block.splitlines()
    ]


def run_line(page: Path) -> str:
    """Return the line of a page that starts the Flask site."""
    (line,) = [line for line in commands(page) if line.endswith("examples/flask_site/app.py")]
    return line


class Site:
    """One running client site."""

    def __init__(self, oauth2system: str, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.callback = f"{self.url}/callback"
        self._log = log
        self._oauth2system = oauth2system
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, client_id: str, client_secret: str) -> None:
        """Run the README's own line, with the app's values in the places of the dots."""
        line = run_line(README).replace("CLIENT_ID=…", f"CLIENT_ID={client_id}")
        line = line.replace("CLIENT_SECRET=…", f"CLIENT_SECRET={client_secret}").replace("…", "")
        given = {word.partition("=")[0]: word.partition("=")[2] for word in shlex.split(line) if "=" in word}
        words = [sys.executable if word == "python" else word for word in shlex.split(line) if "=" not in word]
        ours = {"OAUTH2SYSTEM": self._oauth2system, "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                words, cwd=ROOT, env={**os.environ, **ours, **given}, stdout=log, stderr=log, start_new_session=True
            )
        process = self._process
        if not wait_until(self._answers, seconds=PATIENCE_S, alive=lambda: process.poll() is None):
            self.stop()
            raise RuntimeError(f"The site did not start:\n{self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            stop(self._process)
            self._process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False
