"""Dynamic registration RFC 7591, RFC 7592."""

import json
from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients import metadata, registration
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.clients.consistency import check_sector_document
from oauth2system.protocol.clients.registration import answer, check_replacement, read
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidScope
from oauth2system.protocol.jose import keys as jose
from tests.protocol import keys
from tests.protocol.clients.test_client import BAD
from tests.protocol.given import CB, ISSUER, OFFER

NEW = Client("700", "App 700", owner_id="1", self_registered=True)
JWKS = {"keys": [jose.public_jwk(keys.EC)]}
EVERYTHING: dict[str, Any] = {
    "redirect_uris": [CB, "https://app.example/cb2", CB],
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "client_name": "Größe 漢字",
    "client_uri": "https://app.example",
    "logo_uri": "https://app.example/logo.png",
    "policy_uri": "https://app.example/policy",
    "tos_uri": "https://app.example/tos",
    "scope": "openid email unknown",
    "contacts": ["a@app.example"],
    "jwks": JWKS,
    "software_id": "s",
    "software_version": "1",
    "application_type": "web",
    "subject_type": "pairwise",
    "sector_identifier_uri": "https://app.example/sector.json",
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "EdDSA",
    "request_object_signing_alg": "ES256",
    "default_max_age": 300,
    "require_auth_time": True,
    "default_acr_values": ["a"],
    "initiate_login_uri": "https://app.example/login",
    "post_logout_redirect_uris": ["https://app.example/bye"],
    "backchannel_logout_uri": "https://app.example/bcl",
    "backchannel_logout_session_required": True,
    "frontchannel_logout_uri": "https://app.example:443/fcl",
    "frontchannel_logout_session_required": True,
    "require_pushed_authorization_requests": True,
    "require_signed_request_object": True,
    "dpop_bound_access_tokens": True,
    "id_token_userinfo_claims": True,
    "require_pkce": True,
}
OMIT = object()


def read_with(**changes: object) -> Client:
    data = {name: value for name, value in {"redirect_uris": [CB], **changes}.items() if value is not OMIT}
    return read(data, NEW, OFFER, allow_http=False)


def test_the_defaults_are_the_standards() -> None:
    found = read_with()
    assert (found.id, found.owner_id, found.self_registered, found.name) == ("700", "1", True, "App 700")
    assert (found.token_endpoint_auth_method, found.application_type) == ("client_secret_basic", "web")
    assert (found.grant_types, found.response_types) == ({"authorization_code"}, {"code"})
    assert not found.is_public
    assert not found.simple_flow
    assert not found.require_pkce


def test_a_public_client_always_needs_pkce() -> None:
    found = read_with(token_endpoint_auth_method="none")
    assert found.is_public
    assert found.require_pkce


def test_everything_registered_is_answered_as_stored() -> None:
    found = answer(read_with(**EVERYTHING))
    expected = {**EVERYTHING, "redirect_uris": [CB, "https://app.example/cb2"], "scope": "openid email"}
    assert found == {**expected, "client_id": "700"}
    json.dumps(found)


def test_what_was_not_registered_is_not_answered() -> None:
    found = answer(read_with())
    assert "jwks" not in found
    assert "contacts" not in found
    assert None not in found.values()


def test_what_was_answered_registers_the_same_again() -> None:
    client = read_with(**EVERYTHING)
    assert read(answer(client), NEW, OFFER, allow_http=False) == client


def test_every_member_of_the_client_is_plain_enough_to_store() -> None:
    client = read_with(**EVERYTHING)
    for spec in fields(client):
        value = getattr(client, spec.name)
        assert value is None or isinstance(value, str | bool | int | tuple | frozenset), spec.name


def test_unknown_members_and_nulls_are_ignored() -> None:
    assert (
        read_with(unheard_of={"x": 1}, client_uri=None, contacts=None, jwks=None, default_max_age=None) == read_with()
    )


def test_of_grants_and_responses_those_that_we_offer_are_kept() -> None:
    """As libraries register that name all they can do: RFC 7591 §3.2.1 leaves it to us to substitute or to refuse."""
    found = read_with(
        grant_types=["authorization_code", "implicit", "refresh_token"],
        response_types=["code", "id_token", "id_token token", "code id_token"],
    )
    assert (found.grant_types, found.response_types) == ({"authorization_code", "refresh_token"}, {"code"})


@pytest.mark.parametrize(
    "change",
    [
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": 1},
        {"grant_types": ["implicit"]},
        {"grant_types": "authorization_code"},
        {"grant_types": ["refresh_token"], "response_types": ["code"]},
        {"response_types": ["token"]},
        {"response_types": ["code id_token"]},
        {"response_types": []},
        {"application_type": "desktop"},
        {"client_name": "x" * 81},
        {"client_name": "a\nb"},
        {"client_name": "a\u202eb"},
        {"client_name": ["x"]},
        {"client_uri": "javascript:alert(1)"},
        {"logo_uri": "http://app.example/logo.png"},
        {"policy_uri": "com.example.app:/x"},
        {"tos_uri": 1},
        {"contacts": "a@b"},
        {"contacts": [1]},
        {"contacts": [""]},
        {"contacts": ["a"] * 51},
        {"jwks": "x"},
        {"jwks": {}},
        {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
        {"jwks": {"keys": [{**jose.public_jwk(keys.EC), "d": "AAAA"}]}},
        {"jwks": {"keys": ["x" * 40_000]}},
        {"jwks": {"keys": [{**jose.public_jwk(keys.RSA), "alg": "RS512"}]}},
        {"jwks": JWKS, "jwks_uri": "https://app.example/jwks"},
        {"jwks_uri": "http://app.example/jwks"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_signing_alg": "none"},
        {"token_endpoint_auth_signing_alg": "HS256"},
        {"token_endpoint_auth_signing_alg": "ES256", "token_endpoint_auth_method": "client_secret_jwt"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"userinfo_signed_response_alg": "none"},
        {"request_object_signing_alg": "none"},
        {"id_token_encrypted_response_alg": "RSA-OAEP"},
        {"tls_client_certificate_bound_access_tokens": True},
        {"subject_type": "secret"},
        {"subject_type": "pairwise", "redirect_uris": [CB, "https://other.example/cb"]},
        {"sector_identifier_uri": "http://app.example/sector.json"},
        {"default_max_age": -1},
        {"default_max_age": "60"},
        {"default_max_age": True},
        {"require_auth_time": "true"},
        {"default_acr_values": "a"},
        {"initiate_login_uri": "http://app.example/login"},
        {"initiate_login_uri": "http://localhost:5000/login"},
        {"backchannel_logout_uri": "http://app.example/bcl"},
        {"frontchannel_logout_uri": "https://other.example/fcl"},
        {"frontchannel_logout_uri": "https://app.example:8443/fcl"},
        {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "client_credentials"]},
    ],
)
def test_what_is_wrong_or_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadata):
        read_with(**change)


@pytest.mark.parametrize("uri", [uri for uri, _ in BAD if uri])
def test_t014_no_bad_redirect_uri_is_registered(uri: str) -> None:
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        # One longer than any text we keep is refused as metadata before it is judged as an address.
        with pytest.raises(InvalidClientMetadata if len(uri) > metadata.MAX_TEXT else InvalidRedirectUri):
            read_with(**{name: [uri]})


@pytest.mark.parametrize(
    "change", [{"redirect_uris": OMIT}, {"redirect_uris": []}, {"redirect_uris": ["com.example.app:/cb"]}]
)
def test_a_client_of_the_code_flow_has_an_address_of_its_kind(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidRedirectUri):
        read_with(**change)


def test_native_apps_may_have_their_own_scheme() -> None:
    found = read_with(application_type="native", redirect_uris=["com.example.app:/cb"])
    assert found.redirect_uris == ("com.example.app:/cb",)


def test_a_machine_needs_no_redirect_uri() -> None:
    found = read_with(redirect_uris=OMIT, grant_types=["client_credentials"], response_types=[])
    assert found.grant_types == {"client_credentials"}


def test_a_machine_without_response_types_is_understood() -> None:
    with pytest.raises(InvalidClientMetadata):
        read_with(grant_types=["client_credentials"])


def test_private_key_jwt_may_bring_its_keys_by_address() -> None:
    found = read_with(token_endpoint_auth_method="private_key_jwt", jwks_uri="https://app.example/jwks")
    assert found.jwks_uri == "https://app.example/jwks"
    hmac = read_with(token_endpoint_auth_method="client_secret_jwt", token_endpoint_auth_signing_alg="HS256")
    assert hmac.token_endpoint_auth_signing_alg == "HS256"


def test_a_hybrid_type_can_be_registered_where_it_is_offered() -> None:
    offer = Offer(ISSUER, response_types=("code", "code id_token"))
    data = {"redirect_uris": [CB], "response_types": ["id_token code"]}
    assert read(data, NEW, offer, allow_http=False).response_types == {"code id_token"}


@pytest.mark.parametrize("document", [None, {}, "x", [], ["https://other.example"], [1]])
def test_a_sector_document_names_every_redirect_uri(document: object) -> None:
    check_sector_document([CB, "https://other.example"], read_with())
    with pytest.raises(InvalidClientMetadata):
        check_sector_document(document, read_with())


@pytest.mark.parametrize(
    ("data", "matches"),
    [
        ({}, True),
        ({"client_id": "701"}, True),
        ({"client_id": "700", "registration_access_token": "x"}, True),
        ({"client_id": "700", "registration_client_uri": "x"}, True),
        ({"client_id": "700", "client_secret_expires_at": 0}, True),
        ({"client_id": "700", "client_id_issued_at": 0}, True),
        ({"client_id": "700", "client_secret": "chosen"}, False),
    ],
)
def test_an_update_names_its_client_and_says_nothing_only_we_say(data: dict[str, Any], matches: bool) -> None:
    with pytest.raises(InvalidClientMetadata):
        check_replacement(data, NEW, secret_matches=matches)


def test_an_update_may_repeat_the_secret() -> None:
    check_replacement({"client_id": "700", "client_secret": "same"}, NEW, secret_matches=True)
    check_replacement({"client_id": "700"}, NEW, secret_matches=False)


@given(
    st.dictionaries(
        st.sampled_from([*EVERYTHING, "x"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text() | st.integers(), max_size=3),
    )
)
def test_any_json_registers_or_is_refused_never_a_crash(data: dict[str, Any]) -> None:
    refusals = (InvalidClientMetadata, InvalidRedirectUri, InvalidScope)
    with suppress(*refusals):
        assert registration.read({"redirect_uris": [CB], **data}, NEW, OFFER, allow_http=False).id == NEW.id


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u2028b", "a\u200fb", "a\ufeffb", "\ue000"])
def test_t075_a_text_with_hidden_signs_is_not_plain(text: str) -> None:
    assert not metadata.is_plain(text)
    assert metadata.is_plain("Ada's Größe 漢字 🎉")
