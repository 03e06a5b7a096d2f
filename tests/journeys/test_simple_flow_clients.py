"""Sites as they are out there: whatever they are written in, and whichever of the two names they read."""

import http.client
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit
from urllib.request import urlopen

import httpx
import pytest
import requests
from packaging.requirements import Requirement

from oauth2system.ui.docs import snippets
from oauth2system.ui.docs.guides import SIMPLE
from oauth2system.ui.docs.quick_starts.catalog import ALL
from oauth2system.ui.docs.quick_starts.start import SITE, fill
from tests.support.browsers.visitor import Visitor, member, query, signed_in
from tests.support.clients.site import README, ROOT, commands, run_line
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port, stop, wait_until
from tests.support.servers.server import Server

pytestmark = [pytest.mark.timeout(180)]

ADA = {"username": "ada", "display_name": "Ada", "email": "ada@example.org", "email_verified": True}


@dataclass(frozen=True)
class Wild:
    """A running server, Ada in her browser, and an app of hers."""

    server: Server
    visitor: Visitor
    user_id: str

    def app(self, redirect_uri: str = "https://site.example/cb") -> tuple[str, str]:
        """Register an app; returns its credentials."""
        made = self.server.ask("app", "create", "Wild", "--owner", "ada", "--redirect-uri", redirect_uri)
        return made["client_id"], made["client_secret"]

    def value(self, app: tuple[str, str], scope: str = "identify+email", name: str = "oauth_token") -> str:
        """Come back from a link with what the site reads under that name."""
        link = f"/oauth2/authorize?client_id={app[0]}&scope={scope}"
        return query(self.visitor.come_back(self.user_id, link))[name]


@pytest.fixture(scope="module")
def wild(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Wild]:
    del pages
    server = Server(tmp_path_factory.mktemp("wild") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    try:
        server.start()
        user_id = member(server, "ada")
        with signed_in(server, "ada") as visitor:
            yield Wild(server, visitor, user_id)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def app(wild: Wild) -> tuple[str, str]:
    return wild.app()


def is_ada(user: dict[str, Any]) -> bool:
    return user.items() >= ADA.items()


Fetch = Callable[[str, dict[str, str]], Any]


def _curl(*words: str) -> dict[str, Any]:
    done = subprocess.run(["curl", "--silent", "--show-error", *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _old(url: str, fields: dict[str, str]) -> Any:
    """Speak HTTP/1.0, as PHP's file_get_contents long did."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]  (the only way to speak HTTP/1.0)
    connection.request("GET", f"{urlsplit(url).path}?{urlencode(fields)}", headers={"Connection": "close"})
    return json.load(connection.getresponse())


def _token(fields: dict[str, str]) -> dict[str, str]:
    return {"oauth_token": fields["oauth_token"]}


def _login(fields: dict[str, str]) -> tuple[str, str]:
    return fields["client_id"], fields["client_secret"]


CLIENTS: dict[str, Fetch] = {
    "curl, all in the query": lambda url, fields: _curl(f"{url}?{urlencode(fields)}"),
    "curl, a form": lambda url, fields: _curl(url, "-d", urlencode(fields)),
    "curl, --data-urlencode": lambda url, fields: _curl(
        url, *(word for pair in fields.items() for word in ("--data-urlencode", "=".join(pair)))
    ),
    "curl -G": lambda url, fields: _curl(
        "-G", url, *(word for pair in fields.items() for word in ("-d", "=".join(pair)))
    ),
    "curl -u": lambda url, fields: _curl("-u", ":".join(_login(fields)), url, "-d", urlencode(_token(fields))),
    "curl, HTTP/1.0": lambda url, fields: _curl("--http1.0", f"{url}?{urlencode(fields)}"),
    "requests.get": lambda url, fields: requests.get(url, params=fields, timeout=10).json(),
    "requests.post": lambda url, fields: requests.post(url, data=fields, timeout=10).json(),
    "requests with auth": lambda url, fields: requests.get(
        url, params=_token(fields), auth=_login(fields), timeout=10
    ).json(),
    "httpx": lambda url, fields: httpx.post(url, data=fields).json(),
    "urllib": lambda url, fields: json.load(urlopen(f"{url}?{urlencode(fields)}", timeout=10)),
    "http.client, HTTP/1.0": _old,
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", ["code", "oauth_token"])
def test_every_client_gets_the_user_by_either_name(wild: Wild, app: tuple[str, str], client: str, name: str) -> None:
    fields = {"oauth_token": wild.value(app, name=name), "client_id": app[0], "client_secret": app[1]}
    assert is_ada(CLIENTS[client](f"{wild.server.url}/api/user", fields))


JOINED = {
    "as printed": "identify+email",
    "by urlencode of a space": quote_plus("identify email"),
    "by urlencode of a plus": quote_plus("identify+email"),
    "by encodeURIComponent": "identify%20email",
    "the other way round": "email%2Bidentify",
    "by requests": urlsplit(
        str(requests.Request("GET", "http://x/", params={"scope": "identify+email"}).prepare().url)
    ).query.removeprefix("scope="),
}


@pytest.mark.parametrize("joined", JOINED)
def test_scopes_are_read_however_a_site_joins_them(wild: Wild, app: tuple[str, str], joined: str) -> None:
    fields = {"oauth_token": wild.value(app, JOINED[joined]), "client_id": app[0], "client_secret": app[1]}
    assert is_ada(requests.get(f"{wild.server.url}/api/user", params=fields, timeout=10).json())


def test_a_session_with_keep_alive_fetches_many_people(wild: Wild, app: tuple[str, str]) -> None:
    with requests.Session() as session:
        for _ in range(5):
            fields = {"oauth_token": wild.value(app), "client_id": app[0], "client_secret": app[1]}
            assert is_ada(session.get(f"{wild.server.url}/api/user", params=fields, timeout=10).json())
        assert not session.cookies


def test_the_link_and_the_curl_lines_of_the_apps_page_run_as_they_are(wild: Wild, app: tuple[str, str]) -> None:
    """And they bring what the guide says."""
    back = query(wild.visitor.come_back(wild.user_id, f"{snippets.link(wild.server.url, app[0])}&state=STATE"))
    assert back["state"] == "STATE"
    (part,) = fill(ALL["simple-curl"], wild.server.url, app[0], SITE).parts
    lines = part.text.replace("VALUE", back["code"]).replace(snippets.SECRET, app[1])
    done = subprocess.run(["bash", "-ec", lines], capture_output=True, text=True, check=True)
    answer = re.search(r"```json\n(.*?)```", SIMPLE.body, re.DOTALL)
    assert answer is not None
    assert is_ada(json.loads(done.stdout))
    assert list(json.loads(done.stdout)) == list(json.loads(answer[1]))


@dataclass(frozen=True)
class Language:
    """How a quick start becomes a running site: its file, and the command that runs it."""

    file: str
    command: Callable[[Path, int], list[str]]
    start: str = "/sign-in"


LANGUAGES = {
    "flask": Language(
        "our_site.py",
        lambda path, port: [sys.executable, "-m", "flask", "--app", str(path), "run", "--port", str(port)],
    ),
    "node": Language("site.mjs", lambda path, _port: [str(Path(sys.executable).parent / "node"), str(path)]),
    "php": Language("callback", lambda path, port: ["php", "-S", f"localhost:{port}", str(path)], start="/callback"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_site_of_the_docs_page_signs_a_visitor_in(wild: Wild, tmp_path: Path, language: str) -> None:
    port = free_port()
    site, how = f"http://localhost:{port}", LANGUAGES[language]
    app = wild.app(f"{site}/callback")
    path = tmp_path / how.file
    (part,) = fill(ALL[f"simple-{language}"], wild.server.url, app[0], site).parts
    path.write_text(part.text, encoding="utf-8")
    environment = {**os.environ, "CLIENT_SECRET": app[1]}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            how.command(path, port), env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        assert wait_until(lambda: _answers(site), seconds=PATIENCE_S, alive=lambda: process.poll() is None)
        _visit(wild, site, how.start)
    finally:
        stop(process)


def _answers(site: str) -> bool:
    try:
        return httpx.get(f"{site}/nothing-here").status_code > 0
    except httpx.HTTPError:
        return False


def _visit(wild: Wild, site: str, start: str) -> None:
    """Go through the site in one browser, whose cookies both places share as they do on localhost."""
    begun = wild.visitor.http.get(f"{site}{start}")
    assert begun.status_code == 302
    back = wild.visitor.come_back(wild.user_id, begun.headers["location"])
    assert back.startswith(f"{site}/callback?")
    greeted = wild.visitor.http.get(back)
    assert greeted.status_code == 302 or greeted.text == "Hello Ada", greeted.text
    assert _starts_again(wild.visitor.http.get(back)), "the state was for this one time"
    for state in ("", "&state=", "&state=guessed"):  # a link that an attacker sends to somebody else (T107)
        assert _starts_again(httpx.get(f"{site}/callback?code=os_x&oauth_token=os_x{state}")), state


def _starts_again(answer: httpx.Response) -> bool:
    return answer.status_code == 400 or "again" in answer.text


def test_both_readmes_start_the_flask_site_by_the_same_lines() -> None:
    main = [line.replace(".venv/bin/", "") for line in commands(ROOT / "README.md")]
    own = commands(README)
    assert len(own) == 2
    assert [line for line in main if "examples/flask_site" in line] == own
    assert run_line(README) == own[1]


def test_what_the_flask_site_needs_is_what_it_is_tested_with() -> None:
    install = shlex.split(commands(README)[0])
    assert install[:3] == ["pip", "install", "-r"]
    for line in (ROOT / install[3]).read_text(encoding="utf-8").splitlines():
        needed = Requirement(line)
        assert needed.specifier.contains(version(needed.name)), line


def test_the_flask_site_says_what_it_lacks(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLIENT_")}
    program = ROOT / "examples" / "flask_site" / "app.py"
    done = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "Set CLIENT_ID and CLIENT_SECRET; both are on your app's page at http://localhost:8000/apps\n"
