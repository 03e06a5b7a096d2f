"""A registration that succeeds is of use: the client can complete a request that it is registered for (R024)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol import device
from oauth2system.protocol.authorization.validate import trust, validate
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients import consistency
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT, Client
from oauth2system.protocol.clients.registration import read, revise
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidScope, OAuthError, Untrusted
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.protocol.tokens import grants
from tests.protocol import keys
from tests.protocol.given import CB, CHALLENGE, OFFER

NEW = Client("700", "App 700", owner_id="1")
GRANTS = (CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT)


def keyset(*members: jose.SigningKey) -> dict[str, Any]:
    return {"keys": [jose.public_jwk(key) for key in members]}


USELESS: dict[str, dict[str, Any]] = {
    "a scope that is not offered": {"redirect_uris": [CB], "scope": "agent:tools"},
    "the same for an app that acts for itself": {
        "grant_types": [CLIENT_CREDENTIALS], "response_types": [], "scope": "agent:tools",
    },
    "nothing but refreshing": {"grant_types": [REFRESH_GRANT], "response_types": []},
    "a code and no address": {"grant_types": [CODE_GRANT]},
    "an algorithm that none of its keys has": {
        "redirect_uris": [CB], "token_endpoint_auth_method": "private_key_jwt", "jwks": keyset(keys.EC),
        "token_endpoint_auth_signing_alg": "RS256",
    },
    "requests that none of its keys can sign": {
        "redirect_uris": [CB], "jwks": keyset(keys.EC), "require_signed_request_object": True,
        "request_object_signing_alg": "EdDSA",
    },
}  # fmt: skip


@pytest.mark.parametrize("asked", USELESS.values(), ids=USELESS)
def test_r024_a_registration_that_could_do_nothing_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises((InvalidClientMetadata, InvalidRedirectUri)):
        read(asked, NEW, OFFER, allow_http=False)


@pytest.mark.parametrize(
    "changes", [{"grant_types": [REFRESH_GRANT]}, {"grant_types": []}, {"scope": "agent:tools"}, {"scope": ""}]
)
def test_r024_no_owner_makes_an_app_useless(changes: dict[str, Any]) -> None:
    app = read({"redirect_uris": [CB]}, NEW, OFFER, allow_http=False)
    with pytest.raises((InvalidClientMetadata, InvalidScope)):
        revise(app, changes, OFFER, allow_http=False)


def test_part_of_the_scopes_is_kept_and_an_empty_one_is_the_default() -> None:
    assert read({"redirect_uris": [CB], "scope": "email agent:tools"}, NEW, OFFER, allow_http=False).scopes == {"email"}
    assert read({"redirect_uris": [CB], "scope": ""}, NEW, OFFER, allow_http=False).scopes == NEW.scopes


METADATA = st.fixed_dictionaries(
    {},
    optional={
        "redirect_uris": st.sampled_from([[], [CB], ["https://app.example/cb2", CB]]),
        "grant_types": st.lists(st.sampled_from([*GRANTS, "password"]), max_size=4),
        "response_types": st.lists(st.sampled_from(["code", "token"]), max_size=2),
        "scope": st.lists(
            st.sampled_from(["openid", "email", "identify", "offline_access", "agent:tools"]), max_size=3
        ).map(" ".join),
        "token_endpoint_auth_method": st.sampled_from(["client_secret_basic", "none", "private_key_jwt"]),
        "token_endpoint_auth_signing_alg": st.sampled_from(["ES256", "RS256", "EdDSA", "HS256"]),
        "request_object_signing_alg": st.sampled_from(["ES256", "RS256", "Ed25519"]),
        "require_signed_request_object": st.booleans(),
        "require_pushed_authorization_requests": st.booleans(),
        "jwks": st.sampled_from([keyset(keys.EC), keyset(keys.RSA), keyset(keys.ED, keys.EC)]),
        "subject_type": st.sampled_from(["public", "pairwise"]),
    },
)


@given(METADATA)
def test_r024_every_registration_that_is_accepted_can_complete_a_request(asked: dict[str, Any]) -> None:
    try:
        client = read(asked, NEW, OFFER, allow_http=False)
    except (InvalidClientMetadata, InvalidRedirectUri):
        return
    assert any(can(client, OFFER) for can in (_sign_people_in, _act_for_itself, _connect_a_device))
    assert _can_prove_itself(client)


def _sign_people_in(client: Client, offer: Offer) -> bool:
    sent = {
        "client_id": client.id, "response_type": "code", "redirect_uri": next(iter(client.redirect_uris), ""),
        "scope": " ".join(client.scopes), "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    params = Params({name: value for name, value in sent.items() if value})
    try:
        validate(params, client, trust(params, client, offer), offer, pushed=True, signed=True)
    except (OAuthError, Untrusted):
        return False
    return True


def _act_for_itself(client: Client, offer: Offer) -> bool:
    try:
        grants.check_grant_type(Params({"grant_type": CLIENT_CREDENTIALS}), client, offer)
        grants.check_client_credentials(AuthenticatedClient(client, "basic"), Params({}), offer)
    except OAuthError:
        return False
    return True


def _connect_a_device(client: Client, offer: Offer) -> bool:
    try:
        device.check_request(Params({"scope": " ".join(client.scopes)}), AuthenticatedClient(client, "basic"), offer)
    except OAuthError:
        return False
    return True


def _can_prove_itself(client: Client) -> bool:
    algs: set[str] = set()
    for key in jose.parse_jwks(client.jwks) if client.jwks else ():
        algs |= key.algs
    signs = {
        client.token_endpoint_auth_signing_alg: client.token_endpoint_auth_method == "private_key_jwt",
        client.request_object_signing_alg: client.require_signed_request_object,
    }
    needed = [alg for alg, is_needed in signs.items() if is_needed]
    return all(bool(algs) if alg is None else jose.canonical(alg) in algs for alg in needed)


def test_an_app_that_signs_people_in_asks_for_something() -> None:
    """An owner can take the last scope away on the app's page, which no registration can."""
    client = replace(read({"redirect_uris": [CB]}, NEW, OFFER, allow_http=False), scopes=frozenset())
    with pytest.raises(InvalidClientMetadata) as caught:
        consistency.check_together(client)
    assert caught.value.reason is MetadataReason.SCOPE_EMPTY
    consistency.check_together(replace(client, grant_types=(CLIENT_CREDENTIALS,), redirect_uris=(), response_types=()))
