"""The founding story in a few words: people who are signed in, their apps, and sites that fetch them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx

from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidToken
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context, Source
from oauth2system.services.admin import people
from oauth2system.services.apps import apps, redirect_uris, views
from oauth2system.services.apps.apps import NewApp
from oauth2system.services.authorization import connected_apps
from oauth2system.services.authorization.connected_apps import ConnectionView
from oauth2system.services.sessions import password_hashing
from oauth2system.services.tokens import simple_flow
from oauth2system.services.tokens.simple_flow import MustTake, SimpleFlowRequest
from tests.support.in_process.app_records import write_app
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query
from tests.support.in_process.door import begin_session

R = TypeVar("R")

CALLBACK = "https://site.example/callback"
SITE_IP = "198.51.100.7"
SITE = Caller(Source(SITE_IP))


@cache
def _kept() -> str:
    """Hash the usual password once for the whole run: argon2 is slow on purpose."""
    return password_hashing.hash_password(PASSWORD)


@dataclass(frozen=True)
class App:
    """A client site: its credentials and where it lives."""

    client_id: str
    secret: str
    redirect_uri: str


class Member(Browser):
    """Somebody in a browser that is signed in, until `sign_out`."""

    user_id: str

    def do(self, service: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Click: run a service as this person."""
        return self.house.ask(service, *args, caller=self.caller, **kwargs)

    def open_app(self, client_id: str) -> views.App:
        """Open the page of an own app."""
        return self.house.run_procedure(apps.open_app, client_id, caller=self.caller)

    def connections(self) -> list[ConnectionView]:
        """Open the page of the connected sites."""
        return list(self.house.run_procedure(connected_apps.list_connections, caller=self.caller).connected)

    def sign_out(self) -> None:
        """End the session as the page does."""
        self.post("/session/end")

    def get(self, address: str, **headers: str) -> httpx.Response:
        """Open an address of ours."""
        return asyncio.run(self.send("GET", address, headers=headers))

    def authorize(self, app: App, scope: str = "identify+email", **more: str) -> httpx.Response:
        """Follow a site's link; `scope` goes into the URL as it is."""
        rest = f"&{urlencode(more)}" if more else ""
        return self.get(f"/oauth2/authorize?client_id={app.client_id}&scope={scope}{rest}")

    def decide(self, consent: httpx.Response, decision: str = "authorize", **changed: str) -> httpx.Response:
        """Press a button on the consent page that this answer led to."""
        fields = {"flow": query(consent)["flow"], "account": self.user_id, "decision": decision}
        return self.post("/consent", page=consent.headers["location"], **{**fields, **changed})

    def agree(self, consent: httpx.Response) -> httpx.Response:
        """Press Authorize and follow the browser until it leaves for the site."""
        assert path(consent) == "/consent", consent.headers["location"]
        return self.get(self.decide(consent).headers["location"])

    def value(self, app: App, scope: str = "identify+email") -> str:
        """Go all the way and return what the site gets."""
        answer = self.authorize(app, scope)
        if path(answer) == "/consent":
            answer = self.agree(answer)
        return query(answer)["code"]


class Story(House):
    """A house with members, apps and sites."""

    def member(self, username: str = "ada", *, confirmed: bool = True, ip: str = "192.0.2.1", **more: Any) -> Member:
        """Make somebody, signed in."""
        made = self.ask(
            people.create, username, f"{username}@example.org", username.title(), _kept(), confirmed=confirmed, **more
        )
        return self.again(made.id, ip)

    def again(self, user_id: str, ip: str = "192.0.2.1") -> Member:
        """Open another browser in which the same person is signed in."""
        member = Member(self, ip)
        member.user_id = user_id
        self.sign_in(member, user_id)
        return member

    def sign_in(self, browser: Browser, user_id: str) -> None:
        """Sign somebody in, in a browser that is open."""
        cookie = self.ask(begin_session, user_id, caller=Caller(Source(browser.ip), cookie=browser.session))
        browser.cookies.set(self.settings.session_cookie, cookie, domain="localhost.local", path="/")

    def stranger(self, ip: str = "192.0.2.1") -> Member:
        """Open a browser in which nobody is signed in."""
        return Member(self, ip)

    def app(self, owner: Member, name: str = "Poetry", *, redirect_uri: str = CALLBACK) -> App:
        """Make an app as a developer does."""
        made = owner.do(apps.create, name)
        owner.do(redirect_uris.add, made.client_id, redirect_uri)
        assert made.client_secret is not None
        return App(made.client_id, made.client_secret, redirect_uri)

    def client(self, owner: str, **asked: Any) -> NewApp:
        """Write an app as the test wants it; see `app` for one that a developer makes."""
        wanted: dict[str, Any] = {"id": "", "name": "Made by command", "redirect_uris": (CALLBACK,), **asked}
        return self.ask(write_app, owner, Client(**wanted))

    def run(self, sql: str, *args: Any) -> int:
        """Change the database behind the program's back."""

        def change(ctx: Context) -> int:
            return ctx.db.run(sql, *args)

        return self.ask(change)

    def read(self, app: App, value: str, **changed: str) -> dict[str, Any]:
        """Ask for the user as door one does: look first, and take when that is needed."""
        sent = {"value": value, "client_id": app.client_id, "client_secret": app.secret, **changed}
        request = SimpleFlowRequest(**sent)
        found = self.ask(simple_flow.look, request, caller=SITE, reads_it=True)
        return self.ask(simple_flow.take, request, caller=SITE) if isinstance(found, MustTake) else found

    def is_readable(self, app: App, value: str) -> bool:
        """Tell whether the app gets a user for this value."""
        try:
            self.read(app, value)
        except InvalidToken:
            return False
        return True

    def fetch(self, app: App, value: str, *, method: str = "GET", ip: str = SITE_IP, **changed: str) -> httpx.Response:
        """Ask for the user as the founding text prints it; `changed` replaces or adds parameters."""
        fields = {"oauth_token": value, "client_id": app.client_id, "client_secret": app.secret, **changed}
        return self.site(method, f"/api/user?{urlencode(fields)}", ip=ip)

    def site(self, method: str, address: str, *, ip: str = SITE_IP, **more: Any) -> httpx.Response:
        """Send a request as a site's server would: no cookies, no browser."""
        return asyncio.run(Browser(self, ip).send(method, address, **more))
