"""Signed authorization requests (RFC 9101), by value: at authorize and inside a push."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.protocol.jose.strict_json import dump
from tests.support.in_process.jwts import ASSERTION
from tests.support.in_process.oauth_apps import CB, VERIFIER, App, Clock, House, answered, challenge, signing_keys

PROOF = {"iss", "sub", "aud", "exp", "nbf", "jti"}


@pytest.fixture
def key() -> SigningKey:
    return next(key for key in signing_keys() if key.alg == "ES256")


def jwks(key: SigningKey) -> str:
    return dump({"keys": [jose.public_jwk(key)]}).decode()


@pytest.fixture
def signer(house: House, key: SigningKey) -> App:
    return house.app("Signer", jwks=jwks(key), require_pkce=False)


def claims(house: House, app: App, clock: Clock, **changes: Any) -> dict[str, Any]:
    now = int(clock.now.timestamp())
    plain = {
        "iss": app.id, "aud": house.base, "exp": now + 300, "nbf": now, "client_id": app.id,
        "response_type": "code", "redirect_uri": CB, "scope": "openid email", "state": "inside", "nonce": "n",
        "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256", "max_age": 10_000,
    }  # fmt: skip
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def ask(house: House, app: App, jwt: str, **outside: str) -> httpx.Response:
    query = urlencode({"client_id": app.id, "request": jwt, **outside})
    return house.door.get(f"/oauth2/authorize?{query}", cookie=house.ada.cookie)


def test_t069_only_what_is_inside_counts(house: House, signer: App, key: SigningKey, clock: Clock) -> None:
    jwt = jose.sign(key, claims(house, signer, clock), "oauth-authz-req+jwt")
    answer = ask(house, signer, jwt, state="outside", redirect_uri="https://evil.example/", scope="profile")
    assert answer.headers["location"].startswith(CB)
    assert answered(answer)["state"] == "inside"
    told = house.redeem(signer, answered(answer)["code"]).json()
    assert told["scope"] == "openid email"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example"},
        {"iss": "1"},
        {"client_id": "1"},
        {"exp": 1},
        {"nbf": 9_999_999_999},
        {"request": "x"},
        {"request_uri": "urn:x"},
    ],
)
def test_t069_a_request_object_that_is_wrong_is_refused(
    house: House, signer: App, key: SigningKey, clock: Clock, changes: dict[str, Any]
) -> None:
    jwt = jose.sign(key, claims(house, signer, clock, **changes), "oauth-authz-req+jwt")
    page = ask(house, signer, jwt, scope="openid")
    assert page.status_code == 400  # nothing proven: a page
    assert "invalid_request_object" in page.text
    assert answered(ask(house, signer, jwt, redirect_uri=CB))["error"] == "invalid_request_object"


def test_t069_a_signature_of_another_key_or_none_is_refused(house: House, signer: App, clock: Clock) -> None:
    other = jose.sign(jose.generate("ES256"), claims(house, signer, clock))
    none = f"eyJhbGciOiJub25lIn0.{other.split('.')[1]}."
    for jwt in (other, none, "x", other[:-4]):
        assert answered(ask(house, signer, jwt, redirect_uri=CB))["error"] == "invalid_request_object"


def test_an_app_without_keys_cannot_sign(house: House, c1: App, key: SigningKey, clock: Clock) -> None:
    jwt = jose.sign(key, claims(house, c1, clock))
    assert answered(ask(house, c1, jwt, redirect_uri=CB))["error"] == "invalid_request_object"


def test_an_app_may_demand_that_its_requests_are_signed(house: House, key: SigningKey, clock: Clock) -> None:
    app = house.app("Demanding", jwks=jwks(key), require_signed_request_object=True, require_pkce=False)
    assert answered(house.authorize(app))["error"] == "invalid_request"
    assert "code" in answered(ask(house, app, jose.sign(key, claims(house, app, clock))))


def test_a_signed_request_can_be_pushed(house: House, signer: App, key: SigningKey, clock: Clock) -> None:
    jwt = jose.sign(key, claims(house, signer, clock))
    kept = house.call("/oauth2/par", signer, None, {"request": jwt})
    assert kept.status_code == 201, kept.text
    query = urlencode({"client_id": signer.id, "request_uri": kept.json()["request_uri"]})
    assert answered(house.door.get(f"/oauth2/authorize?{query}", cookie=house.ada.cookie))["state"] == "inside"
    bad = house.call("/oauth2/par", signer, None, {"request": jose.sign(key, claims(house, signer, clock, exp=1))})
    assert bad.json()["error"] == "invalid_request_object"


def test_a_signed_request_found_in_a_browser_does_not_prove_its_app(
    house: House, key: SigningKey, clock: Clock
) -> None:
    """RFC 9101 §10.8: it has all that a client assertion has."""
    app = house.app("Both", jwks=jwks(key), token_endpoint_auth_method="private_key_jwt", require_pkce=False)
    found = jose.sign(key, claims(house, app, clock, sub=app.id, jti="1"))
    assert "code" in answered(ask(house, app, found))
    fields = {"client_assertion_type": ASSERTION, "client_assertion": found, "grant_type": "client_credentials"}
    refused = house.call("/oauth2/token", None, None, fields)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    plain = {name: value for name, value in claims(house, app, clock, sub=app.id, jti="1").items() if name in PROOF}
    fields["client_assertion"] = jose.sign(key, plain)
    assert house.call("/oauth2/token", None, None, fields).status_code == 200


def test_discovery_says_so(house: House) -> None:
    told = json.loads(house.door.get("/.well-known/openid-configuration").content)
    assert told["request_parameter_supported"] is True
    assert told["request_uri_parameter_supported"] is False
    assert told["pushed_authorization_request_endpoint"] == f"{house.base}/oauth2/par"
