"""Metadata documents (OIDC Discovery §3, RFC 8414 §2): everything listed works, nothing else does."""

from types import MappingProxyType
from typing import Any

from oauth2system.protocol.authorization.validate import PROMPTS
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.protocol.tokens import claims

# The metadata member -> the path that serves it.
PATHS = MappingProxyType(
    {
        "authorization_endpoint": "/oauth2/authorize",
        "token_endpoint": "/oauth2/token",
        "userinfo_endpoint": "/oauth2/userinfo",
        "jwks_uri": "/oauth2/jwks",
        "introspection_endpoint": "/oauth2/introspect",
        "revocation_endpoint": "/oauth2/revoke",
        "pushed_authorization_request_endpoint": "/oauth2/par",
        "device_authorization_endpoint": "/oauth2/device_authorization",
        "registration_endpoint": "/oauth2/register",
        "end_session_endpoint": "/oauth2/end_session",
    }
)
_CONFIDENTIAL = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"]


def build_metadata(offer: Offer) -> dict[str, Any]:
    """Return the document that is served at both well-known addresses."""
    algs, theirs = list(offer.signing_algs), list(offer.client_algs)
    return {
        "issuer": offer.issuer,
        **_list_endpoints(offer),
        "scopes_supported": sorted(offer.scopes),
        "response_types_supported": list(offer.response_types),
        "response_modes_supported": list(offer.response_modes),
        "grant_types_supported": list(offer.grant_types),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": algs,
        "userinfo_signing_alg_values_supported": algs,
        **_describe_authentication(theirs),
        **_describe_claims(offer),
        **_describe_requests(offer, theirs),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": theirs,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "service_documentation": f"{offer.issuer}/docs",
    }


def _list_endpoints(offer: Offer) -> dict[str, str]:
    left_out = set[str]()
    if not offer.registration:
        left_out.add("registration_endpoint")
    if DEVICE_GRANT not in offer.grant_types:
        left_out.add("device_authorization_endpoint")
    return {name: offer.issuer + path for name, path in PATHS.items() if name not in left_out}


def _describe_authentication(algs: list[str]) -> dict[str, Any]:
    """List how clients authenticate where; public ones may revoke but not introspect (RFC 7662 §2.1)."""
    signed = [*algs, "HS256"]
    return {
        "token_endpoint_auth_methods_supported": [*_CONFIDENTIAL, "none"],
        "token_endpoint_auth_signing_alg_values_supported": signed,
        "introspection_endpoint_auth_methods_supported": _CONFIDENTIAL,
        "introspection_endpoint_auth_signing_alg_values_supported": signed,
        "revocation_endpoint_auth_methods_supported": [*_CONFIDENTIAL, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": signed,
    }


def _describe_claims(offer: Offer) -> dict[str, Any]:
    found: dict[str, Any] = {
        "claim_types_supported": ["normal"],
        "claims_supported": claims.list_supported(),
        "claims_parameter_supported": True,
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": ["en"],
    }
    if offer.acr_values:
        found["acr_values_supported"] = list(offer.acr_values)
    return found


def _describe_requests(offer: Offer, algs: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "request_parameter_supported": offer.request_objects,
        # OIDC Discovery §3: absent would mean true.
        "request_uri_parameter_supported": False,
        "require_pushed_authorization_requests": False,
    }
    if offer.request_objects:
        found["request_object_signing_alg_values_supported"] = algs
    return found
