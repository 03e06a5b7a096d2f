"""JWT client assertions RFC 7523."""

from datetime import timedelta
from typing import Any

import pytest

from oauth2system.protocol.clients import authentication
from oauth2system.protocol.clients.assertions import Assertion, algs_for, by_assertion
from oauth2system.protocol.clients.authentication import ASSERTION_TYPE, Credentials
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClient
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.params import Params
from tests.protocol import keys
from tests.protocol.given import C1, F1, ISSUER, NOW, client_with

TOKEN = ISSUER + "/oauth2/token"
T = NOW.timestamp()
C2 = client_with(C1, token_endpoint_auth_method="private_key_jwt")
HMAC = client_with(C1, token_endpoint_auth_method="client_secret_jwt")
OMIT = object()


def claims(client: Client, **changes: object) -> dict[str, Any]:
    good: dict[str, Any] = {"iss": client.id, "sub": client.id, "aud": ISSUER, "exp": T + 60, "jti": "j1", "iat": T}
    return {name: value for name, value in {**good, **changes}.items() if value is not OMIT}


def shown(token: str, client: Client) -> Credentials:
    params = {"client_id": client.id, "client_assertion": token, "client_assertion_type": ASSERTION_TYPE}
    return authentication.read(None, Params(params))


def judge(token: str, client: Client, secret: bytes | None = None) -> Assertion:
    return by_assertion(
        shown(token, client), client, keys=keys.PUBLIC, secret=secret, audiences=(TOKEN,), issuer=ISSUER, now=NOW
    )


@pytest.mark.parametrize("key", [keys.PSS, keys.EC, keys.ED])
def test_a_good_assertion_authenticates_and_names_what_to_remember(key: jose.SigningKey) -> None:
    found = judge(jose.sign(key, claims(F1)), F1)
    assert (found.caller.client, found.jti) == (F1, "j1")
    assert found.forget_at == NOW + timedelta(seconds=70)


@pytest.mark.parametrize(
    ("change", "fapi", "default"),
    [
        ({}, True, True),
        ({"aud": TOKEN}, False, True),
        ({"aud": [ISSUER]}, False, True),
        ({"aud": [TOKEN, "https://other"]}, False, True),
        ({"aud": ISSUER + "/oauth2/par"}, False, False),
        ({"aud": ISSUER + "/"}, False, False),
        ({"aud": "https://other.example"}, False, False),
        ({"aud": ["https://other.example"]}, False, False),
        ({"aud": [1]}, False, False),
        ({"aud": {"x": 1}}, False, False),
        ({"aud": OMIT}, False, False),
        ({"iss": "999"}, False, False),
        ({"iss": OMIT}, False, False),
        ({"exp": T - 60}, False, False),
        ({"exp": T - 10}, False, False),
        ({"exp": T - 9}, True, True),
        ({"exp": T + 86400}, False, False),
        ({"exp": T + 3600}, True, True),
        ({"exp": T + 3661}, False, False),
        ({"exp": OMIT}, False, False),
        ({"exp": "soon"}, False, False),
        ({"nbf": T + 8}, True, True),
        ({"nbf": T + 70}, False, False),
        ({"iat": T + 10}, True, True),
        ({"iat": T + 61}, False, False),
        ({"iat": "x"}, False, False),
        ({"response_type": "code"}, False, False),
        ({"jti": OMIT}, False, False),
        ({"jti": ""}, False, False),
        ({"jti": 1}, False, False),
        ({"jti": "x" * 513}, False, False),
    ],
)
def test_t037_who_when_and_for_whom(change: dict[str, Any], fapi: bool, default: bool) -> None:
    for client, passes in ((F1, fapi), (C2, default)):
        token = jose.sign(keys.EC, claims(client, **change))
        if passes:
            assert judge(token, client).caller.client is client
        else:
            with pytest.raises(InvalidClient):
                judge(token, client)


@pytest.mark.parametrize("change", [{"sub": OMIT}, {"sub": "999"}])
def test_t037_an_assertion_about_another_subject_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient):
        judge(jose.sign(keys.EC, claims(F1, **change)), F1)


@pytest.mark.parametrize("client", [F1, C2])
@pytest.mark.parametrize("name", keys.forgeries(claims(F1)))
def test_t039_t053_no_forged_assertion_authenticates(client: Client, name: str) -> None:
    with pytest.raises(InvalidClient):
        judge(keys.forgeries(claims(client))[name], client)


def test_t039_rs256_is_not_for_fapi_clients() -> None:
    assert judge(jose.sign(keys.RSA, claims(C2)), C2)
    with pytest.raises(InvalidClient):
        judge(jose.sign(keys.RSA, claims(F1)), F1)


def test_a_registered_algorithm_is_the_only_one() -> None:
    client = client_with(C2, token_endpoint_auth_signing_alg="ES256")
    assert algs_for(client) == ("ES256",)
    assert algs_for(client_with(F1, token_endpoint_auth_signing_alg="Ed25519")) == ("EdDSA",)
    assert algs_for(client_with(F1, token_endpoint_auth_signing_alg="RS256")) == ()
    with pytest.raises(InvalidClient):
        judge(jose.sign(keys.ED, claims(client)), client)


@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt", "application/client-authentication+jwt"])
def test_the_types_an_assertion_may_have(typ: str) -> None:
    assert judge(jose.sign(keys.EC, claims(F1), typ), F1)


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt"])
def test_a_token_of_another_type_is_no_assertion(typ: str) -> None:
    with pytest.raises(InvalidClient):
        judge(jose.sign(keys.EC, claims(F1), typ), F1)


def test_client_secret_jwt_takes_the_secret_and_never_a_key() -> None:
    secret = b"x" * 40
    assert judge(keys.hmac_jws(claims(HMAC), secret), HMAC, secret).caller.client is HMAC
    for token, given in (
        (keys.hmac_jws(claims(HMAC), b"y" * 40), secret),
        (jose.sign(keys.EC, claims(HMAC)), secret),
        (keys.hmac_jws(claims(HMAC), b""), None),
    ):
        with pytest.raises(InvalidClient):
            judge(token, HMAC, given)


@pytest.mark.parametrize("client", [None, C1, client_with(F1, disabled=True)])
def test_t036_an_assertion_is_only_for_clients_registered_for_one(client: Client | None) -> None:
    with pytest.raises(InvalidClient):
        by_assertion(
            shown(jose.sign(keys.EC, claims(F1)), F1), client, keys=keys.PUBLIC, audiences=(), issuer=ISSUER, now=NOW
        )


def test_a_credential_without_an_assertion_is_refused() -> None:
    with pytest.raises(InvalidClient):
        by_assertion(Credentials(F1.id, "assertion"), F1, audiences=(), issuer=ISSUER, now=NOW)
