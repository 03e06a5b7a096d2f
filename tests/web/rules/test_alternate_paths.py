"""What one path refuses, every other path refuses, too: T013, T014, T023, T025, T030, T031, T033, T034, T040 and on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.runtime import app_log
from oauth2system.storage.database.columns import to_ms
from tests.attacks.accounts.test_enumeration import statements
from tests.attacks.protocol.test_redirect_uris import UNREGISTRABLE
from tests.support.in_process.door import runner_on
from tests.support.in_process.jwts import Key
from tests.support.in_process.oauth_apps import CB, OPERATOR, VERIFIER, App, Clock, House, answered, basic, challenge
from tests.web.clients.test_registration import ASKED as METADATA
from tests.web.clients.test_registration import made, manage, post, token

EVIL = "https://evil.example/cb"
PKCE = {"code_challenge": challenge(VERIFIER), "code_challenge_method": "S256"}
ASKED = {"response_type": "code", "scope": "openid", "state": "st", **PKCE}
GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT})


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on SQLite alone: what is tried here is decided before any database is asked."""
    return sqlite_url


@pytest.fixture
def runner(database_url: str, tmp_path: Path, clock: Clock) -> Any:
    with runner_on(database_url, tmp_path, clock=clock, DYNAMIC_REGISTRATION="token") as running:
        yield running


def visit(house: House, **query: str) -> httpx.Response:
    return house.door.get(f"/oauth2/authorize?{urlencode(query)}", cookie=house.ada.cookie)


def pushed(house: House, app: App, **fields: str) -> httpx.Response:
    return house.call("/oauth2/par", app, None, {**ASKED, **fields})


def signed(house: House, app: App, key: Key, clock: Clock, uri: str) -> str:
    inside = {**ASKED, "client_id": app.id, "redirect_uri": uri}
    return key.sign({"iss": app.id, "aud": house.base, "exp": to_ms(clock.now) // 1000 + 60, **inside})


Ask = Callable[[House, App, Key, Clock], httpx.Response]
BY: dict[str, Ask] = {
    **{
        mode: lambda house, app, _key, _clock, mode=mode: visit(
            house, client_id=app.id, redirect_uri=EVIL, response_mode=mode, **ASKED
        )
        for mode in ("query", "fragment", "form_post")
    },
    "PAR": lambda house, app, _key, _clock: pushed(house, app, redirect_uri=EVIL),
    "JAR": lambda house, app, key, clock: visit(
        house, client_id=app.id, request=signed(house, app, key, clock, EVIL)
    ),
    "JAR, with a good address outside": lambda house, app, key, clock: visit(
        house, client_id=app.id, redirect_uri=CB, request=signed(house, app, key, clock, EVIL)
    ),
    "JAR in PAR": lambda house, app, key, clock: house.call(
        "/oauth2/par", app, None, {"request": signed(house, app, key, clock, EVIL)}
    ),
    "simple": lambda house, app, _key, _clock: visit(house, client_id=app.id, scope="identify", redirect_uri=EVIL),
    "a post": lambda house, app, _key, _clock: house.door.get(
        house.call(
            "/oauth2/authorize", None, None, {"client_id": app.id, "redirect_uri": EVIL, **ASKED}
        ).headers["location"],
        cookie=house.ada.cookie,
    ),
    "the exchange": lambda house, app, _key, _clock: house.redeem(app, house.code(app), redirect_uri=EVIL),
}  # fmt: skip


@pytest.mark.parametrize("way", BY)
def test_t013_no_path_leads_to_an_address_that_is_not_registered(house: House, clock: Clock, way: str) -> None:
    key = Key()
    app = house.app("Every way", jwks=key.jwks, simple_flow=True, simple_redirect_uri=CB)
    answer = BY[way](house, app, key, clock)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert 'action="https://evil' not in answer.text


def test_t013_a_device_has_no_address_to_go_to(house: House) -> None:
    tv = house.public("TV", grant_types=GRANTS - {CLIENT_CREDENTIALS})
    told = house.call("/oauth2/device_authorization", tv, None, {"scope": "openid", "redirect_uri": EVIL}).json()
    form = {"user_code": told["user_code"], "account": house.ada.id, "decision": "authorize", "redirect_uri": EVIL}
    answer = house.door.post("/device", cookie=house.ada.cookie, data=form)
    assert answer.headers["location"].startswith("/device?")


@pytest.mark.parametrize("uri", UNREGISTRABLE)
def test_t014_no_program_registers_what_could_hurt(house: House, uri: str) -> None:
    refused = post(house, token(house), redirect_uris=[uri])
    assert refused.status_code == 400
    assert refused.json()["error"] in {"invalid_redirect_uri", "invalid_client_metadata"}


def test_t014_no_update_brings_in_what_could_hurt(house: House) -> None:
    told = made(house)
    for uri in UNREGISTRABLE:
        for member in ("redirect_uris", "post_logout_redirect_uris"):
            data = {**METADATA, "client_id": told["client_id"], member: [uri]}
            assert manage(house, told, "PUT", data).status_code == 400, (member, uri)
    assert manage(house, told).json()["redirect_uris"] == [CB]


@pytest.mark.parametrize("kind", ["token", "id_token", "code token", "code id_token", "none", "CODE", ""])
def test_t023_nothing_is_issued_for_another_response_type_by_any_path(
    house: House, c1: App, clock: Clock, kind: str
) -> None:
    key = Key()
    app = house.app("Signs", jwks=key.jwks, require_pkce=False)
    claims = {"iss": app.id, "aud": house.base, "exp": to_ms(clock.now) // 1000 + 60, "client_id": app.id}
    jwt = key.sign({**claims, "redirect_uri": CB, "scope": "openid", "response_type": kind})
    for answer in (
        visit(house, client_id=app.id, redirect_uri=CB, scope="openid", response_type=kind),
        visit(house, client_id=app.id, redirect_uri=CB, request=jwt),
    ):
        location = answer.headers["location"]
        assert "error=unsupported_response_type" in location or (kind == "" and "error=invalid_request" in location)
        assert "code=" not in location
        assert "access_token=" not in location
    refused = pushed(house, c1, redirect_uri=CB, response_type=kind)
    assert refused.json()["error"] in {"unsupported_response_type", "invalid_request"}


ALTERED = {"scope": "openid email", "client_id": "1", "redirect_uri": EVIL, "response_type": "token", "state": "forged",
           "nonce": "forged", "code_challenge": "A" * 43, "resource": "https://evil.example", "user": "1"}  # fmt: skip


@pytest.mark.parametrize("name", ALTERED)
def test_t025_nothing_of_a_standard_request_is_taken_from_the_browser_again(house: House, name: str) -> None:
    app = house.app("Asks", first_party=False)
    asked = house.authorize(app, scope="openid")
    cookie = f"{house.ada.cookie}; {asked.headers['set-cookie'].partition(';')[0]}"
    form = {"flow": answered(asked)["flow"], "account": house.ada.id, "decision": "authorize", name: ALTERED[name]}
    on = house.door.post("/consent", cookie=cookie, data=form).headers["location"]
    altered = urlencode({name: ALTERED[name]})
    answer = house.door.get(on if name == "client_id" else f"{on}&{altered}", cookie=cookie)
    assert answer.headers["location"].startswith(f"{CB}?code=")
    assert answered(answer)["state"] == "st"
    told = house.redeem(app, answered(answer)["code"])
    assert told.json()["scope"] == "openid"
    assert set(house.userinfo(told.json()["access_token"]).json()) == {"sub"}


@pytest.mark.parametrize("method", ["plain", "S512", "s256", None, ""])
def test_t030_a_public_app_uses_s256_and_no_other_method(house: House, p1: App, method: str | None) -> None:
    assert answered(house.authorize(p1, code_challenge_method=method))["error"] == "invalid_request"
    fields = {"redirect_uri": CB, "code_challenge_method": method or ""}
    assert pushed(house, p1, **fields).json()["error"] == "invalid_request"


@pytest.mark.parametrize("shape", ["A" * 42, "A" * 129, "A" * 42 + "=", "A" * 44, "A" * 42 + "+", "\u0410" * 43])
def test_t031_a_challenge_of_another_shape_is_refused(house: House, p1: App, shape: str) -> None:
    assert answered(house.authorize(p1, code_challenge=shape))["error"] == "invalid_request"
    assert pushed(house, p1, redirect_uri=CB, code_challenge=shape).json()["error"] == "invalid_request"


@pytest.mark.parametrize("kind", ["confidential", "public", "fapi2"])
def test_t033_a_link_whose_challenge_was_taken_away_leads_to_no_code(house: House, kind: str) -> None:
    app = {
        "confidential": lambda: house.app("Careful"),
        "public": lambda: house.public("Careful"),
        "fapi2": lambda: house.app(
            "Careful", profile="fapi2", token_endpoint_auth_method="private_key_jwt", jwks=Key().jwks
        ),
    }[kind]()
    stripped = answered(house.authorize(app, code_challenge=None, code_challenge_method=None))
    assert (stripped["error"], "code" in stripped) == ("invalid_request", False)


def test_t034_an_unknown_app_costs_what_a_wrong_secret_costs(
    house: House, c1: App, c2: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    for client_id, secret in (
        (c1.id, "ok_" + "A" * 54),
        ("999", c1.secret or ""),
        (c1.id, c2.secret or ""),
        ("999", ""),
    ):
        with statements(monkeypatch) as ran:
            shown = basic(client_id, secret)
            assert house.call("/oauth2/token", None, shown, {"grant_type": CLIENT_CREDENTIALS}).status_code == 401
        seen.append(ran)
    assert len(seen[0]) > 0
    assert all(ran == seen[0] for ran in seen)


def test_t040_the_owner_of_an_app_that_shows_anothers_code_reads_of_it(house: House, c1: App, c2: App) -> None:
    code = house.code(c1)
    assert house.redeem(c2, code).json()["error"] == "invalid_grant"
    house.runner.now(OPERATOR, app_log.write)
    (noted,) = house.runner.now(OPERATOR, app_log.list_views, c2.id)
    assert (noted.stage, noted.code, "another app" in noted.detail) == ("token", "invalid_grant", True)
    assert code not in repr(noted)
    assert house.redeem(c1, code).status_code == 200


def test_t055_the_server_of_one_resource_learns_nothing_of_a_token_for_another(house: House) -> None:
    here, there = "https://a.example", "https://b.example"
    client = house.app("Client", resources=(here, there))
    at_a, at_b = house.app("A", resources=(here,)), house.app("B", resources=(there,))
    token_for_a = house.tokens(client, resource=here)["access_token"]
    assert house.introspect(at_a, token_for_a)["aud"] == here
    assert house.introspect(at_b, token_for_a) == {"active": False}
    assert house.userinfo(token_for_a).json()["error"] == "invalid_token"


@pytest.mark.parametrize("resource", ["relative", "https://api.example/#f", "https://unknown.example"])
def test_t070_an_unknown_resource_is_refused_by_every_path(house: House, resource: str) -> None:
    app = house.app(resources=("https://api.example/",), grant_types=GRANTS)
    refused = [
        pushed(house, app, redirect_uri=CB, resource=resource),
        house.call("/oauth2/device_authorization", app, None, {"scope": "openid", "resource": resource}),
        house.redeem(app, house.code(app, resource="https://api.example/"), resource=resource),
    ]
    assert {answer.json()["error"] for answer in refused} == {"invalid_target"}
