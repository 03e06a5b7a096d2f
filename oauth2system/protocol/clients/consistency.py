"""Rules for several members of client metadata: each may be valid alone, and contradict another (RFC 7591 §2)."""

from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from oauth2system.protocol.capabilities import FAPI_ALGS, SIGNING_ALGS
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, REFRESH_GRANT, Client
from oauth2system.protocol.clients.redirect_uris import is_web
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth2system.protocol.jose import keys as jose
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
    _check_usable(client)
    _check_sector(client)
    check_frame(client)


def _check_usable(client: Client) -> None:
    """Refuse a client that could complete no request that it is registered for (RFC 7591 §3.2.2)."""
    begins = {grant for grant in client.grant_types if grant != REFRESH_GRANT and client.may_use(grant)}
    if not begins:
        raise InvalidClientMetadata(MetadataReason.GRANTS_BEGIN_NOTHING, member="grant_types")
    if not client.scopes and CLIENT_CREDENTIALS not in begins:  # a person is asked for something, or for nothing
        raise InvalidClientMetadata(MetadataReason.SCOPE_EMPTY, member="scope")
    if client.token_endpoint_auth_method == "private_key_jwt":  # noqa: S105  (a method)
        _check_key_fits(client, "token_endpoint_auth_signing_alg")
    if client.require_signed_request_object:
        _check_key_fits(client, "request_object_signing_alg")


def _check_key_fits(client: Client, member: str) -> None:
    """Refuse registered keys of which none can make the signature that the client is to send (RFC 7517 §4.4)."""
    if client.jwks is None:
        return
    one: str | None = getattr(client, member)
    accepted = FAPI_ALGS if client.is_fapi else SIGNING_ALGS
    wanted = set(accepted) if one is None else {jose.canonical(one)} & set(accepted)
    if not any(key.algs & wanted for key in jose.parse_jwks(client.jwks)):
        algs = ", ".join(accepted if one is None else (one,))
        raise InvalidClientMetadata(MetadataReason.KEYS_DO_NOT_FIT, member=member, algs=algs)


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
    if client.token_endpoint_auth_method == "private_key_jwt" and not has_keys:  # noqa: S105  (a method)
        raise InvalidClientMetadata(MetadataReason.METHOD_NEEDS_KEYS, member="token_endpoint_auth_method")
    if client.require_signed_request_object and not has_keys:
        raise InvalidClientMetadata(MetadataReason.REQUESTS_NEED_KEYS, member="require_signed_request_object")
    symmetric = client.token_endpoint_auth_signing_alg == "HS256"  # noqa: S105  (an algorithm)
    asked = client.token_endpoint_auth_signing_alg is not None
    if asked and symmetric != (client.token_endpoint_auth_method == "client_secret_jwt"):  # noqa: S105  (the name of a method)
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
    if _split_origin(client.frontchannel_logout_uri) not in {_split_origin(uri) for uri in client.redirect_uris}:
        raise InvalidClientMetadata(MetadataReason.FRAME_FOREIGN, member="frontchannel_logout_uri")


def _split_origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
