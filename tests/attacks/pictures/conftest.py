"""Somebody who uploads pictures over HTTP, and anybody who looks at them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.web.app import Web
from tests.support.in_process.door import Door, Person, person, runner_on
from tests.support.pictures.hostile import MULTIPART, upload_of

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Studio:
    """A server, and what is done with pictures there."""

    runner: Runner
    door: Door

    def person(self, name: str = "ada", **more: Any) -> Person:
        return person(self.runner, name, **more)

    def send(self, who: Person | None, body: bytes, *, kind: str = MULTIPART, **more: Any) -> httpx.Response:
        """Post a whole multipart body to the form of the picture."""
        headers = {"content-type": kind, **more.pop("headers", {})}
        cookie = who.cookie if who else None
        return self.door.post("/account/avatar", content=body, cookie=cookie, headers=headers, **more)

    def upload(self, who: Person | None, picture: bytes, **more: Any) -> httpx.Response:
        """Upload one file."""
        return self.send(who, upload_of(picture, filename=more.pop("filename", "me.png")), **more)

    def avatar(self, who: Person) -> str | None:
        """Return the name of a person's picture."""
        rows = self.read(lambda ctx: ctx.db.all("SELECT avatar FROM users WHERE id = ?", who.id))
        return rows[0][0]

    def shown(self, who: Person, size: int = 256) -> bytes:
        """Return a person's picture as anybody gets it."""
        answer = self.door.get(f"/avatars/{self.avatar(who)}.webp?size={size}")
        assert answer.status_code == 200
        return answer.content

    def read(self, service: Callable[[Context], R]) -> R:
        """Run a service as the server itself."""
        return self.runner.now(SYSTEM, service)

    def run(self, sql: str, *args: Any) -> None:
        """Change the database itself."""
        self.read(lambda ctx: ctx.db.run(sql, *args))

    def kept(self) -> int:
        """Count the rows of pictures."""
        rows = self.read(lambda ctx: ctx.db.all("SELECT COUNT(*) FROM pictures"))
        return rows[0][0]


@pytest.fixture
def studio(database_url: str, tmp_path: Path) -> Generator[Studio]:
    with runner_on(database_url, tmp_path) as running:
        yield Studio(running, Door(Web(running)))
