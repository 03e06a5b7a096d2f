"""Metadata documents."""

import json

from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.discovery import PATHS, build_metadata
from tests.protocol.given import ISSUER, OFFER

FULL = Offer(ISSUER, registration=True, acr_values=("mfa",))


def test_the_document_has_what_the_standards_require() -> None:
    found = build_metadata(OFFER)
    assert found["issuer"] == ISSUER
    assert "openid" in found["scopes_supported"]
    assert found["response_types_supported"] == ["code"]
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert "RS256" in found["request_object_signing_alg_values_supported"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["request_uri_parameter_supported"] is False
    assert found["authorization_response_iss_parameter_supported"] is True
    assert {"sub", "name", "email", "email_verified"} <= set(found["claims_supported"])


def test_clients_may_sign_with_ed25519_by_its_own_name_and_we_do_not() -> None:
    found = build_metadata(OFFER)
    lists = {name: value for name, value in found.items() if "signing_alg_values" in name}
    ours = {"id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported"}
    assert {name for name, value in lists.items() if "Ed25519" not in value} == ours


def test_every_address_is_ours_and_no_list_is_empty() -> None:
    found = build_metadata(FULL)
    for name, value in found.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value == ISSUER + PATHS[name]
        assert value != []
    assert set(PATHS) <= set(found)
    json.dumps(found)


def test_none_is_never_a_signing_algorithm() -> None:
    assert all(
        "none" not in value for name, value in build_metadata(FULL).items() if name.endswith("_alg_values_supported")
    )


def test_t020_what_is_off_is_not_listed() -> None:
    bare = build_metadata(Offer(ISSUER, grant_types=("authorization_code",), request_objects=False))
    for name in ("registration_endpoint", "device_authorization_endpoint", "acr_values_supported"):
        assert name not in bare
        assert name in build_metadata(FULL)
    assert bare["request_parameter_supported"] is False
    assert "request_object_signing_alg_values_supported" not in bare
