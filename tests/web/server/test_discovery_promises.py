"""What discovery lists is tried, and what it does not list is refused: algorithms, methods, endpoints (T020)."""

from typing import Any

import httpx
import pytest

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, DEVICE_GRANT
from oauth2system.storage.database.columns import to_ms
from oauth2system.web.app import METADATA, ROUTES
from tests.support.in_process.jwts import ASSERTION, Key, hs256, unsigned
from tests.support.in_process.oauth_apps import CB, App, Clock, House, answered
from tests.web.tokens.test_dpop import TOKEN, Holder

UNLISTED = ["none", "None", "RS384", "RS512", "PS384", "ES384", "ES256K", "HS384", "ed448", "rs256", ""]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on SQLite alone: what is tried here is decided before any database is asked."""
    return sqlite_url


@pytest.fixture
def document(house: House) -> dict[str, Any]:
    return house.door.get(METADATA[0]).json()


def when(clock: Clock) -> int:
    return to_ms(clock.now) // 1000


def with_assertion(house: House, path: str, jwt: str, **fields: str) -> httpx.Response:
    signed = {"client_assertion_type": ASSERTION, "client_assertion": jwt}
    return house.call(path, None, None, {**signed, **fields})


@pytest.mark.parametrize("endpoint", ["token", "introspection", "revocation"])
def test_t020_every_way_to_authenticate_that_is_listed_works_and_no_other(
    house: House, document: dict[str, Any], clock: Clock, endpoint: str
) -> None:
    path = document[f"{endpoint}_endpoint"].removeprefix(house.base)
    fields = {"grant_type": CLIENT_CREDENTIALS} if endpoint == "token" else {"token": "x"}
    listed = set(document[f"{endpoint}_endpoint_auth_methods_supported"])
    for method in ("client_secret_basic", "client_secret_post"):
        app = house.app(token_endpoint_auth_method=method)
        assert (house.call(path, app, None, fields).status_code == 200) is (method in listed)
    for alg in document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]:
        if alg == "HS256":
            app = house.app(token_endpoint_auth_method="client_secret_jwt")
            claims = {"iss": app.id, "sub": app.id, "aud": house.base, "jti": path, "exp": when(clock) + 60}
            jwt = hs256((app.secret or "").encode(), claims)
        elif alg in {"RS256", "PS256", "ES256", "EdDSA"}:
            key = Key(alg)
            app = house.app(token_endpoint_auth_method="private_key_jwt", jwks=key.jwks)
            jwt = key.assertion(app.id, house.base, when(clock))
        else:
            continue  # another name of one of these
        assert with_assertion(house, path, jwt, **fields).status_code == 200, alg
    public = house.public()
    named = house.call(path, public, None, fields)
    # A public app names itself and is heard; what it may not do there is another matter.
    assert (named.status_code != 401) is ("none" in listed) or endpoint == "introspection"
    for method in ("tls_client_auth", "self_signed_tls_client_auth", "client_secret"):
        assert method not in listed


@pytest.mark.parametrize("alg", UNLISTED)
def test_t020_an_algorithm_that_is_not_listed_proves_nothing(
    house: House, document: dict[str, Any], clock: Clock, alg: str
) -> None:
    for name, listed in document.items():
        assert "_alg_values_supported" not in name or alg not in listed, name
    key = Key()
    app = house.app(token_endpoint_auth_method="private_key_jwt", jwks=key.jwks, require_pkce=False)
    claims = {"iss": app.id, "sub": app.id, "aud": house.base, "jti": "1", "exp": when(clock) + 60}
    signed = key.sign(claims, alg=alg)
    for jwt in (signed, unsigned({"alg": alg, "kid": "one"}, claims, b"x" * 64)):
        assert with_assertion(house, TOKEN, jwt, grant_type=CLIENT_CREDENTIALS).json()["error"] == "invalid_client"
    request = key.sign({**claims, "client_id": app.id, "response_type": "code", "redirect_uri": CB}, alg=alg)
    address = f"/oauth2/authorize?client_id={app.id}&redirect_uri={CB}&request={request}"
    assert answered(house.door.get(address, cookie=house.ada.cookie))["error"] == "invalid_request_object"
    proof = Key().proof("POST", house.base + TOKEN, when(clock), header={"alg": alg})
    c1 = house.app()
    refused = house.token(c1, headers={"dpop": proof}, grant_type=CLIENT_CREDENTIALS)
    assert refused.json()["error"] == "invalid_dpop_proof"


def test_t020_every_algorithm_that_is_listed_signs_requests_and_proofs(
    house: House, document: dict[str, Any], clock: Clock
) -> None:
    known = {"RS256", "PS256", "ES256", "EdDSA"}
    assert known <= set(document["request_object_signing_alg_values_supported"])
    assert known <= set(document["dpop_signing_alg_values_supported"])
    for alg in sorted(known):
        key = Key(alg)
        app = house.app(jwks=key.jwks, require_pkce=False)
        asked = {"client_id": app.id, "response_type": "code", "redirect_uri": CB, "scope": "openid"}
        request = key.sign({"iss": app.id, "aud": house.base, "exp": when(clock) + 60, **asked})
        address = f"/oauth2/authorize?client_id={app.id}&request={request}"
        assert "code" in answered(house.door.get(address, cookie=house.ada.cookie)), alg
        holder = Holder(house, clock, alg)
        answer = house.token(app, headers=holder.proof(), grant_type=CLIENT_CREDENTIALS)
        assert answer.json()["token_type"] == "DPoP", alg


def test_t020_every_endpoint_answers_its_methods_and_no_others(house: House, document: dict[str, Any]) -> None:
    listed = [value for name, value in document.items() if name.endswith("_endpoint") or name == "jwks_uri"]
    for url in listed:
        path = url.removeprefix(house.base)
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            answer = house.door.ask(method, path, content=b"")
            assert answer.status_code not in {404, 500}, (method, path)
            assert (answer.status_code == 405) is (method not in ROUTES[path]), (method, path)
            if answer.status_code == 405:
                assert answer.headers["allow"]


def test_t020_what_is_offered_to_devices_claims_and_displays_is_there(
    house: House, document: dict[str, Any], c1: App
) -> None:
    assert DEVICE_GRANT in document["grant_types_supported"]
    for display in document["display_values_supported"]:
        assert "code" in answered(house.authorize(c1, display=display))
    for locale in document["ui_locales_supported"]:
        assert "code" in answered(house.authorize(c1, ui_locales=locale))
    assert document["claims_parameter_supported"] is True
    assert "code" in answered(house.authorize(c1, claims='{"userinfo":{"email":null}}'))
    for subject in document["subject_types_supported"]:
        app = house.app(f"As {subject}", subject_type=subject, require_pkce=False)
        told = house.userinfo(house.tokens(app)["access_token"]).json()
        assert (told["sub"] == house.ada.id) is (subject == "public")
    assert document["require_pushed_authorization_requests"] is False


def test_t060_nobody_is_signed_in_by_another_provider(house: House) -> None:
    """There is no upstream login, so no ID token of another issuer is accepted. A change of that needs a test."""
    assert not [path for path in ROUTES if "callback" in path or "upstream" in path]
    stranger = Key("RS256")
    hint = stranger.sign({"iss": "https://other.example", "sub": house.ada.id, "aud": "x", "nonce": "n"})
    answer = house.door.get(f"/oauth2/end_session?id_token_hint={hint}", cookie=house.ada.cookie)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
