"""A house with the real web app and a clock that only we move, and browsers that visit it without a network."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx

from oauth2system import settings as settings_module
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context, Source
from oauth2system.runtime.runner import Runner
from oauth2system.services.admin import people
from oauth2system.services.delivery import dev_mailbox
from oauth2system.services.sessions import password_hashing
from oauth2system.storage.database.transactions import Database
from oauth2system.web.app import Web
from tests.support.in_process import delivery

R = TypeVar("R")

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
ORIGIN = "http://localhost:8000"
_LINK = re.compile(r"https?://\S+")


class House:
    """Everything behind door one, on a database of the test's own."""

    def __init__(self, database_url: str, folder: Path, **given: str) -> None:
        values = {"OAUTH2SYSTEM_DATABASE_URL": database_url, "OAUTH2SYSTEM_SECRET_KEY": "k" * 64}
        values |= {f"OAUTH2SYSTEM_{name}": value for name, value in given.items()}
        self.settings = settings_module.load(values, folder=folder)
        self.now = START
        self.database = Database(self.settings.database_url)
        self.runner = Runner(self.settings, self.database, clock=lambda: self.now)
        self.web = Web(self.runner)
        self.handlers = dict(delivery.HANDLERS)
        password_hashing.warm_up()

    def later(self, **by: float) -> None:
        """Move the clock."""
        self.now += timedelta(**by)

    def ask(self, service: Callable[..., R], *args: Any, caller: Caller | None = None, **kwargs: Any) -> R:
        """Run a service as the operator, or as the given caller."""
        return self.runner.now(caller or Caller(system=True), service, *args, **kwargs)

    def run_procedure(
        self, procedure: Callable[..., Coroutine[Any, Any, R]], *args: Any, caller: Caller | None = None, **kwargs: Any
    ) -> R:
        """Run a service of several transactions, as the operator or as the given caller."""
        return asyncio.run(procedure(Call(self.runner, caller or Caller(system=True)), *args, **kwargs))

    def look(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """Ask the database itself."""

        def rows(ctx: Context) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in ctx.db.all(sql, *args)]

        return self.ask(rows)

    def person(self, username: str = "ada", *, email: str | None = None, confirmed: bool = True, **more: Any) -> str:
        """Make somebody with the usual password; returns the id."""
        kept = password_hashing.hash_password(PASSWORD)
        made = self.ask(
            people.create, username, email or f"{username}@example.org", "", kept, confirmed=confirmed, **more
        )
        return made.id

    def deliver(self) -> int:
        """Make one pass over the outbox."""
        return delivery.deliver(self.runner, self.handlers)

    def write_last_used(self) -> None:
        """Write the stamps of last use that wait in memory."""

        def write(ctx: Context) -> None:
            ctx.server.last_used.write(ctx.db)

        self.ask(write)

    def mail(self, address: str | None = None) -> list[dev_mailbox.DeliveredMail]:
        """Deliver, and return the messages to an address, newest first; what comes later is dated later."""
        self.deliver()
        self.later(seconds=1)
        return [message for message in dev_mailbox.list_messages(self.settings) if address in {None, message.to}]

    def link(self, address: str) -> str:
        """Return the first link of the newest message to an address."""
        found = _LINK.search(self.mail(address)[0].text)
        assert found is not None
        return found.group()

    def token(self, address: str) -> str:
        """Return the token in that link."""
        return parse_qs(urlsplit(self.link(address)).query)["token"][0]

    def browser(self, ip: str = "192.0.2.1") -> "Browser":
        """Open a browser with no cookies, at an address."""
        return Browser(self, ip)

    def signed_in(self, username: str = "ada", **more: Any) -> "Browser":
        """Make somebody, and return a browser in which they are signed in."""
        self.person(username, **more)
        browser = self.browser()
        browser.sign_in(username)
        return browser

    def registered(self, username: str = "ada") -> "Browser":
        """Return a browser in which somebody has just registered."""
        browser = self.browser()
        browser.register(username)
        return browser

    def is_alive(self, caller: Caller) -> bool:
        """Tell whether the session that a browser had is still one."""

        def lives(ctx: Context) -> bool:
            return ctx.session is not None

        return self.ask(lives, caller=caller)

    def events(self, name: str) -> int:
        """Count the audit lines of one kind."""
        return self.look("SELECT COUNT(*) FROM audit WHERE event = ?", name)[0][0]

    def close(self) -> None:
        self.runner.close()


class Browser:
    """Posts our forms as a page of ours would, and keeps cookies."""

    def __init__(self, house: House, ip: str) -> None:
        self.house = house
        self.ip = ip
        self.origin = house.settings.public_url
        self.cookies = httpx.Cookies()

    async def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Send one request as it is."""
        transport = httpx.ASGITransport(self.house.web, client=(self.ip, 4000))
        async with httpx.AsyncClient(transport=transport, base_url=self.origin, cookies=self.cookies) as client:
            answer = await client.request(method, path, headers=headers, **more)
            self.cookies = client.cookies
        return answer

    async def submit(self, path: str, page: str | None = None, **fields: str) -> httpx.Response:
        """Submit a form from one of our pages."""
        headers = {"origin": self.origin, "sec-fetch-site": "same-origin"}
        if page is not None:
            headers["referer"] = f"{self.origin}{page}"
        return await self.send("POST", path, data=fields, headers=headers)

    def post(self, path: str, page: str | None = None, **fields: str) -> httpx.Response:
        """Submit a form and wait for the answer."""
        return asyncio.run(self.submit(path, page, **fields))

    def register(self, username: str = "ada", email: str | None = None, **more: str) -> httpx.Response:
        """Fill in the registration form."""
        fields = {"username": username, "display_name": "", "email": email or f"{username}@example.org"}
        return self.post("/registration", **{**fields, "password": PASSWORD, **more})

    def sign_in(self, login: str = "ada", password: str = PASSWORD, **more: str) -> httpx.Response:
        """Fill in the sign-in form."""
        return self.post("/session", login=login, password=password, **more)

    @property
    def session(self) -> str | None:
        """The session cookie."""
        return self.cookies.get(self.house.settings.session_cookie)

    @property
    def caller(self) -> Caller:
        """Who this browser is for a service."""
        return Caller(Source(self.ip), cookie=self.session)

    @property
    def signed_in_as(self) -> str | None:
        """The username of the live session, if any."""

        def who(ctx: Context) -> str | None:
            return ctx.session.username if ctx.session else None

        return self.house.ask(who, caller=self.caller)


def query(answer: httpx.Response) -> dict[str, str]:
    """Return the query of where an answer leads."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def path(answer: httpx.Response) -> str:
    """Return the path of where an answer leads."""
    return urlsplit(answer.headers["location"]).path


def together(*work: Coroutine[Any, Any, R]) -> list[R]:
    """Run requests in parallel."""

    async def gather() -> list[R]:
        return await asyncio.gather(*work)

    return asyncio.run(gather())
