"""A request is read in one way only: nothing comes twice, from two places, or through another door (T022, T026)."""

import asyncio
import re
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.web.app import Web
from tests.support.in_process.oauth_apps import CB, VERIFIER, App, House, answered, basic, challenge

ASKED = {
    "response_type": "code", "scope": "openid", "state": "st", "nonce": "n", "prompt": "none", "max_age": "9000",
    "claims": "{}", "response_mode": "query", "login_hint": "ada", "acr_values": "1", "ui_locales": "en",
    "display": "page", "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256", "unheard_of": "x",
}  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on SQLite alone: what is tried here is decided before any database is asked."""
    return sqlite_url


def twice(fields: dict[str, str], name: str, second: str) -> str:
    return urlencode([*fields.items(), (name, second)])


@pytest.mark.parametrize("name", ASKED)
def test_t022_every_parameter_of_an_authorization_comes_once(house: House, c1: App, name: str) -> None:
    known = {"client_id": c1.id, "redirect_uri": CB, **ASKED}
    for second in (ASKED[name], f"{ASKED[name]}1"):
        raw = twice(known, name, second)
        answer = house.door.get(f"/oauth2/authorize?{raw}", cookie=house.ada.cookie)
        if name == "state":  # the site could not be answered as it expects
            assert (answer.status_code, "location" in answer.headers) == (400, False)
        else:
            assert answered(answer)["error"] == "invalid_request"
            assert "code" not in answered(answer)
        pushed = posted(house, "/oauth2/par", raw, c1)
        assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_request")


def posted(house: House, path: str, raw: str, app: App | None = None, **headers: str) -> httpx.Response:
    kind = {"content-type": "application/x-www-form-urlencoded", **(app.headers() if app else {}), **headers}
    return house.door.ask("POST", path, headers=kind, content=raw.encode())


PROGRAMS = {
    "/oauth2/token": {"grant_type": "client_credentials", "scope": "email", "resource": ""},
    "/oauth2/introspect": {"token": "x", "token_type_hint": "access_token"},
    "/oauth2/revoke": {"token": "x", "token_type_hint": "access_token"},
    "/oauth2/device_authorization": {"scope": "openid"},
    "/oauth2/par": {"response_type": "code", "scope": "openid", "redirect_uri": CB},
}


@pytest.mark.parametrize("path", PROGRAMS)
def test_t022_every_parameter_of_a_program_comes_once(house: House, c1: App, path: str) -> None:
    fields = {**PROGRAMS[path], "unheard_of": "x"}
    for name, value in fields.items():
        for second in (value, f"{value}1"):
            if value:
                answer = posted(house, path, twice(fields, name, second), c1)
                assert answer.status_code == 400, (name, answer.text)
                assert answer.json()["error"] in {"invalid_request", "unauthorized_client"}, name


@pytest.mark.parametrize("name", ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "unheard_of"])
def test_t022_every_parameter_of_a_sign_out_comes_once(house: House, c1: App, name: str) -> None:
    fields = {"client_id": c1.id, "state": "s", "post_logout_redirect_uri": CB, "unheard_of": "x", "id_token_hint": "x"}
    answer = house.door.get(f"/oauth2/end_session?{twice(fields, name, fields[name])}", cookie=house.ada.cookie)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    "smuggled", ["scope=email;scope=identify", "scope[]=email", "scope.x=email", "filename*=email"]
)
def test_t022_no_other_spelling_brings_a_field(house: House, c1: App, smuggled: str) -> None:
    answer = posted(house, "/oauth2/token", f"grant_type=client_credentials&{smuggled}", c1).json()
    assert "email" not in answer.get("scope", "").split()
    assert "identify" not in answer.get("scope", "").split()


@pytest.mark.parametrize("path", PROGRAMS)
def test_t022_nothing_in_the_address_counts_where_a_form_is_posted(house: House, c1: App, path: str) -> None:
    secret = urlencode({"client_id": c1.id, "client_secret": c1.secret, **PROGRAMS[path]})
    assert posted(house, f"{path}?{secret}", "").status_code == 401
    beside = posted(house, f"{path}?scope=email", "grant_type=client_credentials", c1)
    assert "email" not in beside.json().get("scope", "")


KIND = ("content-type", "application/x-www-form-urlencoded")


async def _raw(house: House, path: str, headers: list[tuple[str, str]], body: bytes) -> httpx.Response:
    transport = httpx.ASGITransport(app=Web(house.runner))
    async with httpx.AsyncClient(transport=transport, base_url=house.base) as client:
        return await client.post(path, headers=headers, content=body)


SHOWN_TO = [*PROGRAMS, "/oauth2/userinfo", "/api/user"]


@pytest.mark.parametrize("path", SHOWN_TO)
def test_two_authorization_headers_are_never_chosen_from(house: House, c1: App, c2: App, path: str) -> None:
    """A proxy in front of us may have looked at the other one."""
    good, other = (app.headers()["authorization"] for app in (c1, c2))
    if path in {"/oauth2/userinfo", "/api/user"}:
        good, other = (f"Bearer {house.tokens(app)['access_token']}" for app in (c1, c2))
    body = urlencode(PROGRAMS.get(path, {})).encode()
    for pair in ((good, other), (good, good)):
        headers = [KIND, *(("authorization", value) for value in pair)]
        answer = asyncio.run(_raw(house, path, headers, body))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


HOSTILE = ['"\r\n<script>alert(1)</script>\\', "\u2028\u202e\x1b[31m\u00e9", "%0d%0aSet-Cookie: a=b"]
ALLOWED = r"[\x20\x21\x23-\x5b\x5d-\x7e]*"


@pytest.mark.parametrize("path", PROGRAMS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_t026_no_program_is_told_what_it_sent(house: House, c1: App, path: str, hostile: str) -> None:
    fields: dict[str, Any] = {**PROGRAMS[path], "redirect_uri": CB, "code": "x", "response_mode": "query"}
    for name in (*fields, "client_id", "client_assertion", "client_assertion_type", "request", "dpop_jkt", "prompt"):
        answer = house.call(path, c1, None, {**fields, name: hostile})
        assert answer.status_code < 500, name
        told: dict[str, Any] = answer.json() if answer.content else {}
        if "error" in told:
            assert re.fullmatch(ALLOWED, told["error"]), name
            assert re.fullmatch(ALLOWED, told["error_description"]), name
        assert hostile not in answer.text, name
        assert not [value for value in answer.headers.values() if "alert" in value or "a=b" in value]
    for head in (basic(hostile, "x"), {"authorization": f"Basic {hostile.encode().hex()}"}):
        answer = house.call(path, None, head, fields)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
