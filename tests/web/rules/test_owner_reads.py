"""Line by line: whatever the protocol refuses an app, its owner reads, with what can be done about it."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.runtime import app_log
from oauth2system.runtime.app_log import EventView
from oauth2system.services.clients import registration
from tests.support.in_process.door import Person
from tests.support.in_process.oauth_apps import CB, GRANTS, OPERATOR, App, House, basic

OTHER = "https://elsewhere.example/cb"
WRONG = "ok_" + "A" * 54
NOBODY = Person("", "", "", "")


@pytest.fixture
def app(house: House) -> App:
    return house.app(grant_types=GRANTS | {DEVICE_GRANT})


def read(house: House, app: App) -> list[EventView]:
    house.runner.now(OPERATOR, app_log.write)
    return list(house.runner.now(OPERATOR, app_log.list_views, app.id))


Wrong = Callable[[House, App], Any]


def _call(path: str, **fields: Any) -> Wrong:
    return lambda house, app: house.call(path, app, None, fields)


def _two_ways(path: str) -> Wrong:
    """Authenticate in the header and in the form at once."""
    both = {"client_secret": "x"}
    return lambda house, app: house.call(path, app, None, {"client_id": app.id, **both})


def _no_secret(path: str) -> Wrong:
    return lambda house, app: house.call(path, None, basic(app.id, WRONG), {"token": "x"})


def _proof(house: House, app: App) -> None:
    house.token(app, headers={"dpop": "x"}, grant_type="client_credentials")


def _userinfo(house: House, app: App) -> None:
    tokens = house.tokens(app, scope="identify email")
    house.userinfo(tokens["access_token"])


def _poll(house: House, app: App) -> None:
    house.token(app, grant_type=DEVICE_GRANT, device_code="x")


REFUSED: list[tuple[str, Wrong, str, str]] = [
    (
        "an address that is not registered",
        lambda h, a: h.authorize(a, redirect_uri=OTHER),
        "authorize",
        "invalid_request",
    ),
    (
        "no PKCE",
        lambda h, a: h.authorize(a, code_challenge=None, code_challenge_method=None),
        "authorize",
        "invalid_request",
    ),
    ("a scope", lambda h, a: h.authorize(a, scope="unheard_of"), "authorize", "invalid_scope"),
    (
        "a signed request without keys",
        lambda h, a: h.authorize(a, request="x.y.z"),
        "authorize",
        "invalid_request_object",
    ),
    (
        "an old request_uri",
        lambda h, a: h.authorize(a, request_uri="urn:ietf:params:oauth:request_uri:x"),
        "authorize",
        "invalid_request_uri",
    ),
    ("prompt=none", lambda h, a: h.authorize(a, NOBODY, prompt="none"), "authorize", "login_required"),
    ("a wrong secret", _no_secret("/oauth2/token"), "token", "invalid_client"),
    ("two ways at once", _two_ways("/oauth2/token"), "token", "invalid_request"),
    ("two ways at introspection", _two_ways("/oauth2/introspect"), "introspect", "invalid_request"),
    (
        "another method",
        lambda h, a: h.call("/oauth2/token", None, None, {"client_id": a.id}),
        "token",
        "invalid_client",
    ),
    ("a grant type", _call("/oauth2/token", grant_type="password"), "token", "unsupported_grant_type"),
    ("a code", lambda h, a: h.redeem(a, "x"), "token", "invalid_grant"),
    ("a refresh token", lambda h, a: h.refresh(a, "x"), "token", "invalid_grant"),
    ("a DPoP proof", _proof, "token", "invalid_dpop_proof"),
    ("a device code", _poll, "token", "invalid_grant"),
    ("a pushed request", _call("/oauth2/par", response_type="code"), "par", "invalid_scope"),
    ("a wrong secret at PAR", _no_secret("/oauth2/par"), "par", "invalid_client"),
    (
        "a device's scope",
        _call("/oauth2/device_authorization", scope="unheard_of"),
        "device_authorization",
        "invalid_scope",
    ),
    ("introspecting nothing", _call("/oauth2/introspect"), "introspect", "invalid_request"),
    ("a wrong secret at introspection", _no_secret("/oauth2/introspect"), "introspect", "invalid_client"),
    ("revoking nothing", _call("/oauth2/revoke"), "revoke", "invalid_request"),
    (
        "revoking an ID token",
        lambda h, a: h.call("/oauth2/revoke", a, None, {"token": h.tokens(a)["id_token"]}),
        "revoke",
        "unsupported_token_type",
    ),
    ("a token without openid", _userinfo, "userinfo", "insufficient_scope"),
    (
        "leaving to an address",
        lambda h, a: h.door.get(f"/oauth2/end_session?client_id={a.id}&post_logout_redirect_uri={OTHER}"),
        "end_session",
        "invalid_request",
    ),
    (
        "leaving with a bad hint",
        lambda h, a: h.door.get(f"/oauth2/end_session?client_id={a.id}&id_token_hint=x"),
        "end_session",
        "invalid_request",
    ),
]


@pytest.mark.parametrize(("wrong", "stage", "code"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_the_owner_reads_of_every_refusal_and_what_to_do(
    house: House, app: App, wrong: Wrong, stage: str, code: str
) -> None:
    wrong(house, app)
    wrong(house, app)
    noted = read(house, app)
    assert [(one.stage, one.code, one.times) for one in noted] == [(stage, code, 2)]
    assert noted[0].detail
    assert noted[0].repair


def test_waiting_for_a_person_is_no_refusal(house: House) -> None:
    app = house.app(grant_types=frozenset({DEVICE_GRANT}), response_types=frozenset())
    codes = house.call("/oauth2/device_authorization", app, None, {"scope": "openid"}).json()
    answer = house.token(app, grant_type=DEVICE_GRANT, device_code=codes["device_code"])
    assert answer.json()["error"] == "authorization_pending"
    assert read(house, app) == []


def test_what_was_sent_stands_against_what_is_registered(house: House, app: App) -> None:
    house.authorize(app, redirect_uri=OTHER)
    house.call("/oauth2/token", None, None, {"client_id": app.id})
    noted = {one.stage: (one.sent, one.registered) for one in read(house, app)}
    assert noted == {"authorize": (OTHER, CB), "token": ("none", "client_secret_basic")}


def test_a_registration_that_is_managed_wrongly_is_read_of_too(house: House) -> None:
    bearer = house.runner.now(OPERATOR, registration.create_token, "ada", 1, 1).value
    told = _register(house, "POST", registration.PATH, bearer, {"redirect_uris": [CB]}).json()
    app, mine = App(told["client_id"], None), f"{registration.PATH}/{told['client_id']}"
    good = {"client_id": app.id, "redirect_uris": [CB]}
    wrong = {**good, "token_endpoint_auth_method": "private_key_jwt"}
    assert _register(house, "PUT", mine, told["registration_access_token"], wrong).status_code == 400
    assert _register(house, "GET", mine, bearer).status_code == 401
    noted = {(one.stage, one.code) for one in read(house, app) if one.repair}
    assert noted == {("register", "invalid_client_metadata"), ("register", "invalid_token")}


def _register(house: House, method: str, path: str, bearer: str, data: object = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
    return house.door.ask(method, path, headers=headers, content=json.dumps(data).encode() if data else None)
