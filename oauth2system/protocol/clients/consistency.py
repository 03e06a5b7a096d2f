"""What of a client's metadata must fit together: members good alone can contradict each other (RFC 7591 §2)."""

from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from oauth2system.i18n import N_
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, Client
from oauth2system.protocol.clients.metadata import contradict
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth2system.protocol.tokens import claims


def check_together(client: Client) -> None:
    """Refuse members that are good alone and contradict each other (RFC 7591 §2.1)."""
    if bool(client.response_types) != (CODE_GRANT in client.grant_types):
        raise contradict("grant_types", "response_types code and grant_types authorization_code go together.")
    if client.is_public and CLIENT_CREDENTIALS in client.grant_types:
        raise contradict("grant_types", "client_credentials is for confidential apps only.")
    if client.application_type == "web" and any(not is_web(uri) for uri in client.redirect_uris):
        raise InvalidRedirectUri("An own scheme is for apps with application_type native.")
    check_keys(client)
    _check_sector(client)
    check_frame(client)


def move_problem(client: Client, uris: tuple[str, ...]) -> str | None:
    """Say why a client may not have these redirect URIs in the place of its own, or None."""
    moved = replace(client, redirect_uris=uris)
    # People would be strangers to the app from one moment to the next.
    if client.subject_type == "pairwise" and claims.sector_of(moved) != claims.sector_of(client):
        return N_("This app knows people by pairwise names of its host: keep to that host, or name a sector document.")
    if client.sector_identifier_uri is not None and not set(uris) <= set(client.redirect_uris):
        return N_("The sector document would have to name this address: take it away first, and put it back after.")
    try:
        check_frame(moved)
    except InvalidClientMetadata:
        return N_("The front-channel logout address needs a redirect URI of the same host. Change that one first.")
    return None


def is_web(uri: str) -> bool:
    """Tell whether an address is one of the web, not a scheme of an app's own."""
    return uri.lower().startswith(("https://", "http://"))


def check_keys(client: Client) -> None:
    """Refuse keys and methods that contradict each other (OIDC Registration §2)."""
    if client.jwks is not None and client.jwks_uri is not None:
        raise contradict("jwks_uri", "Send jwks or jwks_uri, not both.")
    has_keys = client.jwks is not None or client.jwks_uri is not None
    if client.token_endpoint_auth_method == "private_key_jwt" and not has_keys:  # noqa: S105
        raise contradict("token_endpoint_auth_method", "private_key_jwt needs jwks or jwks_uri.")
    if client.require_signed_request_object and not has_keys:
        raise contradict("require_signed_request_object", "Signed requests need jwks or jwks_uri.")
    symmetric = client.token_endpoint_auth_signing_alg == "HS256"  # noqa: S105
    asked = client.token_endpoint_auth_signing_alg is not None
    if asked and symmetric != (client.token_endpoint_auth_method == "client_secret_jwt"):  # noqa: S105
        text = "token_endpoint_auth_signing_alg does not fit token_endpoint_auth_method."
        raise contradict("token_endpoint_auth_signing_alg", text)


def _check_sector(client: Client) -> None:
    # OIDC Core §8.1: several hosts need a document that names them all.
    if client.subject_type == "pairwise" and claims.sector_of(client) is None:
        raise contradict("sector_identifier_uri", "Pairwise subjects over several hosts need a sector_identifier_uri.")


def check_sector_document(document: object, client: Client) -> None:
    """Decide whether the fetched sector document names every redirect URI (OIDC Registration §5)."""
    uris = cast("list[Any]", document) if isinstance(document, list) else []
    if not set(client.redirect_uris) <= {uri for uri in uris if isinstance(uri, str)}:
        raise contradict(
            "sector_identifier_uri", "The document at sector_identifier_uri does not list every redirect URI."
        )


def check_frame(client: Client) -> None:
    """OIDC Front-Channel Logout §2: the frame's origin is that of a redirect URI."""
    if client.frontchannel_logout_uri is None:
        return
    if _origin(client.frontchannel_logout_uri) not in {_origin(uri) for uri in client.redirect_uris}:
        raise contradict(
            "frontchannel_logout_uri", "frontchannel_logout_uri must share its origin with a redirect URI."
        )


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
