"""What an attacker finds who reads our logs, our database or a backup of it (T072, T085, A7)."""

import base64
import gzip
import os
import re
import signal
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.support.browsers.event_socket import Refused, Tab
from tests.support.browsers.visitor import PASSWORD, Visitor, member, query
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import wait_until
from tests.support.servers.server import Server

CALLBACK = "https://site.example/callback"
SESSION = "oauth2system_session"
OURS = re.compile(r"o[a-z0-9]_[A-Za-z0-9_-]{20,}")
WRONG = "an entirely wrong passphrase"
NEW = "a second fine passphrase"


@dataclass
class Run:
    """A full run of the founding story, failures and a crash included, and every secret that was in it."""

    server: Server
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    backup: Path = Path()

    def know(self, name: str, value: str) -> str:
        """Remember a secret."""
        assert value, name
        self.secrets[name] = value
        return value


@pytest.fixture(scope="module")
def run(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Run]:
    del pages
    folder = tmp_path_factory.mktemp("run")
    whole = Run(Server(folder / "var", settings={"RATE_LIMIT_FACTOR": "100"}).start(), backup=folder / "backup")
    try:
        _register(whole)
        _authorize_and_fetch(whole)
        _recover(whole)
        _fail_in_every_way(whole)
        _crash(whole)
        whole.server.ask("backup", str(whole.backup))
        yield whole
    finally:
        whole.server.stop()


def _mail(run: Run, address: str) -> str:
    """Return the newest mail to an address, as the mailbox on a laptop keeps it."""
    folder = run.server.var / "mail"

    def mails() -> list[str]:
        found = [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
        read = [path.read_text(errors="replace") for path in sorted(found, key=lambda path: path.stat().st_mtime)]
        return [text.replace("=\n", "").replace("=3D", "=") for text in read if address in text]

    assert wait_until(lambda: bool(mails()), seconds=PATIENCE_S)
    return mails()[-1]


def _link(run: Run, name: str, address: str) -> str:
    """Return the token of the newest mail's link, once it is of that kind."""
    found: list[str] = []

    def arrived() -> bool:
        found[:] = re.findall(rf"{name}\?token=([A-Za-z0-9_-]+)", _mail(run, address))
        return bool(found)

    assert wait_until(arrived, seconds=PATIENCE_S)
    return found[0]


def _register(run: Run) -> None:
    with Visitor(run.server.url) as visitor:
        fields = {"username": "newcomer", "display_name": "New Comer", "email": "newcomer@example.org"}
        answer = visitor.post("/registration", password=run.know("password", "my very own passphrase"), **fields)
        assert answer.status_code == 303
        token = run.know("confirmation link", _link(run, "email_confirm", "newcomer@example.org"))
        assert visitor.post("/account/email_confirm", token=token).status_code == 303
        run.know("session", visitor.http.cookies[SESSION])


def _authorize_and_fetch(run: Run) -> None:
    server = run.server
    member(server, "ada")
    run.know("the operator's password", PASSWORD)
    app = server.ask("app", "create", "Poetry", "--owner", "ada", "--first-party", "--redirect-uri", CALLBACK)
    secret = run.know("client secret", app["client_secret"])
    run.know("basic", base64.b64encode(f"{app['client_id']}:{secret}".encode()).decode())
    link = f"/oauth2/authorize?client_id={app['client_id']}&scope=identify+email&state=a-state-of-the-site"
    with Visitor(server.url) as visitor:
        flow = query(visitor.http.get(link).headers["location"])["flow"]
        run.know("flow", flow)
        visitor.sign_in("ada", flow=flow)
        run.know("second session", visitor.http.cookies[SESSION])
        run.know("device", visitor.http.cookies["oauth2system_device"])
        for number, how in enumerate(("query", "form", "basic", "again")):
            value = query(visitor.http.get(link).headers["location"])["oauth_token"]
            run.know(f"value {number}", value)
            _fetch(server.url, value, app["client_id"], secret, how)


def _fetch(url: str, value: str, client_id: str, secret: str, how: str) -> None:
    credentials = {"client_id": client_id, "client_secret": secret}
    match how:
        case "form":
            answer = httpx.post(f"{url}/api/user", data={"oauth_token": value, **credentials})
        case "basic":
            answer = httpx.get(f"{url}/api/user", params={"oauth_token": value}, auth=(client_id, secret))
        case _:
            answer = httpx.get(f"{url}/api/user", params={"oauth_token": value, **credentials})
    assert answer.status_code == 200
    again = httpx.get(f"{url}/api/user", params={"oauth_token": value, **credentials})
    assert again.status_code in {400, 401}
    assert value not in again.text


def _recover(run: Run) -> None:
    with Visitor(run.server.url) as visitor:
        visitor.post("/account/password_reset", email="newcomer@example.org")
        token = run.know("reset link", _link(run, "password_reset", "newcomer@example.org"))
        assert visitor.post("/account/password_reset/new", token=token, password=run.know("new password", NEW))


def _fail_in_every_way(run: Run) -> None:
    url, secrets = run.server.url, run.secrets
    run.know("wrong password", WRONG)
    with Visitor(url) as visitor:
        visitor.sign_in("ada", WRONG)
        visitor.sign_in(WRONG, WRONG)  # typed into the wrong field
        visitor.post("/registration", username="x", display_name="", email=WRONG, password=WRONG)
        visitor.post("/account/password", current_password=WRONG, password=WRONG)
        for kind in ("session", "client secret", "value 0", "reset link"):
            visitor.post("/account/email_confirm", token=secrets[kind])
            visitor.http.get(
                "/api/user", params={"oauth_token": secrets[kind], "client_id": "1", "client_secret": WRONG}
            )
            visitor.http.get("/api/user", headers={"authorization": f"Bearer {secrets[kind]}"})
            visitor.http.get(f"/oauth2/authorize?client_id={secrets[kind]}&state={secrets[kind]}")
            visitor.http.get(f"/no/such/page/{secrets[kind]}?password={quote(WRONG)}")
            visitor.http.request("PATCH", f"/session?password={quote(WRONG)}")
    httpx.post(f"{url}/session", data={"login": "ada", "password": WRONG}, headers={"origin": "https://evil.example"})
    httpx.post(f"{url}/session", content=b"password=%FF%FE" + WRONG.encode(), headers={"origin": url})
    httpx.post(f"{url}/session", content=b"x" * 100_000, headers={"origin": url, "cookie": f"{SESSION}={WRONG}"})
    _disturb_the_socket(url, secrets["session"])


def _disturb_the_socket(url: str, session: str) -> None:
    """Send a password through an event, as a page must never do, and to handlers that are not there."""
    with Tab(url, cookie=f"{SESSION}={session}") as tab:
        tab.hydrate("/login")
        tab.ask("no.such_state.handler", {"password": WRONG})
        tab.ask("set_password", {"value": WRONG, "token": session})
        tab.send(f'42/_event,["event",{{"name": "{WRONG}"')
        tab.hear()
    try:
        Tab(url, origin="https://evil.example", cookie=f"{SESSION}={session}").close()
    except Refused:
        return


def _crash(run: Run) -> None:
    """Kill the worker in the middle of it all; another one takes its place."""
    [worker] = Path(f"/proc/{run.server.pid}/task/{run.server.pid}/children").read_text().split()
    os.kill(int(worker), signal.SIGKILL)

    def well() -> bool:
        try:
            return httpx.get(f"{run.server.url}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    assert wait_until(well, seconds=PATIENCE_S)


def _forms(secret: str) -> set[bytes]:
    """Return a secret as it may have been written down: plain, in a URL, in base64 at any offset, in hex."""
    raw = secret.encode()
    shifted = {base64.b64encode(b"\0" * shift + raw)[4:-4] for shift in range(3)}
    return {raw, quote(secret).encode(), raw.hex().encode(), *(form for form in shifted if len(form) > 12)}


def found_in(run: Run, text: bytes) -> list[str]:
    return [name for name, secret in run.secrets.items() if any(form in text for form in _forms(secret))]


def test_the_run_held_what_it_should(run: Run) -> None:
    assert len(run.secrets) >= 14
    assert found_in(run, run.secrets["value 1"].encode()) == ["value 1"]


def test_t072_no_secret_and_no_address_is_in_the_logs(run: Run) -> None:
    log = run.server.log
    assert '"event"' in log
    assert found_in(run, log.encode()) == []
    assert "@example.org" not in log
    own_words = [line for line in log.splitlines() if "/setup?token=" not in line]
    assert OURS.findall("\n".join(own_words)) == []
    assert "Traceback" not in log


def test_t072_every_line_that_the_server_writes_by_itself_is_json(run: Run) -> None:
    words = (
        "Oauth2System is ready",
        "This site has no administrator yet",
        "  http://",
        "Bringing the database",
        "warning:",
        "The pages",
    )
    odd = [line for line in run.server.log.splitlines() if not line.startswith(("{", *words, "Building", "   "))]
    assert odd == []


def test_t085_the_database_holds_no_secret(run: Run) -> None:
    files = [path for path in run.server.var.iterdir() if path.name.startswith("oauth2system.db")]
    assert len(files) >= 2
    assert found_in(run, b"".join(path.read_bytes() for path in files)) == []


def test_t085_nor_does_a_backup(run: Run) -> None:
    with gzip.open(run.backup) as file:
        text = file.read()
    assert b"newcomer@example.org" in text  # it is the whole of it
    assert found_in(run, text) == []
    assert run.server.var.joinpath("secret_key").read_bytes().strip() not in text


def test_t085_no_secret_lies_about_in_the_data_folder(run: Run) -> None:
    mails = run.server.var / "mail"  # a laptop's mailbox: mails are what links are in
    others = [path for path in run.server.var.rglob("*") if path.is_file() and mails not in path.parents]
    assert found_in(run, b"".join(path.read_bytes() for path in others)) == []
