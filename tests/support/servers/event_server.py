"""The real server with the lab in it, one for all tests of a folder, and people to visit it as."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database
from oauth2system.web.http.page_gate import PAGES
from tests.support.browsers.event_socket import Tab
from tests.support.in_process.door import Person, person, runner_on
from tests.support.in_process.languages import write_catalogue
from tests.support.servers.processes import free_port, stop, wait_until

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Lab:
    """A running server, and a runner of our own on its database."""

    url: str
    runner: Runner
    log_file: Path
    process: subprocess.Popen[bytes]
    people: dict[str, Person] = field(default_factory=dict[str, Person])

    @property
    def log(self) -> str:
        """What the server has said."""
        return self.log_file.read_text()

    def tab(self, who: Person | None = None, token: str = "", language: str = "") -> Tab:
        """Open a tab as somebody, or as nobody, in a browser of this language."""
        headers = {"Accept-Language": language} if language else None
        cookie = who.cookie if who else None
        return Tab(self.url, cookie=cookie, token=token, headers=headers, hears_ends=True)

    def person(self, name: str, *, is_admin: bool = False) -> Person:
        """Make somebody who is signed in."""
        return person(self.runner, name, is_admin=is_admin)

    def anyone(self, name: str, *, is_admin: bool = False) -> Person:
        """Return the one person of that name, made when first asked for."""
        if name not in self.people:
            self.people[name] = self.person(name, is_admin=is_admin)
        return self.people[name]

    def value(self, who: Person) -> Caller:
        """Return somebody as a caller of services."""
        return Caller(cookie=who.cookie.partition("=")[2])


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Generator[Lab]:
    """Run the lab on SQLite, once for a whole run; so many tests from one address need wider limits."""
    var = tmp_path_factory.mktemp("lab")
    with running_lab(var, f"sqlite:///{var / 'oauth2system.db'}", RATE_LIMIT_FACTOR="100") as running:
        yield running


@contextmanager
def running_lab(var: Path, database_url: str, **settings: str) -> Generator[Lab]:
    """Run the lab on a database, with a folder of its own."""
    database = Database(database_url)
    migrations.upgrade(database)
    database.close()
    _lay_out_pages(var / "pages" / "build" / "client")
    port = free_port()
    base = f"http://localhost:{port}"
    given: dict[str, Any] = {"PUBLIC_URL": base, "DATABASE_URL": database_url, **settings}
    with runner_on(database_url, var, **given) as runner:
        process = _serve(var, port, given)
        try:
            assert wait_until(lambda: _is_up(base), seconds=60, alive=lambda: process.poll() is None), _said(var)
            yield Lab(base, runner, var / "log", process)
        finally:
            stop(process)


def _lay_out_pages(folder: Path) -> None:
    """Put a placeholder where each page would be: what is tried here is who gets to it."""
    for path in (*PAGES, "/404"):
        if "[" not in path:
            file = folder / f"{path.strip('/') or 'index'}.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"<title>{path}</title>")
    (folder / "oauth2system.css").write_text("body{}" * 300)
    (folder / "link.css").symlink_to("/etc/passwd")


def _serve(var: Path, port: int, given: dict[str, str]) -> subprocess.Popen[bytes]:
    locale = write_catalogue(var / "locale")
    ours = {"VAR_DIR": str(var), "PORT": str(port), "SECRET_KEY": "k" * 40, **given}
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("OAUTH2SYSTEM_", "REFLEX_"))},
        **{f"OAUTH2SYSTEM_{name}": value for name, value in ours.items()},
        "LAB_LOCALE": str(locale),
        "__REFLEX_SKIP_COMPILE": "true",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_WEB_WORKDIR": str(var / "pages"),
    }
    command = [sys.executable, "-m", "tests.support.servers.one_process"]
    command += [str(port), "tests.support.servers.event_server_app:app"]
    with (var / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)


def _is_up(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _said(var: Path) -> str:
    return (var / "log").read_text()[-3000:]
