"""Access tokens in use."""

from datetime import timedelta

import pytest

from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.errors import (
    InsufficientScope,
    InvalidGrant,
    InvalidRequest,
    InvalidToken,
    UnauthorizedClient,
    UnsupportedTokenType,
)
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens.access import (
    JWT_TYPE,
    Bearer,
    TokenFacts,
    check_revocable,
    check_scope,
    check_usable,
    introspect,
    jwt_claims,
    read_bearer,
    read_jwt,
    refuse_id_token,
)
from oauth2system.protocol.tokens.format import Kind, derive, mint
from tests.protocol import keys
from tests.protocol.given import C1, ISSUER, NOW, P1, client_with

API = "https://api.example"
T = int(NOW.timestamp())
TOKEN = TokenFacts(C1.id, "1", frozenset({"openid", "email"}), NOW, NOW + timedelta(minutes=5), jti="j")
FULL = TOKEN._replace(resources=(API,), jkt="J", username="ada", auth_time=NOW, acr="mfa")
ME = AuthenticatedClient(C1, "basic")
RESOURCE = AuthenticatedClient(client_with(C1, id="900", resources=(API,)), "basic")
STRANGER = AuthenticatedClient(client_with(C1, id="901"), "basic")


@pytest.mark.parametrize(
    ("header", "body", "found"),
    [
        (None, None, None),
        ("Basic abc", None, None),
        ("Bearer abc", None, Bearer("bearer", "abc")),
        ("bearer abc", None, Bearer("bearer", "abc")),
        ("BEARER  abc ", None, Bearer("bearer", "abc")),
        ("DPoP abc", None, Bearer("dpop", "abc")),
        (None, "abc", Bearer("bearer", "abc")),
        ("Basic x", "abc", Bearer("bearer", "abc")),
    ],
)
def test_a_token_is_read_from_header_or_body(header: str | None, body: str | None, found: Bearer | None) -> None:
    assert read_bearer(header, Params({"access_token": body} if body else {})) == found


@pytest.mark.parametrize(("header", "body"), [("Bearer a", "a"), ("DPoP a", "b"), ("Bearer", None), ("Bearer  ", None)])
def test_two_ways_or_an_empty_one_are_an_invalid_request(header: str, body: str | None) -> None:
    with pytest.raises(InvalidRequest):
        read_bearer(header, Params({"access_token": body} if body else {}))


@pytest.mark.parametrize(
    "token",
    [
        None,
        TOKEN._replace(kind="refresh"),
        TOKEN._replace(revoked=True),
        TOKEN._replace(expires_at=NOW),
        pytest.param(TOKEN._replace(resources=(API,)), id="T055 for another resource"),
    ],
)
def test_t055_a_token_that_is_not_good_here_is_invalid_and_nobody_learns_why(token: TokenFacts | None) -> None:
    with pytest.raises(InvalidToken) as caught:
        check_usable(token, NOW)
    assert caught.value.description == "The access token is unknown, expired or revoked."


def test_a_good_token_is_good_where_it_is_meant_for() -> None:
    assert check_usable(TOKEN, NOW) is TOKEN
    assert check_usable(FULL, NOW, at=API) is FULL


def test_a_token_needs_one_of_the_scopes() -> None:
    check_scope(TOKEN, "identify", "email")
    with pytest.raises(InsufficientScope):
        check_scope(TOKEN, "identify")


def test_introspection_tells_what_is_known_and_no_more() -> None:
    assert introspect(TOKEN, ME, ISSUER, NOW) == {
        "active": True,
        "client_id": C1.id,
        "token_type": "Bearer",
        "exp": T + 300,
        "iat": T,
        "sub": "1",
        "iss": ISSUER,
        "scope": "openid email",
        "jti": "j",
    }
    full = introspect(FULL, RESOURCE, ISSUER, NOW)
    assert full.items() >= {"aud": API, "username": "ada", "auth_time": T, "acr": "mfa", "token_type": "DPoP"}.items()
    assert full["cnf"] == {"jkt": "J"}


def test_a_machines_token_has_the_client_as_its_subject() -> None:
    machine = TOKEN._replace(subject=None, scopes=frozenset())
    found = introspect(machine, ME, ISSUER, NOW)
    assert found["sub"] == C1.id
    assert "scope" not in found


@pytest.mark.parametrize(
    ("token", "caller"),
    [
        (None, ME),
        (TOKEN._replace(revoked=True), ME),
        (TOKEN._replace(expires_at=NOW), ME),
        (TOKEN, STRANGER),
        (TOKEN, RESOURCE),
        (FULL, STRANGER),
    ],
)
def test_a_dead_token_and_a_strangers_one_are_just_inactive(
    token: TokenFacts | None, caller: AuthenticatedClient
) -> None:
    assert introspect(token, caller, ISSUER, NOW) == {"active": False}


def test_a_public_client_may_not_introspect() -> None:
    with pytest.raises(UnauthorizedClient):
        introspect(TOKEN, AuthenticatedClient(P1, "none"), ISSUER, NOW)


def test_t076_only_the_tokens_own_client_may_end_it() -> None:
    check_revocable(TOKEN, ME)
    with pytest.raises(InvalidGrant):
        check_revocable(TOKEN, STRANGER)


def test_t076_an_id_token_cannot_be_revoked_and_an_unknown_token_needs_not() -> None:
    refuse_id_token("unknown")
    refuse_id_token(mint(Kind.ACCESS, 1, bytes(32)))
    refuse_id_token(jose.sign(keys.EC, {}, JWT_TYPE))
    with pytest.raises(UnsupportedTokenType):
        refuse_id_token(jose.sign(keys.EC, {}))


def test_a_jwt_access_token_has_every_required_claim() -> None:
    assert jwt_claims(TOKEN, ISSUER, ISSUER + "/api") == {
        "iss": ISSUER,
        "exp": T + 300,
        "aud": ISSUER + "/api",
        "sub": "1",
        "client_id": C1.id,
        "iat": T,
        "jti": "j",
        "scope": "openid email",
    }
    two = jwt_claims(FULL._replace(resources=(API, API + "/2"), scopes=frozenset()), ISSUER, ISSUER)
    assert two["aud"] == [API, API + "/2"]
    assert two["cnf"] == {"jkt": "J"}
    assert "username" not in two
    assert "scope" not in two


def test_a_jwt_access_token_of_ours_is_read_back() -> None:
    token = jose.sign(keys.EC, jwt_claims(TOKEN, ISSUER, ISSUER), JWT_TYPE)
    assert read_jwt(token, keys.PUBLIC, ISSUER).claims["jti"] == "j"


CLAIMS = jwt_claims(TOKEN, ISSUER, ISSUER)


@pytest.mark.parametrize(
    "token",
    [
        jose.sign(keys.EC, CLAIMS),
        jose.sign(keys.EC, CLAIMS, "logout+jwt"),
        jose.sign(keys.EC, {**CLAIMS, "iss": "https://other.example"}, JWT_TYPE),
        jose.sign(keys.EC, {**CLAIMS, "jti": None}, JWT_TYPE),
        jose.sign(keys.EC, {**CLAIMS, "jti": 1}, JWT_TYPE),
        *keys.forgeries(CLAIMS, keys.EC, JWT_TYPE).values(),
    ],
)
def test_t053_t054_no_other_jwt_is_an_access_token(token: str) -> None:
    with pytest.raises(InvalidToken):
        read_jwt(token, keys.PUBLIC, ISSUER)


def test_a_successor_is_the_same_for_the_same_token_and_secret_only() -> None:
    assert derive(b"s", "a") == derive(b"s", "a")
    assert len({derive(b"s", "a"), derive(b"s", "b"), derive(b"t", "a")}) == 3
    of_access, of_refresh = derive(b"s", "a")
    assert len(of_access) == len(of_refresh) == 32
    assert of_access != of_refresh
