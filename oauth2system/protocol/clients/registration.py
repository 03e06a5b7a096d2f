"""Dynamic registration: metadata in, a client out, metadata back (RFC 7591, RFC 7592, OIDC Registration)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients import fapi
from oauth2system.protocol.clients.client import CODE_GRANT, AuthMethod, Client, Format, Profile
from oauth2system.protocol.clients.consistency import check_together
from oauth2system.protocol.clients.metadata import MAX_NAME, MetadataReader
from oauth2system.protocol.clients.redirect_uris import check_post_logout_uri, check_redirect_uri, is_web
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.protocol.scopes import OPTIONAL, parse, write
from oauth2system.text import narrow

FORMATS = ("opaque", "jwt")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none")
# RFC 7592 §2.2: members that only the server sets.
_SERVER_SAYS = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
# Members of the standards that are not offered: ignoring them would answer unencrypted without notice.
_NOT_OFFERED = (
    "id_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "request_object_encryption_alg",
    "introspection_encrypted_response_alg",
    "tls_client_certificate_bound_access_tokens",
)
# Not changed by metadata: where an app came from, and what only its owner and the operator decide.
_KEPT = (
    *("owner_id", "self_registered", "disabled", "first_party", "description", "profile", "access_token_format"),
    *("simple_flow", "simple_iss", "reread_seconds", "require_state", "resources", "response_modes"),
    *("logo", "logo_from", "second_factor"),
)
_LINKS = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
_FETCHED = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri")
_FLAGS = (
    "require_auth_time",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "id_token_userinfo_claims",
    "backchannel_logout_session_required",
    "frontchannel_logout_session_required",
)


def read(
    data: Mapping[str, Any], client: Client, offer: Offer, *, allow_http: bool, plain_schemes: bool = False
) -> Client:
    """Return the client that these metadata describe; `client` has what metadata do not change: id, owner, origin."""
    found = _build_client(MetadataReader(data, allow_http, plain_schemes), client, offer)
    if CODE_GRANT in found.grant_types and not found.redirect_uris:
        raise InvalidRedirectUri(MetadataReason.REDIRECT_URI_NONE, member="redirect_uris")
    if data.get("scope") and not found.scopes:
        # RFC 7591 §3.2.2: what is registered would be nothing of what was asked.
        raise InvalidClientMetadata(MetadataReason.NONE_OF, member="scope", values=write(offer.scopes))
    check_together(found)
    return found


def revise(
    client: Client, changes: Mapping[str, Any], offer: Offer, *, allow_http: bool, plain_schemes: bool = False
) -> Client:
    """Return the client with these members changed by its owner, judged as a whole; null takes a member away.

    An owner may also change what no program may: `profile`, `access_token_format` and `simple_flow`.
    """
    own = MetadataReader(changes, allow_http)
    kept = replace(
        client,
        profile=cast("Profile", own.one_of("profile", ("default", "fapi2")) or client.profile),
        access_token_format=cast("Format", own.one_of("access_token_format", FORMATS) or client.access_token_format),
        simple_flow=own.flag("simple_flow") if "simple_flow" in changes else client.simple_flow,
    )
    found = _build_client(
        MetadataReader({**answer(client), **_derive_members(client, changes), **changes}, allow_http, plain_schemes),
        kept,
        offer,
    )
    if "scope" not in changes:
        found = replace(found, scopes=client.scopes)
    elif not (changes["scope"] and found.scopes):
        raise InvalidClientMetadata(MetadataReason.SCOPE_EMPTY, member="scope")
    check_together(found)
    return found


def _derive_members(client: Client, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that follow from the others."""
    grants: Any = changes.get("grant_types", client.grant_types)
    uris: Any = changes.get("redirect_uris", client.redirect_uris) or ()
    return {
        "application_type": "web" if all(is_web(str(uri)) for uri in uris) else "native",
        "response_types": sorted(client.response_types or {"code"}) if CODE_GRANT in grants else [],
    }


def _build_client(reader: MetadataReader, client: Client, offer: Offer) -> Client:
    for name in _NOT_OFFERED:
        if reader.data.get(name):
            raise InvalidClientMetadata(MetadataReason.NOT_OFFERED, member=name)
    kept: dict[str, Any] = {name: getattr(client, name) for name in _KEPT}
    found = replace(
        Client(client.id, client.name, **kept),
        **_read_identity(reader, client),
        **_read_grants(reader, offer),
        **_read_keys(reader, offer),
        **_read_promises(reader),
        **_read_sign_out(reader),
    )
    # The simple flow sends a secret, so it ends with the last method that has one (decision 0017).
    marked = _choose_simple_redirect(client, found.redirect_uris)
    return fapi.apply_profile(
        replace(found, simple_flow=client.simple_flow and found.takes_secret, simple_redirect_uri=marked)
    )


def _choose_simple_redirect(client: Client, uris: tuple[str, ...]) -> str | None:
    """Return where the simple flow leads once the addresses are these: where it led, or the first new one."""
    if uris == client.redirect_uris or client.simple_redirect_uri in uris:
        return client.simple_redirect_uri
    return next(iter(uris), None)


def _read_identity(reader: MetadataReader, client: Client) -> dict[str, Any]:
    return {
        "name": narrow(reader.text("client_name", MAX_NAME) or client.name),
        "application_type": reader.one_of("application_type", ("web", "native")) or "web",
        "redirect_uris": reader.uris(
            "redirect_uris",
            partial(check_redirect_uri, allow_http=reader.allow_http, plain_schemes=reader.plain_schemes),
        ),
        "contacts": reader.list("contacts") or (),
        "software_id": reader.text("software_id"),
        "software_version": reader.text("software_version"),
        **{name: reader.link(name) for name in _LINKS},
    }


def _read_grants(reader: MetadataReader, offer: Offer) -> dict[str, Any]:
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
    optional = reader.text("optional_scope")
    if optional is not None:
        # Like `scope`, it may name more than there is: what cannot be optional is required (RFC 7591 §3.2.1).
        found["optional_scopes"] = parse(optional) & frozenset(OPTIONAL)
    return found


def _response_types(reader: MetadataReader, offer: Offer) -> frozenset[str]:
    found = reader.list("response_types")
    if found is None:
        return frozenset({"code"})
    kinds = frozenset(" ".join(sorted(kind.split())) for kind in found)
    kept = kinds.intersection(offer.response_types)
    if kinds and not kept:
        raise InvalidClientMetadata(
            MetadataReason.NONE_OF, member="response_types", values=", ".join(offer.response_types)
        )
    return kept


def _read_keys(reader: MetadataReader, offer: Offer) -> dict[str, Any]:
    algs, theirs = offer.signing_algs, offer.client_algs
    return {
        "jwks": reader.jwks(),
        "token_endpoint_auth_signing_alg": reader.one_of("token_endpoint_auth_signing_alg", (*theirs, "HS256")),
        "id_token_signed_response_alg": reader.one_of("id_token_signed_response_alg", algs) or "RS256",
        "userinfo_signed_response_alg": reader.one_of("userinfo_signed_response_alg", algs),
        "request_object_signing_alg": reader.one_of("request_object_signing_alg", theirs),
        "subject_type": reader.one_of("subject_type", ("public", "pairwise")) or "public",
    }


def _read_promises(reader: MetadataReader) -> dict[str, Any]:
    return {
        "default_max_age": reader.number("default_max_age"),
        "default_acr_values": reader.list("default_acr_values") or (),
        **{name: reader.flag(name) for name in _FLAGS},
    }


def _read_sign_out(reader: MetadataReader) -> dict[str, Any]:
    return {
        "post_logout_redirect_uris": reader.uris(
            "post_logout_redirect_uris",
            partial(check_post_logout_uri, allow_http=reader.allow_http, plain_schemes=reader.plain_schemes),
        ),
        "frontchannel_logout_uri": reader.link("frontchannel_logout_uri"),
        "initiate_login_uri": reader.https("initiate_login_uri"),
        **{name: reader.link(name) for name in _FETCHED},
    }


def check_replacement(data: Mapping[str, Any], client: Client, *, secret_matches: bool) -> None:
    """Judge the envelope of an update (RFC 7592 §2.2): it names this client and no member of the server's."""
    if data.get("client_id") != client.id:
        raise InvalidClientMetadata(MetadataReason.OTHER_CLIENT_ID, member="client_id")
    for name in _SERVER_SAYS:
        if name in data:
            raise InvalidClientMetadata(MetadataReason.NOT_IN_UPDATE, member=name)
    if "client_secret" in data and not secret_matches:
        raise InvalidClientMetadata(MetadataReason.SECRET_NOT_CURRENT, member="client_secret")


def answer(client: Client) -> dict[str, Any]:
    """Return all registered metadata as stored (RFC 7591 §3.2.1); the service adds secret and token."""
    found: dict[str, Any] = {
        "client_id": client.id,
        "client_name": client.name,
        "grant_types": sorted(client.grant_types),
        "response_types": sorted(client.response_types),
        "scope": write(client.scopes),
        "optional_scope": write(client.optional_scopes) or None,
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
    "initiate_login_uri",
    *_LINKS,
    *_FETCHED,
    *_FLAGS,
)
