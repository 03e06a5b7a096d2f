"""The real server, as the command `serve` starts it, with a folder of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from oauth2system import env_file
from tests.support.patience import PATIENCE_S
from tests.support.servers import forked_commands
from tests.support.servers.processes import Process, free_port, is_listened_to, stop, wait_until

ROOT = Path(__file__).resolve().parents[3]
PREFIX = "OAUTH2SYSTEM_"
START_SECONDS = 60


class Server:
    """One server with its own `var/`; start, stop and kill it as often as the test likes."""

    def __init__(
        self, var: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None, root: Path = ROOT
    ) -> None:  # fmt: skip
        self.var = var
        self.root = root  # another checkout runs with its own packages
        self._python = sys.executable if root == ROOT else str(root / ".venv" / "bin" / "python")
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.settings = dict(settings or {})
        self.variables: dict[str, str] = {}  # of the environment, beside the settings
        self.log_file = var.parent / f"{var.name}.log"
        self._process: Process | None = None

    @property
    def log(self) -> str:
        """Everything the server has said so far, over all its starts."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, "the server was not started"
        return self._process.pid

    def start(self, *arguments: str) -> "Server":
        """Start serving and return once the server says that it is ready."""
        process = self._process = self._serve("serve", "--port", str(self.port), *arguments)
        if not wait_until(self._ready, seconds=START_SECONDS, alive=lambda: process.poll() is None):
            code = self.stop()
            raise RuntimeError(f"The server did not become ready (exit code {code}):\n{self.log[-3000:]}")
        return self

    def _serve(self, *arguments: str) -> Process:
        if self._may_fork():
            return forked_commands.start(arguments, self.environment(), self.log_file)
        with self.log_file.open("ab") as log:
            return subprocess.Popen(
                [self._python, "-m", "oauth2system", *arguments],
                cwd=self.root,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _may_fork(self) -> bool:
        """Return whether a fork does the same: it knows neither another checkout nor what Python loads at its start."""
        return self.root == ROOT and "PYTHONPATH" not in self.variables

    def stop(self) -> int:
        """Ask the server to finish, and return its exit code."""
        process, self._process = self._process, None
        return stop(process) if process is not None else 0

    def kill(self) -> None:
        """Take the whole process group away without a word, as a power cut would."""
        process, self._process = self._process, None
        assert process is not None, "the server was not started"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # The workers end a moment later than the process that leads them, and hold the port until then.
        assert wait_until(lambda: not is_listened_to(self.port), seconds=PATIENCE_S)

    def run(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run another command of ours against the same folder and database; raises TimeoutExpired when it hangs."""
        command = [self._python, "-m", "oauth2system", *arguments]
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(),
            input=given or "",
            capture_output=True,
            text=True,
            check=False,
            timeout=forked_commands.COMMAND_SECONDS,
        )

    def ask(self, *arguments: str, given: str = "") -> Any:
        """Run a command with --json, without the time that it takes to load, and return what it printed."""
        asked = (*arguments, "--json")
        if self._may_fork():
            done = forked_commands.run(asked, self.environment(), given)
        else:
            done = self.run(*asked, given=given)
        assert done.returncode == 0, done.stderr or done.stdout
        return json.loads(done.stdout)

    def environment(self) -> dict[str, str]:
        """Return a clean environment: neither the developer's settings nor their .env leak into a test."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "REFLEX_"))}
        ours = {"VAR_DIR": str(self.var), "PORT": str(self.port), "PUBLIC_URL": self.url, **self.settings}
        self.variables["PYTHONUNBUFFERED"] = "1"
        blank = {name: "" for name in env_file.read(ROOT) if name.startswith(PREFIX)}
        return {**inherited, **blank, **{PREFIX + name: value for name, value in ours.items()}, **self.variables}

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False
