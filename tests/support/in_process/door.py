"""Door one without a server: any ASGI app of ours, asked in process, and people to ask as."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from oauth2system import settings
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner, utc_now
from oauth2system.services.sessions import sessions
from oauth2system.settings import Settings
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import users
from oauth2system.storage.tables.users import User

BASE = "http://localhost:8000"


def read_settings(var: Path, **given: str) -> Settings:
    """Read settings as an operator would give them, from nothing but what the test says."""
    wanted = {"SECRET_KEY": "k" * 40, **given}
    return settings.load({f"OAUTH2SYSTEM_{name}": value for name, value in wanted.items()}, folder=var)


@contextmanager
def runner_on(
    database_url: str, var: Path, *, clock: Callable[[], datetime] = utc_now, **given: str
) -> Generator[Runner]:
    """Run services on this database until the test is over."""
    running = Runner(read_settings(var, **given), Database(database_url), clock=clock)
    try:
        yield running
    finally:
        running.close()


class Door:
    """A visitor of an ASGI app: keeps no cookies and follows no redirects unless told to."""

    def __init__(self, app: Any, base: str = BASE) -> None:
        self.app = app
        self.base = base

    def ask(  # noqa: PLR0913  (a request has these parts)
        self, method: str, path: str, *, cookie: str | None = None, headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None, content: bytes | None = None, peer: str = "127.0.0.1",
    ) -> httpx.Response:  # fmt: skip
        """Ask once, in an event loop of its own."""
        sent = dict(headers or {})
        if cookie is not None:
            sent["cookie"] = cookie

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(peer, 40000), raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
                return await client.request(method, path, headers=sent, data=data, content=content)

        return asyncio.run(once())

    def get(self, path: str, **given: Any) -> httpx.Response:
        """GET."""
        return self.ask("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """POST a form as one of our own pages does."""
        more: dict[str, str] = given.pop("headers", None) or {}
        headers = {"origin": self.base, "sec-fetch-site": "same-origin", **more}
        return self.ask("POST", path, headers=headers, **given)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a session; `cookie` is what their browser sends."""

    id: str
    username: str
    cookie: str
    handle: str


def person(runner: Runner, username: str, *, is_admin: bool = False, confirmed: bool = True) -> Person:
    """Make an account that is signed in, without the pages for it."""

    def make(ctx: Context) -> tuple[str, str]:
        user = User(
            id=str(ctx.new_id()), username=username, skeleton=username, display_name=username.title(),
            email=f"{username}@example.org", email_key=f"{username}@example.org",
            email_confirmed_at=ctx.now if confirmed else None, is_admin=is_admin,
            created_at=ctx.now, updated_at=ctx.now,
        )  # fmt: skip
        assert users.add(ctx.db, user)
        return user.id, sessions.start(ctx, user.id, user.generation).value

    user_id, value = runner.now(Caller(), make)
    return signed_in(runner, user_id, username, value)


def begin_session(ctx: Context, user_id: str) -> str:
    """Sign somebody in as they stand today; returns the cookie's value."""
    user = users.find(ctx.db, user_id)
    assert user is not None
    return sessions.start(ctx, user.id, user.generation).value


def signed_in(runner: Runner, user_id: str, username: str, value: str) -> Person:
    """Describe somebody whose session cookie has this value."""
    assert value.startswith(Kind.SESSION.value)
    found = runner.now(Caller(cookie=value), lambda ctx: ctx.session)
    assert found is not None
    return Person(user_id, username, f"{runner.settings.session_cookie}={value}", found.handle)
