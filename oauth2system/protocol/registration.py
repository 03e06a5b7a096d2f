"""Dynamic registration: metadata in, a client out, metadata back (RFC 7591, RFC 7592, OIDC Registration)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from oauth2system.protocol import claims
from oauth2system.protocol.clients import CODE_GRANT, MACHINE_GRANT, AuthMethod, Client
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth2system.protocol.metadata import MAX_NAME, Reader, refuse
from oauth2system.protocol.offer import Offer
from oauth2system.protocol.redirect_uris import check_post_logout_uri, check_redirect_uri
from oauth2system.protocol.scopes import parse, write

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none")
# RFC 7592 §2.2: what only the server says.
_SERVER_SAYS = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
# Known to the standards and not offered: silently answering in the clear would be worse than refusing.
_NOT_OFFERED = (
    "id_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "request_object_encryption_alg",
    "introspection_encrypted_response_alg",
    "tls_client_certificate_bound_access_tokens",
)
# What no metadata change.
_ORIGIN = ("owner_id", "self_registered", "disabled")
_LINKS = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
_FETCHED = ("jwks_uri", "sector_identifier_uri", "initiate_login_uri", "backchannel_logout_uri")
_FLAGS = (
    "require_auth_time",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "backchannel_logout_session_required",
    "frontchannel_logout_session_required",
)


def read(data: Mapping[str, Any], client: Client, offer: Offer, *, allow_http: bool) -> Client:
    """Return the client these metadata describe; `client` brings what no metadata change: id, owner, origin."""
    reader = Reader(data, allow_http)
    for name in _NOT_OFFERED:
        if data.get(name):
            raise refuse(name, "is not offered here.")
    origin: dict[str, Any] = {name: getattr(client, name) for name in _ORIGIN}
    blank = Client(client.id, client.name, **origin)
    found = replace(
        blank,
        **_identity(reader, client),
        **_grants(reader, offer),
        **_keys(reader, offer),
        **_promises(reader),
        **_leaving(reader),
    )
    _check_together(found)
    return found


def _identity(reader: Reader, client: Client) -> dict[str, Any]:
    return {
        "name": reader.text("client_name", MAX_NAME) or client.name,
        "application_type": reader.one_of("application_type", ("web", "native")) or "web",
        "redirect_uris": reader.uris(
            "redirect_uris", lambda uri: check_redirect_uri(uri, allow_http=reader.allow_http)
        ),
        "contacts": reader.list("contacts") or (),
        "software_id": reader.text("software_id"),
        "software_version": reader.text("software_version"),
        **{name: reader.link(name) for name in _LINKS},
    }


def _grants(reader: Reader, offer: Offer) -> dict[str, Any]:
    method = cast("AuthMethod", reader.one_of("token_endpoint_auth_method", AUTH_METHODS) or "client_secret_basic")
    scope = reader.text("scope")
    found: dict[str, Any] = {
        "token_endpoint_auth_method": method,
        "is_public": method == "none",
        # RFC 9700 §2.1.1: MUST for public clients; confidential ones that bring a nonce may do without.
        "require_pkce": method == "none" or reader.flag("require_pkce"),
        "grant_types": reader.some_of("grant_types", offer.grant_types) or frozenset({CODE_GRANT}),
        "response_types": _response_types(reader, offer),
    }
    if scope is not None:
        found["scopes"] = parse(scope) & offer.scopes
    return found


def _response_types(reader: Reader, offer: Offer) -> frozenset[str]:
    found = reader.list("response_types")
    if found is None:
        return frozenset({"code"})
    kinds = frozenset(" ".join(sorted(kind.split())) for kind in found)
    if not kinds <= set(offer.response_types):
        raise refuse("response_types", f"can have {', '.join(offer.response_types)}.")
    return kinds


def _keys(reader: Reader, offer: Offer) -> dict[str, Any]:
    algs = offer.signing_algs
    return {
        "jwks": reader.jwks(),
        "token_endpoint_auth_signing_alg": reader.one_of("token_endpoint_auth_signing_alg", (*algs, "HS256")),
        "id_token_signed_response_alg": reader.one_of("id_token_signed_response_alg", algs) or "RS256",
        "userinfo_signed_response_alg": reader.one_of("userinfo_signed_response_alg", algs),
        "request_object_signing_alg": reader.one_of("request_object_signing_alg", algs),
        "subject_type": reader.one_of("subject_type", ("public", "pairwise")) or "public",
    }


def _promises(reader: Reader) -> dict[str, Any]:
    return {
        "default_max_age": reader.number("default_max_age"),
        "default_acr_values": reader.list("default_acr_values") or (),
        **{name: reader.flag(name) for name in _FLAGS},
    }


def _leaving(reader: Reader) -> dict[str, Any]:
    return {
        "post_logout_redirect_uris": reader.uris(
            "post_logout_redirect_uris", lambda uri: check_post_logout_uri(uri, allow_http=reader.allow_http)
        ),
        "frontchannel_logout_uri": reader.link("frontchannel_logout_uri"),
        **{name: reader.link(name) for name in _FETCHED},
    }


def _check_together(client: Client) -> None:
    """Refuse members that are good alone and contradict each other (RFC 7591 §2.1)."""
    uses_code = CODE_GRANT in client.grant_types
    if uses_code and not client.redirect_uris:
        raise InvalidRedirectUri("redirect_uris needs at least one address.")
    if bool(client.response_types) != uses_code:
        raise InvalidClientMetadata("response_types code and grant_types authorization_code go together.")
    if client.is_public and MACHINE_GRANT in client.grant_types:
        raise InvalidClientMetadata("client_credentials is for confidential apps only.")
    if client.application_type == "web" and any(not _is_web(uri) for uri in client.redirect_uris):
        raise InvalidRedirectUri("An own scheme is for apps with application_type native.")
    check_keys(client)
    _check_sector(client)
    check_frame(client)


def _is_web(uri: str) -> bool:
    return uri.lower().startswith(("https://", "http://"))


def check_keys(client: Client) -> None:
    """Refuse keys and methods that contradict each other (OIDC Registration §2)."""
    if client.jwks is not None and client.jwks_uri is not None:
        raise InvalidClientMetadata("Send jwks or jwks_uri, not both.")
    if client.token_endpoint_auth_method == "private_key_jwt" and client.jwks is None and client.jwks_uri is None:  # noqa: S105
        raise InvalidClientMetadata("private_key_jwt needs jwks or jwks_uri.")
    symmetric = client.token_endpoint_auth_signing_alg == "HS256"  # noqa: S105
    asked = client.token_endpoint_auth_signing_alg is not None
    if asked and symmetric != (client.token_endpoint_auth_method == "client_secret_jwt"):  # noqa: S105
        raise InvalidClientMetadata("token_endpoint_auth_signing_alg does not fit token_endpoint_auth_method.")


def _check_sector(client: Client) -> None:
    # OIDC Core §8.1: several hosts need a document that names them all.
    if client.subject_type == "pairwise" and claims.sector_of(client) is None:
        raise InvalidClientMetadata("Pairwise subjects over several hosts need a sector_identifier_uri.")


def check_sector_document(document: object, client: Client) -> None:
    """Decide whether the fetched sector document names every redirect URI (OIDC Registration §5)."""
    uris = cast("list[Any]", document) if isinstance(document, list) else []
    if not set(client.redirect_uris) <= {uri for uri in uris if isinstance(uri, str)}:
        raise InvalidClientMetadata("The document at sector_identifier_uri does not list every redirect URI.")


def check_frame(client: Client) -> None:
    """OIDC Front-Channel Logout §2: the frame's origin is that of a redirect URI."""
    if client.frontchannel_logout_uri is None:
        return
    if _origin(client.frontchannel_logout_uri) not in {_origin(uri) for uri in client.redirect_uris}:
        raise InvalidClientMetadata("frontchannel_logout_uri must share its origin with a redirect URI.")


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def check_replacement(data: Mapping[str, Any], client: Client, *, secret_matches: bool) -> None:
    """Judge the envelope of an update (RFC 7592 §2.2): it names this client and says nothing only we may say."""
    if data.get("client_id") != client.id:
        raise InvalidClientMetadata("client_id must be this app's.")
    for name in _SERVER_SAYS:
        if name in data:
            raise refuse(name, "cannot be sent in an update.")
    if "client_secret" in data and not secret_matches:
        raise InvalidClientMetadata("client_secret must be the current one; it cannot be chosen.")


def answer(client: Client) -> dict[str, Any]:
    """Return all registered metadata as stored (RFC 7591 §3.2.1); the service adds secret and token."""
    found: dict[str, Any] = {
        "client_id": client.id,
        "client_name": client.name,
        "grant_types": sorted(client.grant_types),
        "response_types": sorted(client.response_types),
        "scope": write(client.scopes),
        "redirect_uris": list(client.redirect_uris),
        "require_pkce": client.require_pkce,
    }
    found.update((name, getattr(client, name)) for name in _PLAIN)
    lists: dict[str, tuple[str, ...]] = {name: getattr(client, name) for name in _LISTS}
    found.update((name, list(value)) for name, value in lists.items() if value)
    if client.jwks is not None:
        found["jwks"] = json.loads(client.jwks)
    return {name: value for name, value in found.items() if value is not None}


_LISTS = ("contacts", "default_acr_values", "post_logout_redirect_uris")
_PLAIN = (
    "application_type",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "request_object_signing_alg",
    "subject_type",
    "default_max_age",
    "software_id",
    "software_version",
    "frontchannel_logout_uri",
    *_LINKS,
    *_FETCHED,
    *_FLAGS,
)
