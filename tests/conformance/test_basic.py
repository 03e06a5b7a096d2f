"""The modules of the Basic and Dynamic plans that send one request: named after the module, sent as it sends them."""

import json
from typing import Any

import httpx
import pytest

from oauth2system.policy import lifetimes
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.protocol.jose import jws
from oauth2system.services.keys import keyring
from tests.support.in_process.door import person
from tests.support.in_process.jwts import unsigned
from tests.support.in_process.oauth_apps import CB, VERIFIER, App, Clock, House, answered, challenge

NO_PKCE: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None, "scope": "openid"}

SUCCEEDS: list[tuple[str, dict[str, Any]]] = [
    ("oidcc-server", {}),
    ("oidcc-ensure-request-without-nonce-succeeds-for-code-flow", {"nonce": None}),
    ("oidcc-scope-profile", {"scope": "openid profile"}),
    ("oidcc-scope-email", {"scope": "openid email"}),
    ("oidcc-scope-address", {"scope": "openid address"}),
    ("oidcc-scope-phone", {"scope": "openid phone"}),
    ("oidcc-scope-all", {"scope": "openid profile email address phone"}),
    ("oidcc-alternate-happy-flow", {"scope": "email openid"}),
    ("oidcc-display-page", {"display": "page"}),
    ("oidcc-display-popup", {"display": "popup"}),
    ("oidcc-prompt-none-logged-in", {"prompt": "none"}),
    ("oidcc-max-age-10000", {"max_age": "10000"}),
    ("oidcc-ensure-request-with-unknown-parameter-succeeds", {"extra": "foobar"}),
    ("oidcc-login-hint", {"login_hint": "buffy@localhost"}),
    ("oidcc-ui-locales", {"ui_locales": "se"}),
    ("oidcc-claims-locales", {"claims_locales": "se"}),
    ("oidcc-ensure-request-with-acr-values-succeeds", {"acr_values": "1 2"}),
    ("oidcc-claims-essential", {"claims": json.dumps({"userinfo": {"name": {"essential": True}}})}),
    (
        "oidcc-ensure-request-with-valid-pkce-succeeds",
        {"code_challenge": challenge(VERIFIER), "code_challenge_method": "S256"},
    ),
]


def told(house: House, client: App, **changes: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Go through the code flow; returns the token answer and the ID token's claims."""
    asked: dict[str, Any] = {**NO_PKCE, **changes}
    code = house.code(client, **asked)
    verifier = VERIFIER if asked["code_challenge"] else None
    answer = house.redeem(client, code, code_verifier=verifier)
    assert answer.status_code == 200, answer.text
    brought = answer.json()
    return brought, json.loads(jws.decode(brought["id_token"].split(".")[1]))


@pytest.mark.parametrize(("module", "changes"), SUCCEEDS, ids=[module for module, _ in SUCCEEDS])
def test_a_request_that_must_succeed_does(house: House, client: App, module: str, changes: dict[str, Any]) -> None:
    brought, claims = told(house, client, **changes)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (house.base, client.id, house.ada.id), module
    assert claims.get("nonce") == changes.get("nonce", "no")
    assert house.userinfo(brought["access_token"]).json()["sub"] == house.ada.id


def test_oidcc_ensure_request_with_acr_values_succeeds(house: House, client: App) -> None:
    """OIDC Core §5.5.1.1 says SHOULD; the module warns when the answer names none of those asked for."""
    assert told(house, client, acr_values="1 2")[1]["acr"] == "1"


def test_oidcc_claims_essential(house: House, client: App) -> None:
    brought, _ = told(house, client, claims=json.dumps({"userinfo": {"name": {"essential": True}}}))
    assert house.userinfo(brought["access_token"]).json()["name"] == "Ada"


def test_oidcc_max_age_10000(house: House, client: App) -> None:
    _, first = told(house, client)
    _, second = told(house, client, max_age="10000")
    assert (first["auth_time"], first["sub"]) == (second["auth_time"], second["sub"])


REFUSED: list[tuple[str, dict[str, Any], set[str]]] = [
    ("oidcc-response-type-missing", {"response_type": None}, {"invalid_request", "unsupported_response_type"}),
    (
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        {"request_uri": "https://suite.example/request.jwt"},
        {"request_uri_not_supported"},
    ),
    (
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        {"request": unsigned({"alg": "none"}, {"state": "other"})},
        {"request_not_supported", "invalid_request_object"},
    ),
]


@pytest.mark.parametrize(("module", "changes", "codes"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_request_that_must_be_refused_is(
    house: House, client: App, module: str, changes: dict[str, Any], codes: set[str]
) -> None:
    back = answered(house.authorize(client, **{**NO_PKCE, **changes}))
    assert back["error"] in codes, module
    assert (back["state"], back["iss"]) == ("st", house.base)
    assert set(back) <= {"error", "error_description", "state", "iss"}


def test_oidcc_prompt_none_not_logged_in(house: House, client: App) -> None:
    query = f"response_type=code&client_id={client.id}&redirect_uri={CB}&scope=openid&state=st&prompt=none"
    back = answered(house.door.get(f"/oauth2/authorize?{query}"))
    assert (back["error"], back["state"]) == ("login_required", "st")


def test_oidcc_ensure_registered_redirect_uri(house: House, client: App) -> None:
    assert is_a_page(house.authorize(client, redirect_uri=f"{CB}/not-registered"))


def test_oidcc_ensure_redirect_uri_in_authorization_request(house: House) -> None:
    several = house.app("Several", redirect_uris=(CB, f"{CB}2"), require_pkce=False)
    for app in (several, house.app("One", require_pkce=False)):
        assert is_a_page(house.authorize(app, redirect_uri=None))


@pytest.mark.parametrize(
    ("registered", "sent", "good"),
    [
        pytest.param(f"{CB}?foo=bar", f"{CB}?foo=bar", True, id="oidcc-redirect-uri-query-OK"),
        pytest.param(f"{CB}?foo=bar", f"{CB}?foo=baz", False, id="oidcc-redirect-uri-query-mismatch"),
        pytest.param(CB, f"{CB}?foo=bar", False, id="oidcc-redirect-uri-query-added"),
    ],
)
def test_a_query_is_part_of_the_redirect_uri(house: House, registered: str, sent: str, good: bool) -> None:
    answer = house.authorize(house.app("Query", redirect_uris=(registered,)), redirect_uri=sent)
    if not good:
        assert is_a_page(answer)
        return
    assert {"foo", "code", "state", "iss"} == set(answered(answer))


def test_oidcc_codereuse(house: House, client: App, clock: Clock) -> None:
    """Twice at once, and again after half a minute: refused, and what the code brought is ended."""
    for later in (0, 30):
        code = house.code(client, **NO_PKCE)
        brought = house.redeem(client, code, code_verifier=None).json()
        clock.pass_by(seconds=later)
        again = house.redeem(client, code, code_verifier=None)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert not house.works(brought["access_token"])


def test_oidcc_refresh_token(house: House, client: App) -> None:
    """Good for its client, with a new ID token that says the same; nothing to another client."""
    brought, first = told(house, client, scope="openid offline_access")
    other = house.refresh(house.app("Other"), brought["refresh_token"])
    assert (other.status_code, other.json()["error"]) == (400, "invalid_grant")
    answer = house.refresh(client, brought["refresh_token"], scope="openid offline_access")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    second = json.loads(jws.decode(answer.json()["id_token"].split(".")[1]))
    assert all(first[name] == second[name] for name in ("iss", "sub", "aud", "auth_time"))
    assert "nonce" not in second
    assert answer.json()["access_token"] != brought["access_token"]


def test_oidcc_id_token_hint(house: House, client: App) -> None:
    brought, first = told(house, client)
    hint: dict[str, Any] = {"prompt": "none", "id_token_hint": brought["id_token"]}
    _, second = told(house, client, **hint)
    assert (first["sub"], first["auth_time"]) == (second["sub"], second["auth_time"])
    bob = person(house.runner, "bob")
    assert answered(house.authorize(client, bob, **NO_PKCE, **hint))["error"] == "login_required"


def test_oidcc_server_rotate_keys(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new key stands in the JWKS when its operator looks, and the old one is still there."""
    monkeypatch.setattr(lifetimes, "KEYRING_FRESH", Lifetime(seconds=0))
    before = kids(house)
    keyring.rotate(house.runner)
    after = kids(house)
    assert before < after
    assert len(after) == len(house.door.get("/oauth2/jwks").json()["keys"])


def kids(house: House) -> set[str]:
    return {key["kid"] for key in house.door.get("/oauth2/jwks").json()["keys"] if key["use"] == "sig"}


def is_a_page(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and "location" not in answer.headers and "<h1" in answer.text
