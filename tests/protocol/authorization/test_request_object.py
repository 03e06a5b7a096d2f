"""Signed authorization requests RFC 9101."""

from typing import Any

import pytest

from oauth2system.protocol.authorization.request_object import algs_for, open_request
from oauth2system.protocol.authorization.validate import trust, validate
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidRequest, InvalidRequestObject
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.params import Params
from tests.protocol import keys
from tests.protocol.given import C1, F1, ISSUER, NOW, OFFER, asks, client_with

T = NOW.timestamp()
OMIT = object()


def claims(client: Client = C1, **changes: object) -> dict[str, Any]:
    good: dict[str, Any] = {**asks(client).values, "iss": client.id, "aud": ISSUER, "exp": T + 300, "nbf": T}
    return {name: value for name, value in {**good, **changes}.items() if value is not OMIT}


def opened(token: str, client: Client = C1, **outside: str) -> Params:
    return open_request(Params({"request": token, **outside}), client, keys.PUBLIC, ISSUER, NOW)


@pytest.mark.parametrize("typ", ["JWT", "oauth-authz-req+jwt"])
def test_t069_only_what_is_inside_counts(typ: str) -> None:
    token = jose.sign(keys.EC, claims(state="inside", iat=T, jti="j", sub="x"), typ)
    found = opened(token, client_id=C1.id, state="outside", scope="profile", redirect_uri="https://evil.example")
    assert found == asks(state="inside")
    assert validate(found, C1, trust(found, C1, OFFER), OFFER, signed=True).scopes == {"openid", "email"}


def test_numbers_objects_and_lists_are_written_as_parameters() -> None:
    inside = claims(max_age=60, claims={"userinfo": {"name": None}}, resource=["https://a", "https://b"])
    found = opened(jose.sign(keys.EC, inside))
    assert (found.get("max_age"), found.get("claims")) == ("60", '{"userinfo":{"name":null}}')
    assert found.every("resource") == ("https://a", "https://b")
    assert opened(jose.sign(keys.EC, claims(resource="https://a"))).every("resource") == ("https://a",)


@pytest.mark.parametrize(
    ("change", "default", "fapi"),
    [
        ({}, True, True),
        ({"iss": OMIT}, True, True),
        ({"iss": "999"}, False, False),
        ({"client_id": OMIT}, False, False),
        ({"client_id": "999"}, False, False),
        ({"aud": [ISSUER, "https://other"]}, True, True),
        ({"aud": OMIT}, True, False),
        ({"aud": "https://other"}, False, False),
        ({"aud": 1}, False, False),
        ({"exp": OMIT}, True, False),
        ({"exp": T - 11}, False, False),
        ({"exp": T - 9, "nbf": T - 60}, True, True),
        ({"exp": "x"}, False, False),
        ({"nbf": OMIT}, True, False),
        ({"nbf": T + 70}, False, False),
        ({"nbf": T + 8}, True, True),
        ({"exp": T + 3601}, True, False),
        ({"nbf": T - 3700, "exp": T - 101}, False, False),
        ({"nbf": T - 3601, "exp": T - 2}, True, False),
        ({"request": "x"}, False, False),
        ({"request_uri": "x"}, False, False),
        ({"state": None}, False, False),
        ({"state": True}, False, False),
        ({"state": 1.5}, False, False),
        ({"state": ["a"]}, False, False),
        ({"resource": [1.5]}, False, False),
        ({"state": "a\0b"}, False, False),
    ],
)
def test_t069_from_whom_to_whom_when_and_what(change: dict[str, Any], default: bool, fapi: bool) -> None:
    for client, passes in ((C1, default), (F1, fapi)):
        token = jose.sign(keys.EC, claims(client, **change))
        if passes:
            assert opened(token, client).get("client_id") == client.id
        else:
            with pytest.raises(InvalidRequestObject):
                opened(token, client)


@pytest.mark.parametrize("found", [int(C1.id), int(C1.id) + 1, True])
def test_an_id_may_be_written_as_the_number_it_looks_like(found: int) -> None:
    """As mod_auth_openidc writes it: whatever reads as a number becomes one."""
    token = jose.sign(keys.EC, claims(client_id=found))
    if found == int(C1.id):
        assert opened(token).get("client_id") == C1.id
    else:
        with pytest.raises(InvalidRequestObject):
            opened(token)


def test_t069_another_client_id_outside_is_refused() -> None:
    with pytest.raises(InvalidRequestObject):
        opened(jose.sign(keys.EC, claims()), client_id="999")


@pytest.mark.parametrize("name", keys.forgeries(claims()))
def test_t053_t069_no_forged_request_counts(name: str) -> None:
    with pytest.raises((InvalidRequestObject, InvalidRequest)):
        opened(keys.forgeries(claims())[name])


def test_t069_another_clients_key_is_refused() -> None:
    with pytest.raises(InvalidRequestObject):
        opened(jose.sign(keys.OTHER, claims()))
    with pytest.raises(InvalidRequestObject):
        open_request(Params({"request": jose.sign(keys.EC, claims())}), C1, (), ISSUER, NOW)


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt"])
def test_a_token_of_another_type_is_no_request(typ: str) -> None:
    with pytest.raises(InvalidRequestObject):
        opened(jose.sign(keys.EC, claims(), typ))


def test_a_registered_algorithm_is_the_only_one() -> None:
    client = client_with(C1, request_object_signing_alg="EdDSA")
    assert algs_for(client) == algs_for(client_with(C1, request_object_signing_alg="Ed25519")) == ("EdDSA",)
    assert "RS256" in algs_for(C1)
    assert "RS256" not in algs_for(F1)
    with pytest.raises(InvalidRequestObject):
        opened(jose.sign(keys.EC, claims()), client)
