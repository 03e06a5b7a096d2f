"""Rules for several members of client metadata: each may be valid alone, and contradict another (RFC 7591 §2)."""

from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, Client
from oauth2system.protocol.clients.redirect_uris import is_web
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth2system.protocol.reasons.addresses import UriFault
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.protocol.tokens import claims


def check_together(client: Client) -> None:
    """Raise InvalidClientMetadata or InvalidRedirectUri for members that contradict each other (RFC 7591 §2.1)."""
    if bool(client.response_types) != (CODE_GRANT in client.grant_types):
        raise InvalidClientMetadata(MetadataReason.GRANTS_CONTRADICT, member="grant_types")
    if client.is_public and CLIENT_CREDENTIALS in client.grant_types:
        raise InvalidClientMetadata(MetadataReason.GRANT_NEEDS_SECRET, member="grant_types")
    if client.application_type == "web" and any(not is_web(uri) for uri in client.redirect_uris):
        raise InvalidRedirectUri(MetadataReason.SCHEME_NEEDS_NATIVE, member="redirect_uris")
    check_keys(client)
    _check_sector(client)
    check_frame(client)


def move_problem(client: Client, uris: tuple[str, ...]) -> UriFault | None:
    """Say why a client may not have these redirect URIs in the place of its own, or None."""
    moved = replace(client, redirect_uris=uris)
    # The app would no longer recognise its people: their subject identifiers would change.
    if client.subject_type == "pairwise" and claims.sector_of(moved) != claims.sector_of(client):
        return UriFault.SECTOR_LEFT
    if client.sector_identifier_uri is not None and not set(uris) <= set(client.redirect_uris):
        return UriFault.SECTOR_UNLISTED
    try:
        check_frame(moved)
    except InvalidClientMetadata:
        return UriFault.FRAME_LEFT
    return None


def check_keys(client: Client) -> None:
    """Refuse keys and methods that contradict each other (OIDC Registration §2)."""
    if client.jwks is not None and client.jwks_uri is not None:
        raise InvalidClientMetadata(MetadataReason.KEYS_TWICE, member="jwks_uri")
    has_keys = client.jwks is not None or client.jwks_uri is not None
    if client.token_endpoint_auth_method == "private_key_jwt" and not has_keys:  # noqa: S105
        raise InvalidClientMetadata(MetadataReason.METHOD_NEEDS_KEYS, member="token_endpoint_auth_method")
    if client.require_signed_request_object and not has_keys:
        raise InvalidClientMetadata(MetadataReason.REQUESTS_NEED_KEYS, member="require_signed_request_object")
    symmetric = client.token_endpoint_auth_signing_alg == "HS256"  # noqa: S105
    asked = client.token_endpoint_auth_signing_alg is not None
    if asked and symmetric != (client.token_endpoint_auth_method == "client_secret_jwt"):  # noqa: S105
        raise InvalidClientMetadata(MetadataReason.ALG_NEEDS_OTHER_METHOD, member="token_endpoint_auth_signing_alg")


def _check_sector(client: Client) -> None:
    # OIDC Core §8.1: several hosts need a document that names them all.
    if client.subject_type == "pairwise" and claims.sector_of(client) is None:
        raise InvalidClientMetadata(MetadataReason.SECTOR_NEEDED, member="sector_identifier_uri")


def check_sector_document(document: object, client: Client) -> None:
    """Decide whether the fetched sector document names every redirect URI (OIDC Registration §5)."""
    uris = cast("list[Any]", document) if isinstance(document, list) else []
    if not set(client.redirect_uris) <= {uri for uri in uris if isinstance(uri, str)}:
        raise InvalidClientMetadata(MetadataReason.SECTOR_INCOMPLETE, member="sector_identifier_uri")


def check_frame(client: Client) -> None:
    """OIDC Front-Channel Logout §2: the frame's origin is that of a redirect URI."""
    if client.frontchannel_logout_uri is None:
        return
    if _origin(client.frontchannel_logout_uri) not in {_origin(uri) for uri in client.redirect_uris}:
        raise InvalidClientMetadata(MetadataReason.FRAME_FOREIGN, member="frontchannel_logout_uri")


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
