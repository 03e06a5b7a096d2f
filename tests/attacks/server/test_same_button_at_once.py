"""The same button of the way in, four times at the same moment: every answer arrives soon, and says what is true."""

import re
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from tests.support.browsers.bare_browsers import mailed_link
from tests.support.browsers.visitor import PASSWORD, Visitor, member, query, signed_in
from tests.support.servers.server import Server

pytestmark = [pytest.mark.timeout(240)]

PRESSES = 4
ROUNDS = 4
SOON_SECONDS = 15
CALLBACK = "https://site.example/cb"
AGREED = "You have already answered this request, and you agreed."
REFUSED = "You have already answered this request: you did not agree."
DEVICE_AGREED = "You have answered this already, and you agreed."
DEVICE_REFUSED = "You have answered this already: you did not agree."
DEVICE_DONE = "The device is connected."
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """A server with one person and their app."""

    server: Server
    user_id: str
    client_id: str
    secret: str

    def flow(self, visitor: Visitor) -> str:
        """Begin a request; returns its handle."""
        asked = {"client_id": self.client_id, "redirect_uri": CALLBACK, "response_type": "code", "prompt": "consent"}
        answer = visitor.http.get("/oauth2/authorize", params={**asked, "scope": "openid email"})
        return query(answer.headers["location"])["flow"]

    def user_code(self) -> str:
        """Let a device ask for its codes."""
        asked = {"client_id": self.client_id, "scope": "openid"}
        url = f"{self.server.url}/oauth2/device_authorization"
        return httpx.post(url, data=asked, auth=(self.client_id, self.secret)).json()["user_code"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    del pages
    settings = {"RATE_LIMIT_FACTOR": "1000"}
    if request.param == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("postgresql").create()
    server = Server(tmp_path_factory.mktemp("presses") / "var", settings=settings)
    try:
        user_id = member(server, "ada")
        grants = ["--grant", "authorization_code", "--grant", "urn:ietf:params:oauth:grant-type:device_code"]
        uris = ["--redirect-uri", CALLBACK, "--post-logout-redirect-uri", CALLBACK]
        app = server.ask("app", "create", "Harbour", "--owner", "ada", *uris, *grants, "--no-pkce")
        yield Place(server.start(), user_id, app["client_id"], app["client_secret"])
    finally:
        server.stop()


def pressed(visitor: Visitor, path: str, fields: Sequence[dict[str, str]]) -> list[str]:
    """Send a form with each of these fields, all at once; returns where each browser window ends: a text, an address.

    Fails when an answer is an error, or does not come soon.
    """
    together = Barrier(len(fields))

    def one(sent: dict[str, str]) -> str:
        with Visitor(visitor.url) as window:
            window.http.cookies = httpx.Cookies(visitor.http.cookies)
            together.wait(30)
            began = time.monotonic()
            answer = window.post(path, **sent)
            while answer.is_redirect and answer.headers["location"].startswith("/"):
                answer = window.http.get(answer.headers["location"])
            assert time.monotonic() - began < SOON_SECONDS
        assert answer.status_code in {200, 303}, text_of(answer)
        return answer.headers.get("location") or text_of(answer)

    with ThreadPoolExecutor(len(fields)) as windows:
        return list(windows.map(one, fields))


def text_of(answer: httpx.Response) -> str:
    return " ".join(unescape(_TAG.sub(" ", answer.text)).split())


@pytest.mark.parametrize("decisions", [["authorize"] * PRESSES, ["cancel"] * PRESSES, ["authorize", "cancel"] * 2])
def test_a_device_is_answered_once_and_every_press_says_how(place: Place, decisions: list[str]) -> None:
    with signed_in(place.server, "ada") as ada:
        for _each in range(ROUNDS):
            code = place.user_code()
            fields = [{"user_code": code, "account": place.user_id, "decision": one} for one in decisions]
            said = pressed(ada, "/device", fields)
            first = [text for text in said if DEVICE_DONE in text or "The device was not connected." in text]
            later = DEVICE_AGREED if DEVICE_DONE in first[0] else DEVICE_REFUSED
            assert [len(first), sum(later in text for text in said)] == [1, len(said) - 1], said


@pytest.mark.parametrize("decisions", [["authorize"] * PRESSES, ["cancel"] * PRESSES, ["authorize", "cancel"] * 2])
def test_one_press_leads_to_the_site_and_the_others_say_that_the_request_was_answered(
    place: Place, decisions: list[str]
) -> None:
    with signed_in(place.server, "ada") as ada:
        for _each in range(ROUNDS):
            flow = place.flow(ada)
            fields = [{"flow": flow, "account": place.user_id, "decision": one} for one in decisions]
            said = pressed(ada, "/consent", fields)
            (led,) = [where for where in said if where.startswith(CALLBACK)]
            later = AGREED if "code" in query(led) else REFUSED
            rest = [text for text in said if text != led]
            assert all(later in text and "Back to Harbour" in text for text in rest), rest


def test_every_press_signs_in(place: Place) -> None:
    with Visitor(place.server.url) as visitor:
        said = pressed(visitor, "/session", [{"login": "ada", "password": PASSWORD, "next": "/device"}] * PRESSES)
    assert all("Connect a device" in text for text in said), said


def test_every_press_on_sign_out_says_that_one_is_signed_out(place: Place) -> None:
    with signed_in(place.server, "ada") as ada:
        asked = ada.http.get("/oauth2/end_session").text
        (handle,) = re.findall(r'name="leaving" value="([^"]+)"', asked)
        said = pressed(ada, "/session/leave", [{"leaving": handle}] * PRESSES)
        assert all("You are signed out." in text for text in said), said
    with signed_in(place.server, "ada") as ada:
        said = pressed(ada, "/session/end", [dict[str, str]()] * PRESSES)
        assert all("You are signed out." in text for text in said), said


def test_one_account_is_made_and_every_press_says_that_a_mail_is_on_its_way(place: Place) -> None:
    fields = {"username": "twice", "email": "twice@example.org", "password": PASSWORD}
    with Visitor(place.server.url) as visitor:
        said = pressed(visitor, "/registration", [fields] * PRESSES)
    # A window whose account was replaced by the next press does not know the address any more; a press that comes after
    # the account was made reads that its name is taken.
    odd = [
        text for text in said if not re.search("We sen[dt] a link to (your address|twice@example.org)|is taken", text)
    ]
    assert odd == []
    people = [one["username"] for one in place.server.ask("user", "list")]
    assert people.count("twice") == 1


def test_an_address_is_confirmed_once_and_every_press_says_that_it_is(place: Place) -> None:
    with Visitor(place.server.url) as visitor:
        visitor.post("/registration", username="sure", email="sure@example.org", password=PASSWORD)
        token = query(mailed_link(place.server.url, "sure@example.org"))["token"]
        said = pressed(visitor, "/account/email_confirm", [{"token": token, "password": PASSWORD}] * PRESSES)
    good = ("Your email is confirmed", "This address is already confirmed.")
    assert all(any(words in text for words in good) for text in said), said


def test_every_press_for_a_new_password_says_that_a_mail_is_on_its_way(place: Place) -> None:
    with Visitor(place.server.url) as visitor:
        said = pressed(visitor, "/account/password_reset", [{"email": "ada@example.org"}] * PRESSES)
    assert all("a link is on its way" in text for text in said), said


def test_a_password_is_set_once_and_every_press_says_that_it_was(place: Place) -> None:
    member(place.server, "forgetful")
    with Visitor(place.server.url) as visitor:
        visitor.post("/account/password_reset", email="forgetful@example.org")
        token = query(mailed_link(place.server.url, "forgetful@example.org"))["token"]
        fields = {"token": token, "password": "a quite different pass phrase"}
        said = pressed(visitor, "/account/password_reset/new", [fields] * PRESSES)
    done = [text for text in said if "Your new password is set." in text]
    used = [text for text in said if "a new password was set with it" in text]
    assert [len(done), len(used)] == [1, PRESSES - 1], said
