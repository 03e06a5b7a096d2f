"""Every program of the developers' guides runs as it is printed, and does what its page says."""

import base64
import html
import json
import re
import subprocess
from collections.abc import Generator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from oauth2system.ui.docs import guides
from tests.support.browsers.visitor import PASSWORD, Visitor, member, query, signed_in
from tests.support.clients.guides import RUNS, Reader, link_in, user_code_in
from tests.support.in_process.jwts import b64
from tests.support.servers.server import Server

pytestmark = [pytest.mark.xdist_group("guides"), pytest.mark.timeout(180)]

IN_EACH = ("sh", "py", "mjs")
IS_ADA = re.compile(r'Hello Ada|DPoP token of Ada|"name":"Ada"')


class Town:
    """A running server, Ada in her browser, and a reader for each guide."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self._folder = server, folder
        self.user_id = member(server, "ada")
        self.visitor = signed_in(server, "ada")

    def reader(self, name: str, again: str = "") -> Reader:
        """Open a guide; its app is not made yet."""
        folder = self._folder / f"{name}{again}"
        folder.mkdir()
        (guide,) = [guide for guide in guides.ALL if guide.name == name]
        return Reader(self.server, guide, folder)

    def follower(self, name: str, again: str = "") -> Reader:
        """Open a guide and make the app by the command it prints."""
        reader = self.reader(name, again)
        reader.follow()
        return reader

    def owner(self, name: str) -> Reader:
        """Open a guide that sends people to the page of their app."""
        reader = self.reader(name)
        made = self.server.ask("app", "create", "Site", "--owner", "ada", "--redirect-uri", callback(reader))
        reader.given = {key.upper(): value for key, value in made.items()}
        return reader

    def code(self, line: str) -> str | None:
        """Open the link of a line, agree, and copy the code out of the address bar."""
        link = link_in(line)
        return None if link is None else query(self.visitor.come_back(self.user_id, link))["code"]

    def tokens(self, reader: Reader, visitor: Visitor | None = None) -> dict[str, Any]:
        """Sign in at a guide's app, for guides that begin after that."""
        verifier = "v" * 43
        asked = {
            "response_type": "code", "client_id": reader.given["CLIENT_ID"], "redirect_uri": callback(reader),
            "scope": "openid profile offline_access", "code_challenge_method": "S256",
            "code_challenge": b64(sha256(verifier.encode()).digest()),
        }  # fmt: skip
        link = f"{self.server.url}/oauth2/authorize?{httpx.QueryParams(asked)}"
        code = query((visitor or self.visitor).come_back(self.user_id, link))["code"]
        fields = {"code": code, "redirect_uri": callback(reader), "code_verifier": verifier}
        return self.token(reader, grant_type="authorization_code", **fields)

    def token(self, reader: Reader, **fields: str) -> dict[str, Any]:
        """Ask for tokens as a guide's app."""
        login = (reader.given["CLIENT_ID"], reader.given["CLIENT_SECRET"])
        return httpx.post(f"{self.server.url}/oauth2/token", data=fields, auth=login).raise_for_status().json()


def callback(reader: Reader) -> str:
    return reader.here("http://localhost:5000/callback")


@pytest.fixture(scope="module")
def town(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Town]:
    del pages
    settings = {"RATE_LIMIT_FACTOR": "1000", "FETCH_ALLOW": "localhost"}
    folder = tmp_path_factory.mktemp("guides")
    server = Server(folder / "var", settings=settings)
    try:
        server.start()
        town = Town(server, folder)
        with town.visitor:
            yield town
    finally:
        server.stop()


def test_no_language_is_left_out() -> None:
    """Those of the simple flow run in test_wild_clients."""
    ours = [guide for guide in guides.ALL if guide is not guides.SIMPLE]
    kinds = {guide.name: {Path(file).suffix for file in guide.programs} for guide in ours}
    assert {
        name for name, found in kinds.items() if not found >= {".sh", ".py"} or not found & {".mjs", ".html"}
    } == set()
    assert set().union(*kinds.values()) == {*RUNS, ".html"}, "nobody would run it"


def test_websites(town: Town) -> None:
    reader = town.owner("authorization-code")
    (said,) = reader.run("sign-in.sh", answer=town.code)
    assert json.loads(said[said.rindex("{") :])["sub"] == town.user_id
    with reader.site("site_authlib.py", "flask", "--app", "site_authlib", "run", "--port", str(reader.port)):
        visit(town, f"http://localhost:{reader.port}")
    with reader.site("site.mjs"):
        visit(town, f"http://localhost:{reader.port}")


def visit(town: Town, site: str) -> None:
    http = town.visitor.http
    begun = http.get(f"{site}/sign-in")
    back = town.visitor.come_back(town.user_id, begun.headers["location"])
    assert back.startswith(f"{site}/callback?")
    greeted = http.get(back)
    greeted = http.get(f"{site}/") if greeted.status_code == 302 else greeted
    assert greeted.text == "Hello Ada"
    assert "again" in http.get(back).text, "the state was for this one time"
    assert "again" in httpx.get(f"{site}/callback?code=oc_x&state=guessed").text


@pytest.mark.browser
def test_public_apps(town: Town, browser: Browser) -> None:
    reader = town.follower("public-apps")
    (said,) = reader.run("public.sh", answer=town.code)
    assert IS_ADA.search(said)

    def browse(line: str) -> None:
        if link := link_in(line):
            assert httpx.get(town.visitor.come_back(town.user_id, link)).text == "You can close this window."

    (said,) = reader.run("desktop.py", answer=browse)
    assert IS_ADA.search(said)
    file = reader.folder / "index.html"
    file.write_text(file.read_text(encoding="utf-8").replace("CLIENT_ID", reader.given["CLIENT_ID"]))
    with reader.site("index.html", "http.server", str(reader.port), "--bind", "localhost"):
        sign_in_by_fetch(town, browser, f"http://localhost:{reader.port}/")


def sign_in_by_fetch(town: Town, browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=town.server.url)
    posted = context.request.post(
        "/session", form={"login": "ada", "password": PASSWORD}, headers={"origin": town.server.url}, max_redirects=0
    )
    assert posted.status == 303
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("Hello Ada")).to_be_visible()
    assert page.url == address, "the code stays nowhere"
    context.close()


def test_devices(town: Town) -> None:
    def agree(line: str) -> None:
        if code := user_code_in(line):
            form = {"user_code": code, "account": town.user_id, "decision": "authorize"}
            assert "device_allowed" in town.visitor.post("/device", **form).headers["location"]

    reader = town.follower("device")
    for said in reader.run(*(f"device.{one}" for one in IN_EACH), answer=agree):
        assert IS_ADA.search(said)


def test_staying_signed_in(town: Town) -> None:
    reader = town.owner("refresh-tokens")
    for one in IN_EACH:
        reader.given["REFRESH_TOKEN"] = old = town.tokens(reader)["refresh_token"]
        (said,) = reader.run(f"refresh.{one}")
        (new,) = set(re.findall(r"or_[\w-]+", said))
        assert new != old


def test_programs(town: Town) -> None:
    by_hand, *others = town.follower("client-credentials").run(*(f"machine.{one}" for one in IN_EACH))
    assert json.loads(by_hand)["expires_in"] == 600
    assert [said.strip() for said in others] == ["200", "200"]


def test_checking_and_ending(town: Town) -> None:
    reader = town.follower("checking-tokens")
    checks = ("introspect.py", "check_jwt.py", "introspect.mjs", "check_jwt.mjs")
    reader.given["ACCESS_TOKEN"] = good = town.token(reader, grant_type="client_credentials")["access_token"]
    assert {said.strip() for said in reader.run(*checks)} == {f"Good, for {reader.given['CLIENT_ID']}"}
    (said,) = reader.run("check.sh")
    assert re.findall(r'"active":(true|false)', said) == ["true", "false"]
    head, body, signature = good.split(".")
    reader.given["ACCESS_TOKEN"] = f"{head}.{body}.{signature[::-1]}"
    for process in [reader.begin(file) for file in checks]:
        assert "Good, for" not in process.communicate()[0]


def test_registration(town: Town) -> None:
    by_hand, *others = town.follower("registration").run(*(f"register.{one}" for one in IN_EACH))
    assert by_hand.count("registration_access_token") == 2
    for said in others:
        assert "ok_" in said
        assert "Plug-in 2" in said


def test_requests_sent_ahead(town: Town) -> None:
    for said in town.follower("pushed-requests").run(*(f"push.{one}" for one in IN_EACH), answer=town.code):
        assert "request_uri=" in said
        assert "openid profile" in said


def test_bound_tokens(town: Town) -> None:
    for said in town.follower("dpop").run(*(f"dpop.{one}" for one in IN_EACH), answer=town.code):
        assert IS_ADA.search(said)


def test_the_strictest_way(town: Town) -> None:
    reader = town.reader("fapi2")
    reader.run("make-key.sh")
    reader.follow()
    for said in reader.run(*(f"fapi2.{one}" for one in IN_EACH), answer=town.code):
        assert IS_ADA.search(said)


def test_signing_out(town: Town) -> None:
    """Each way to leave is heard by both programs, on both channels."""
    python, node = town.follower("sign-out"), town.follower("sign-out", "again")
    with python.site("hear.py") as one, node.site("hear.mjs") as other:
        for language in IN_EACH:
            with signed_in(town.server, "ada") as visitor:
                python.given["ID_TOKEN"] = token = town.tokens(python, visitor)["id_token"]
                town.tokens(node, visitor)
                link = python.run(f"leave.{language}")[0].split()[-1]
                leave(visitor, link, python.here("http://localhost:5000/bye?state="))
            sid = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sid"]
            assert heard(one) == heard(other) == [sid, sid]


def leave(visitor: Visitor, link: str, bye: str) -> None:
    left = visitor.http.get(link)
    frames = re.findall(r'<iframe src="([^"]+)"', left.text)
    assert len(frames) == 2
    assert bye in left.text
    for frame in frames:
        assert httpx.get(html.unescape(frame)).status_code == 200


def heard(process: subprocess.Popen[str]) -> list[str]:
    """Return the sessions of the next two notices."""
    assert process.stdout is not None
    sids = (line.split()[-1] for line in process.stdout if line.startswith("Signed out:"))
    return [next(sids), next(sids)]
