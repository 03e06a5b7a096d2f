"""Only the very address that was registered gets an answer; everything else is a page (T001-T018)."""

import asyncio
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauth2system.errors import Invalid
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import apps, redirect_uris
from tests.support.in_process.browsers import path
from tests.support.in_process.story import App, Member, Story

CB = "https://app.example/cb"
STANDARD = "response_type=code&scope=identify&code_challenge=" + "E" * 43 + "&code_challenge_method=S256"


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Generator[Story]:
    """Give one house on SQLite: whether an address is trusted is decided before any database is asked again."""
    made = Story(sqlite_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def ada(house: Story) -> Member:
    return house.member()


@pytest.fixture
def c1(house: Story, ada: Member) -> App:
    return house.app(ada, redirect_uri=CB)


def is_page(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and "location" not in answer.headers and "<h1" in answer.text


def ask(who: Member, app: App, uri: str, more: str = STANDARD) -> httpx.Response:
    """Send an authorization request with this redirect URI, escaped so that it arrives as it is."""
    return who.get(f"/oauth2/authorize?client_id={app.client_id}&{more}&redirect_uri={quote(uri, safe='')}")


def is_trusted(who: Member, app: App, uri: str) -> bool:
    answer = ask(who, app, uri)
    if is_page(answer):
        return False
    assert path(answer) == "/consent"
    return True


NEARLY = {
    "T001": ["https://app.example/cb/"],
    "T002": [
        f"{CB}{more}" for more in ("?x=1", "?", "#f", "#", "/../cb", "%2f..", ";x", "/..;/x", "%00", " ", "\t", "\n")
    ]
    + ["https://app.example/CB", "https://app.example/%63b", " " + CB, "\ufeff" + CB],
    "T003": [
        "https://app.example.evil.tld/cb",
        "https://app.example@evil.tld/cb",
        "https://evil.tld\\@app.example/cb",
        "https://evil.tld#@app.example/cb",
        "https://app.example:444/cb",
        "https://app.example:443/cb",
        "//app.example/cb",
        "/cb",
        "http://app.example/cb",
    ],
    "T004": [
        "https://appXexample/cb",
        "https://app.example%2eevil.tld/cb",
        "https://*.example/cb",
        "https://app%2eexample/cb",
    ],
    "T005": [
        quote(CB, safe=""),
        quote(quote(CB, safe=""), safe=""),
        f"{CB}\r\nLocation: https://evil.tld",
        f"{CB}%0d%0aLocation:%20https://evil.tld",
        "https://app\uff0eexample/cb",
        "https://\u0430pp.example/cb",
        "https://app\u3002example/cb",
    ],
    "T009": ["HTTPS://app.example/cb", "https://APP.example/cb", "https://App.Example/cb"],
}


@pytest.mark.parametrize(("number", "uris"), NEARLY.items())
def test_t001_to_t009_what_is_nearly_the_address_is_a_page(ada: Member, c1: App, number: str, uris: list[str]) -> None:
    for uri in uris:
        answer = ask(ada, c1, uri)
        assert is_page(answer), (number, uri)
        assert "evil.tld" not in str(answer.headers), (number, uri)
    assert is_trusted(ada, c1, CB)


def test_t006_a_registered_query_is_part_of_the_address(house: Story, ada: Member) -> None:
    app = house.app(ada, redirect_uri=f"{CB}?a=1")
    assert [is_trusted(ada, app, CB + more) for more in ("?a=1", "", "?a=1&b=2", "?b=2", "?a=1&", "?a=%31")] == [
        True
    ] + [False] * 5
    answer = ada.decide(ask(ada, app, f"{CB}?a=1"), "cancel")
    assert answer.headers["location"].startswith(f"{CB}?a=1&error=access_denied")


def test_t007_a_program_on_the_device_chooses_its_port_and_nothing_else(house: Story, ada: Member) -> None:
    made = house.client(
        "ada", is_public=True, token_endpoint_auth_method="none", redirect_uris=("http://127.0.0.1/cb",)
    )
    native = App(made.client_id, "", "http://127.0.0.1/cb")
    assert is_trusted(ada, native, "http://127.0.0.1:51004/cb")
    for uri in (
        "http://127.0.0.1:51004/cb?x",
        "http://localhost:51004/cb",
        "http://127.0.0.2/cb",
        "https://127.0.0.1:1/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:51004/cb/",
        "http://127.0.0.1.evil.tld/cb",
        "http://127.0.0.1:1@evil.tld/cb",
        "http://127.1/cb",
        "http://2130706433/cb",
    ):
        assert not is_trusted(ada, native, uri), uri


def test_t007_a_web_app_on_loopback_has_one_port(house: Story, ada: Member) -> None:
    app = house.app(ada, redirect_uri="http://127.0.0.1:5000/cb")
    assert not is_trusted(ada, app, "http://127.0.0.1:5001/cb")


def test_t008_a_private_use_scheme_is_compared_like_the_rest(house: Story, ada: Member) -> None:
    app = house.app(ada, redirect_uri="com.example.app:/cb")
    for uri in ("com.example.other:/cb", "com.example.app://cb", "COM.example.app:/cb", "com.example.app:cb"):
        assert not is_trusted(ada, app, uri), uri
    with pytest.raises(Invalid):
        ada.do(redirect_uris.add, app.client_id, "myapp:")


async def _raw(house: Story, query_string: bytes) -> tuple[int, bytes]:
    """Ask with bytes that no client library would send."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/oauth2/authorize",
        "query_string": query_string,
        "headers": [],
    }
    await house.web(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


def test_t010_a_monstrous_address_is_a_page_at_once(house: Story, c1: App) -> None:
    start = f"client_id={c1.client_id}&{STANDARD}&redirect_uri=".encode()
    for uri in (
        b"https://a.example/" + b"x" * 100_000,
        b"http://[::1",
        b"%ff%fe",
        b"\xed\xa0\x80",
        b"%ED%A0%80",
        b"%00",
    ):
        began = time.process_time()
        status, body = asyncio.run(_raw(house, start + uri))
        assert (status, b"<h1" in body) == (400, True), uri[:20]
        assert time.process_time() - began < 0.5, uri[:20]


def mutations(text: str) -> st.SearchStrategy[str]:
    """Return strings that differ from this one in a few places."""
    place = st.integers(0, len(text))
    sign = st.characters(codec="utf-8")
    insert = st.tuples(place, sign).map(lambda at: text[: at[0]] + at[1] + text[at[0] :])
    drop = st.integers(0, len(text) - 1).map(lambda at: text[:at] + text[at + 1 :])
    swap = st.tuples(st.integers(0, len(text) - 1), sign).map(lambda at: text[: at[0]] + at[1] + text[at[0] + 1 :])
    other = st.text(min_size=1, max_size=40)  # an empty one counts as left out (RFC 6749 §3.1)
    return st.one_of(insert, drop, swap, other, other.map(text.__add__))


def test_t011_only_the_identical_string_passes(ada: Member, c1: App) -> None:
    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
    @given(uri=mutations(CB))
    def check(uri: str) -> None:
        assert is_page(ask(ada, c1, uri)) is (uri != CB)

    check()


@pytest.mark.parametrize(
    "fault",
    [
        "response_type=code&scope=unknown",
        "response_type=token&scope=identify",
        "response_type=nonsense&scope=identify",
        "scope=identify",
        f"{STANDARD}&claims=%7B",
        f"{STANDARD}&prompt=none+login",
        f"{STANDARD}&max_age=x",
        f"{STANDARD}&request=x.y.z",
        f"{STANDARD}&response_mode=fragment",
        f"{STANDARD}&response_mode=form_post",
        f"{STANDARD}&response_mode=nonsense",
        f"{STANDARD}&state={'x' * 3000}",
        f"{STANDARD}&scope=a&scope=b",
    ],
)
def test_t012_t013_the_address_is_judged_before_everything_that_would_redirect(
    ada: Member, c1: App, fault: str
) -> None:
    assert is_page(ask(ada, c1, "https://evil.tld/cb", fault))


UNREGISTRABLE = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://app.example/x",
    "https://u:p@app.example/cb",
    "https://app.example/cb#fragment",
    "https://*.app.example/cb",
    "/relative",
    "//app.example/cb",
    "https://",
    "https:///cb",
    "https://app.example:0/cb",
    "https://app.example:99999/cb",
    "https://[::1/cb",
    "https://app.example/cb\r\nx: y",
    "https://app.example/c b",
    "https://app.example/%zz",
    "https://\u0430pp.example/cb",
    "https://app.example/../cb",
    "https://app.example\\cb",
    "http://app.example/cb",
    "",
]


@pytest.mark.parametrize("uri", UNREGISTRABLE)
def test_t014_what_could_hurt_is_registered_nowhere(house: Story, ada: Member, uri: str) -> None:
    client_id = ada.do(apps.create, "Poetry").client_id
    with pytest.raises(Invalid):
        ada.do(redirect_uris.add, client_id, uri)
    with pytest.raises((InvalidRedirectUri, InvalidClientMetadata)):
        house.ask(all_apps.create_for, "ada", {"client_name": "Poetry", "redirect_uris": [uri]})


def test_t017_of_several_addresses_one_must_be_named(ada: Member, c1: App) -> None:
    ada.do(redirect_uris.add, c1.client_id, f"{CB}/2")
    assert is_page(ada.get(f"/oauth2/authorize?client_id={c1.client_id}&{STANDARD}"))


def test_t018_unknown_and_disabled_look_the_same(house: Story, ada: Member, c1: App) -> None:
    house.ask(all_apps.disable, c1.client_id)
    grace = house.member("grace")
    known, unknown = (ask(grace, App(client_id, "", CB), CB) for client_id in (c1.client_id, "1"))
    assert is_page(known)
    assert known.text == unknown.text
    simple = [grace.get(f"/oauth2/authorize?client_id={client_id}&scope=identify") for client_id in (c1.client_id, "1")]
    assert simple[0].text == simple[1].text == known.text
    assert "Open the details" in ask(ada, c1, CB).text  # its owner reads why


def test_t018_an_app_named_twice_or_not_at_all_is_a_page(ada: Member, c1: App) -> None:
    for start in ("", f"client_id={c1.client_id}&client_id={c1.client_id}", f"client_id={c1.client_id}&client_id=1"):
        assert is_page(ada.get(f"/oauth2/authorize?{start}&{STANDARD}&redirect_uri={quote(CB, safe='')}")), start
        assert is_page(ada.get(f"/oauth2/authorize?{start}&scope=identify")), start
