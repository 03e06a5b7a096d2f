"""Discovery says what is so, and nothing is so that it does not say (T020); keys are public (RFC 8414, RFC 7517)."""

import json
from typing import Any

import pytest

from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose.keys import PRIVATE_MEMBERS
from oauth2system.web.app import METADATA, ROUTES
from tests.support.in_process.oauth_apps import CB, App, House, answered

# Endpoints of ours that a client learns of in other ways, or not at all.
UNLISTED: frozenset[str] = frozenset()


@pytest.fixture
def document(house: House) -> dict[str, Any]:
    return house.door.get(METADATA[0]).json()


def test_both_places_serve_the_same_bytes_to_anybody(house: House) -> None:
    first, second = (house.door.get(path) for path in METADATA)
    assert first.content == second.content
    assert first.headers["content-type"] == "application/json"
    assert first.headers["cache-control"] == "public, max-age=3600"
    assert first.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", [*METADATA, "/oauth2/jwks"])
def test_a_document_that_is_known_is_not_sent_again(house: House, path: str) -> None:
    etag = house.door.get(path).headers["etag"]
    again = house.door.get(path, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert house.door.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    head = house.door.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")


def test_t020_the_issuer_is_the_address_it_is_read_from(house: House, document: dict[str, Any]) -> None:
    assert document["issuer"] == house.base


def test_t020_every_endpoint_listed_is_there_and_every_one_there_is_listed(
    house: House, document: dict[str, Any]
) -> None:
    listed = {
        value.removeprefix(house.base)
        for name, value in document.items()
        if name.endswith("_endpoint") or name == "jwks_uri"
    }
    there = {path for path in ROUTES if path.startswith("/oauth2/") and "{" not in path}
    assert listed == there - UNLISTED


def test_t020_no_list_is_empty(document: dict[str, Any]) -> None:
    assert not [name for name, value in document.items() if value in ([], "", None)]


def test_t020_the_grants_listed_are_the_grants_there_are(house: House, document: dict[str, Any], c1: App) -> None:
    app = house.app(grant_types=frozenset(document["grant_types_supported"]))
    for grant in document["grant_types_supported"]:
        assert house.token(app, grant_type=grant).json().get("error") != "unsupported_grant_type", grant
    for grant in ("password", "implicit", "urn:ietf:params:oauth:grant-type:token-exchange"):
        assert grant not in document["grant_types_supported"]
        assert house.token(c1, grant_type=grant).json()["error"] == "unsupported_grant_type"


def test_t020_the_response_types_and_modes_listed_are_those_there_are(
    house: House, document: dict[str, Any], c1: App
) -> None:
    assert document["response_types_supported"] == ["code"]
    for mode in document["response_modes_supported"]:
        answer = house.authorize(c1, response_mode=mode)
        sent = answer.headers.get("location", "") + answer.text
        assert "oc_" in sent, mode
        assert ("#" in sent) == (mode == "fragment") or mode == "form_post"
    for mode in ("jwt", "query.jwt", "web_message", "QUERY"):
        assert answered(house.authorize(c1, response_mode=mode))["error"] == "invalid_request"


def test_t020_the_algorithms_listed_are_those_that_sign(house: House, document: dict[str, Any]) -> None:
    published = {key["alg"] for key in house.door.get("/oauth2/jwks").json()["keys"]}
    assert published == set(document["id_token_signing_alg_values_supported"])
    assert published == set(document["userinfo_signing_alg_values_supported"])
    assert "RS256" in published
    assert "none" not in json.dumps(document["id_token_signing_alg_values_supported"])
    for alg in document["id_token_signing_alg_values_supported"]:
        app = house.app(id_token_signed_response_alg=alg)
        header = house.tokens(app)["id_token"].partition(".")[0]
        assert json.loads(jws.decode(header))["alg"] == alg


def test_t020_the_scopes_listed_are_the_scopes_there_are(house: House, document: dict[str, Any]) -> None:
    app = house.app(scopes=frozenset(document["scopes_supported"]))
    everything = " ".join(document["scopes_supported"])
    assert set(house.tokens(app, scope=everything)["scope"].split()) == set(document["scopes_supported"])
    assert answered(house.authorize(app, scope="address"))["error"] == "invalid_scope"


def test_t020_the_ways_to_authenticate_listed_are_those_there_are(document: dict[str, Any]) -> None:
    assert set(document["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "none",
    }  # fmt: skip  (each has its own test in test_authentication.py)
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]
    assert "none" not in document["token_endpoint_auth_signing_alg_values_supported"]


def test_t020_the_prompts_listed_are_those_there_are(house: House, document: dict[str, Any], c1: App) -> None:
    for prompt in document["prompt_values_supported"]:
        answer = house.authorize(c1, prompt=prompt)
        assert "error=invalid_request" not in answer.headers["location"], prompt
    assert answered(house.authorize(c1, prompt="never"))["error"] == "invalid_request"


def test_t020_s256_alone_and_iss_always(house: House, document: dict[str, Any], c1: App) -> None:
    assert document["code_challenge_methods_supported"] == ["S256"]
    for method in ("plain", "S512", None):
        assert answered(house.authorize(c1, code_challenge_method=method))["error"] == "invalid_request"
    assert document["authorization_response_iss_parameter_supported"] is True


def test_t020_the_claims_listed_can_be_asked_for(house: House, document: dict[str, Any], c1: App) -> None:
    told = house.userinfo(house.tokens(c1)["access_token"]).json()
    assert told.keys() <= set(document["claims_supported"])
    id_token = json.loads(jws.decode(house.tokens(c1)["id_token"].split(".")[1]))
    assert id_token.keys() - {"iss", "aud", "exp", "iat", "at_hash"} <= set(document["claims_supported"])


def test_request_objects_by_reference_are_said_not_to_be_there(house: House, document: dict[str, Any], c1: App) -> None:
    assert document["request_uri_parameter_supported"] is False
    refused = house.authorize(c1, request_uri="https://app.example/request.jwt")
    assert refused.status_code == 400 or "error=request_uri_not_supported" in refused.headers["location"]


def test_the_jwks_holds_public_keys_alone_each_with_its_own_name(house: House) -> None:
    keys = house.door.get("/oauth2/jwks").json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) > 0
    for key in keys:
        assert not PRIVATE_MEMBERS & key.keys()
        assert (key["use"], bool(key["alg"])) == ("sig", True)
    assert house.door.get("/oauth2/jwks").headers["access-control-allow-origin"] == "*"


SPA = "https://spa.example"


@pytest.fixture
def spa(house: House) -> App:
    return house.public("SPA", redirect_uris=(f"{SPA}/cb", CB))


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke"])
@pytest.mark.usefixtures("spa")
def test_the_pages_of_public_apps_may_call_from_a_browser(house: House, path: str) -> None:
    asks = {"origin": SPA, "access-control-request-method": "POST", "access-control-request-headers": "dpop"}
    told = house.door.ask("OPTIONS", path, headers=asks)
    assert told.status_code == 204
    assert told.headers["access-control-allow-origin"] == SPA
    assert "DPoP" in told.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in told.headers
    assert told.headers["vary"] == "Origin"
    refused = house.door.ask("POST", path, headers={"origin": SPA})
    assert refused.status_code in {400, 401}
    assert refused.headers["access-control-allow-origin"] == SPA
    assert "DPoP-Nonce" in refused.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://spa.example.evil.tld", "", SPA + ":8443"])
@pytest.mark.usefixtures("spa")
def test_nobody_elses_pages_may(house: House, origin: str) -> None:
    for method, path in (("OPTIONS", "/oauth2/token"), ("POST", "/oauth2/token"), ("GET", "/oauth2/userinfo")):
        answer = house.door.ask(method, path, headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.usefixtures("spa")
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/oauth2/introspect", "/api/user", "/consent", "/session"])
def test_what_no_page_may_call_says_so(house: House, path: str) -> None:
    for method in ("OPTIONS", "GET", "POST"):
        answer = house.door.ask(method, path, headers={"origin": SPA})
        assert "access-control-allow-origin" not in answer.headers


def test_an_app_registered_a_moment_ago_may_call_at_once(house: House) -> None:
    asks = {"origin": "https://new.example"}
    assert "access-control-allow-origin" not in house.door.ask("OPTIONS", "/oauth2/token", headers=asks).headers
    house.public("New", redirect_uris=("https://new.example/cb",))
    assert "access-control-allow-origin" in house.door.ask("OPTIONS", "/oauth2/token", headers=asks).headers


def test_a_confidential_apps_site_may_not_call_from_a_browser(house: House) -> None:
    house.app("Server side", redirect_uris=("https://server.example/cb",))
    asks = {"origin": "https://server.example"}
    assert "access-control-allow-origin" not in house.door.ask("OPTIONS", "/oauth2/token", headers=asks).headers
