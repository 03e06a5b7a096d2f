"""A person with a browser that is no browser: cookies, our forms, and a real server at the other end."""

from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.support.servers.server import Server

PASSWORD = "correct horse battery staple"


class Visitor:
    """Somebody with cookies; signs in, agrees and follows redirects one at a time."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Submit one of our forms as its page does."""
        return self.http.post(path, data=fields, headers={"origin": self.url, "sec-fetch-site": "same-origin"})

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        """Fill in the sign-in form."""
        return self.post("/session", login=login, password=password, **more)

    def agree(self, user_id: str, asked: httpx.Response) -> str:
        """Press Authorize on the page this answer led to; returns where the browser goes then."""
        fields = {"flow": query(asked.headers["location"])["flow"], "account": user_id, "decision": "authorize"}
        return self.post("/consent", **fields).headers["location"]

    def come_back(self, user_id: str, link: str) -> str:
        """Follow a site's link and agree if asked; returns the address the browser comes back to the site with."""
        answer = self.http.get(link)
        if answer.headers["location"].startswith("/consent"):
            answer = self.http.get(self.agree(user_id, answer))
        return answer.headers["location"]


def query(address: str) -> dict[str, str]:
    """Return the query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def member(server: Server, name: str, display_name: str = "") -> str:
    """Make somebody by the operator's command; returns the id."""
    shown = display_name or name.title()
    who = (name, "--email", f"{name}@example.org", "--display-name", shown, "--confirmed", "--password-stdin")
    return server.ask("user", "create", *who, given=PASSWORD)["id"]


def signed_in(server: Server, name: str) -> Visitor:
    """Open a visitor who is signed in."""
    visitor = Visitor(server.url)
    assert visitor.sign_in(name).status_code == 303
    return visitor
