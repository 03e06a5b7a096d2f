"""Users and apps for a benchmark, created with our commands and the real sign-in form."""

import http.client
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.servers import Server, command

PASSWORD = "a horse, a battery and a staple"  # noqa: S105  (a throw-away account on loopback)


@dataclass(frozen=True)
class App:
    """An app and its secret."""

    client_id: str
    client_secret: str


def person(server: Server, name: str) -> None:
    """Create a confirmed account."""
    command(
        server,
        "user",
        "create",
        name,
        "--email",
        f"{name}@example.org",
        "--confirmed",
        "--password-stdin",
        given=PASSWORD,
    )


def app(server: Server, name: str, owner: str, *options: str) -> App:
    """Create an app without a consent page, so that only the redirect is measured."""
    made = command(
        server,
        "app",
        "create",
        name,
        "--owner",
        owner,
        "--redirect-uri",
        "http://localhost:9/callback",
        "--first-party",
        *options,
    )
    return App(str(made["client_id"]), str(made["client_secret"]))


def sign_in(server: Server, name: str, password: str = PASSWORD) -> str:
    """Sign in with the form, and return the Cookie header."""
    status, headers = post(server, "/session", {"login": name, "password": password})
    cookies = [text.partition(";")[0] for header, text in headers if header.lower() == "set-cookie"]
    if status != http.client.SEE_OTHER or not cookies:
        raise SystemExit(f"Sign-in answered {status}.")
    return "; ".join(cookies)


def value(server: Server, client: App, cookie: str) -> str:
    """Authorize an app, and return the value of the simple flow."""
    query = urlencode({"client_id": client.client_id, "scope": "identify email"})
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request("GET", f"/oauth2/authorize?{query}", headers={"Cookie": cookie})
    location = connection.getresponse().headers["location"] or ""
    connection.close()
    return parse_qs(urlsplit(location).query)["code"][0]


def post(server: Server, path: str, form: dict[str, str]) -> tuple[int, list[tuple[str, str]]]:
    """Post one of our own forms as a browser does."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.url}
    connection.request("POST", path, urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.getheaders()
