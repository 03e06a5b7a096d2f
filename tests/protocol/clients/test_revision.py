"""An app changed by its owner: a piece of metadata, judged with all the rest by the rules of registration."""

from dataclasses import replace
from typing import Any

import pytest

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT, Client
from oauth2system.protocol.clients.consistency import move_problem
from oauth2system.protocol.clients.registration import read, revise
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri, OAuthError
from oauth2system.protocol.jose import keys as jose
from tests.protocol import keys
from tests.protocol.clients.test_registration import EVERYTHING
from tests.protocol.given import CB, OFFER

JWKS = {"keys": [jose.public_jwk(keys.EC)]}
APP = Client("700", "Garden", "1", redirect_uris=(CB,), simple_flow=True, simple_redirect_uri=CB, reread_seconds=60)
SIGNS: dict[str, Any] = {"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS}


def revised(client: Client = APP, **changes: Any) -> Client:
    return revise(client, changes, OFFER, allow_http=False)


def fault(client: Client = APP, **changes: Any) -> str:
    with pytest.raises(OAuthError) as caught:
        revised(client, **changes)
    assert isinstance(caught.value, InvalidClientMetadata | InvalidRedirectUri)
    return str(caught.value.params["member"])


@pytest.mark.parametrize(
    "client",
    [
        APP,
        read(EVERYTHING, Client("700", "x"), OFFER, allow_http=False),
        Client("700", "No address yet", "1", simple_flow=True),
        Client("700", "Public", "1", is_public=True, token_endpoint_auth_method="none", redirect_uris=(CB,)),
        replace(APP, name="Unmarked", redirect_uris=(CB, "https://app.example/2"), simple_redirect_uri=None),
        replace(APP, grant_types=frozenset({CLIENT_CREDENTIALS}), response_types=frozenset()),
        replace(APP, name="Lenient", optional_scopes=frozenset({"email", "offline_access"})),
        replace(APP, require_state=True, simple_iss=True, access_token_format="jwt", description="Words"),
    ],
    ids=lambda client: client.name,
)
def test_without_a_change_nothing_changes(client: Client) -> None:
    assert revised(client) == client


def test_an_app_without_addresses_can_be_set_up_before_it_has_one() -> None:
    assert revised(Client("700", "New", "1"), require_pkce=False).require_pkce is False


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"require_pkce": False}, {"require_pkce": False}),
    ({"access_token_format": "jwt"}, {"access_token_format": "jwt"}),
    ({"scope": "openid email"}, {"scopes": frozenset({"openid", "email"})}),
    ({"optional_scope": "email identify unknown"}, {"optional_scopes": frozenset({"email"})}),
    ({"optional_scope": None}, {"optional_scopes": frozenset()}),
    ({"id_token_signed_response_alg": "EdDSA"}, {"id_token_signed_response_alg": "EdDSA"}),
    ({"subject_type": "pairwise"}, {"subject_type": "pairwise"}),
    (
        {"grant_types": [CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT]},
        {
            "grant_types": frozenset({CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT}),
            "response_types": frozenset({"code"}),
        },
    ),
    (
        {"grant_types": [CLIENT_CREDENTIALS]},
        {"grant_types": frozenset({CLIENT_CREDENTIALS}), "response_types": frozenset()},
    ),
]


@pytest.mark.parametrize(("changes", "expected"), CHANGES)
def test_one_member_changes_and_the_rest_stays(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert revised(**changes) == replace(APP, **expected)


def test_a_machine_can_become_a_site_again() -> None:
    machine = replace(APP, grant_types=frozenset({CLIENT_CREDENTIALS}), response_types=frozenset())
    assert revised(machine, grant_types=[CODE_GRANT, REFRESH_GRANT]) == APP


def test_null_takes_a_member_away() -> None:
    told = revised(backchannel_logout_uri="https://app.example/bcl")
    assert revised(told, backchannel_logout_uri=None) == APP


def test_an_app_that_becomes_public_needs_pkce_and_loses_the_simple_flow() -> None:
    public = revised(replace(APP, require_pkce=False), token_endpoint_auth_method="none")
    assert (public.is_public, public.require_pkce, public.simple_flow) == (True, True, False)


def test_an_app_that_signs_shows_no_secret_any_more() -> None:
    assert revised(**SIGNS).simple_flow is False
    assert revised(token_endpoint_auth_method="client_secret_jwt").simple_flow is True


def test_the_fapi_profile_brings_all_it_asks_for() -> None:
    found = revised(revised(**SIGNS, require_pkce=False), profile="fapi2")
    assert found.is_fapi
    assert (found.require_pkce, found.require_pushed_authorization_requests, found.dpop_bound_access_tokens) == (
        True, True, True,
    )  # fmt: skip
    assert found.id_token_signed_response_alg == "PS256"
    kept = revised(found, require_pushed_authorization_requests=False, id_token_signed_response_alg="ES256")
    assert (kept.require_pushed_authorization_requests, kept.id_token_signed_response_alg) == (True, "ES256")
    assert not revised(found, profile="default").is_fapi


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"profile": "fapi2"}, "profile"),
        ({"profile": "fapi3"}, "profile"),
        ({"access_token_format": "paper"}, "access_token_format"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "none", "grant_types": [CLIENT_CREDENTIALS]}, "grant_types"),
        ({"require_signed_request_object": True}, "require_signed_request_object"),
        ({"jwks": JWKS, "jwks_uri": "https://app.example/jwks"}, "jwks_uri"),
        ({"jwks": {"keys": "none"}}, "jwks"),
        ({"jwks_uri": "http://app.example/jwks"}, "jwks_uri"),
        ({"scope": ""}, "scope"),
        ({"scope": "unheard_of"}, "scope"),
        ({"grant_types": ["password"]}, "grant_types"),
        ({"grant_types": [CODE_GRANT], "response_types": []}, "grant_types"),
        ({"frontchannel_logout_uri": "https://elsewhere.example/out"}, "frontchannel_logout_uri"),
        ({"post_logout_redirect_uris": ["https://app.example/#x"]}, "post_logout_redirect_uris"),
        ({"token_endpoint_auth_signing_alg": "HS256"}, "token_endpoint_auth_signing_alg"),
        ({"id_token_encrypted_response_alg": "RSA-OAEP"}, "id_token_encrypted_response_alg"),
    ],
)
def test_a_refusal_names_the_member_at_fault(changes: dict[str, Any], member: str) -> None:
    assert fault(**changes) == member


def test_pairwise_names_over_several_hosts_need_a_sector() -> None:
    several = replace(APP, redirect_uris=(CB, "https://other.example/cb"))
    assert fault(several, subject_type="pairwise") == "sector_identifier_uri"


def test_an_own_scheme_makes_an_app_native_by_itself() -> None:
    phone = replace(APP, redirect_uris=("com.example.app:/cb",), simple_redirect_uri="com.example.app:/cb")
    assert revised(phone).application_type == "native"


PAIRWISE = replace(APP, subject_type="pairwise")
SECTOR = replace(PAIRWISE, sector_identifier_uri="https://app.example/sector")
FRAMED = replace(APP, frontchannel_logout_uri="https://app.example/out")
OTHER = "https://other.example/cb"


@pytest.mark.parametrize(
    ("client", "uris", "allowed"),
    [
        (APP, (CB, OTHER), True),
        (APP, (), True),
        (PAIRWISE, (CB, "https://app.example/second"), True),
        (PAIRWISE, (CB, OTHER), False),
        (PAIRWISE, (), False),
        (SECTOR, (), True),
        (SECTOR, (CB, OTHER), False),
        (FRAMED, (CB, OTHER), True),
        (FRAMED, (OTHER,), False),
    ],
)
def test_addresses_are_not_moved_from_under_what_hangs_on_them(
    client: Client, uris: tuple[str, ...], allowed: bool
) -> None:
    assert (move_problem(client, uris) is None) == allowed
