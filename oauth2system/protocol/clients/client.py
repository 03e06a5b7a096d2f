"""A client: its metadata, what it may do, and its redirect URIs."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from oauth2system.protocol.clients.redirect_uris import check_post_logout_uri, check_redirect_uri, is_loopback, is_web

__all__ = [
    "CLIENT_CREDENTIALS",
    "CODE_GRANT",
    "DEVICE_GRANT",
    "REFRESH_GRANT",
    "Client",
    "check_post_logout_uri",
    "check_redirect_uri",
    "is_client_id",
    "is_local",
    "match_redirect",
]

CODE_GRANT = "authorization_code"
REFRESH_GRANT = "refresh_token"
CLIENT_CREDENTIALS = "client_credentials"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"

AuthMethod = Literal["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]
Profile = Literal["default", "fapi2"]
Format = Literal["opaque", "jwt"]

_DEFAULT_SCOPES = frozenset({"identify", "email", "openid", "profile", "offline_access"})


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client: RFC 7591 §2, OIDC Registration §2, and what is ours."""

    id: str
    name: str
    owner_id: str | None = None
    is_public: bool = False
    first_party: bool = False
    disabled: bool = False
    redirect_uris: tuple[str, ...] = ()
    scopes: frozenset[str] = _DEFAULT_SCOPES
    # Those of its scopes that a person may leave out (protocol/scopes.py, list_optional).
    optional_scopes: frozenset[str] = frozenset()
    grant_types: frozenset[str] = frozenset({CODE_GRANT, REFRESH_GRANT})
    response_types: frozenset[str] = frozenset({"code"})
    response_modes: frozenset[str] = frozenset({"query", "fragment", "form_post"})
    token_endpoint_auth_method: AuthMethod = "client_secret_basic"  # noqa: S105  (a method)
    token_endpoint_auth_signing_alg: str | None = None
    require_pkce: bool = True
    profile: Profile = "default"
    application_type: Literal["web", "native"] = "web"
    # Raised when all tokens of the app are revoked: what was made under another one is dead.
    generation: int = 0
    # The simple flow (decision 0017): two calls, one value.
    simple_flow: bool = False
    simple_redirect_uri: str | None = None
    simple_iss: bool = False
    reread_seconds: int = 0
    require_state: bool = False
    # What people see.
    description: str = ""
    logo_uri: str | None = None
    # The name of the logo as we serve it, and the address that it was fetched from; an uploaded one has no address.
    logo: str | None = None
    logo_from: str | None = None
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: tuple[str, ...] = ()
    # Keys and algorithms. The key set is JSON text: parsed where a signature is checked, not on every read.
    jwks: str | None = None
    jwks_uri: str | None = None
    id_token_signed_response_alg: str = "RS256"  # noqa: S105  (an algorithm)
    id_token_userinfo_claims: bool = False
    userinfo_signed_response_alg: str | None = None
    request_object_signing_alg: str | None = None
    access_token_format: Format = "opaque"  # noqa: S105  (a format)
    resources: tuple[str, ...] = ()
    # What it promises or demands.
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    # Whether people prove a second factor whenever they sign in to it; an administrator decides that.
    second_factor: bool = False
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    dpop_bound_access_tokens: bool = False
    subject_type: Literal["public", "pairwise"] = "public"
    sector_identifier_uri: str | None = None
    # Sign-out.
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    initiate_login_uri: str | None = None
    # Where it came from.
    self_registered: bool = False
    software_id: str | None = None
    software_version: str | None = None

    @property
    def is_fapi(self) -> bool:
        """Return whether this client follows the FAPI 2.0 Security Profile."""
        return self.profile == "fapi2"

    @property
    def takes_secret(self) -> bool:
        """Return whether this client authenticates with a secret: its registered method decides."""
        return not self.is_public and self.token_endpoint_auth_method.startswith("client_secret")

    def may_use(self, grant: str) -> bool:
        """Return whether this client may use a grant; under FAPI only pushed requests count (§5.3.2.2)."""
        return grant in self.grant_types and not (self.is_fapi and grant == DEVICE_GRANT)

    @property
    def may_be_anyone(self) -> bool:
        """Return whether any program on a device could claim this client's redirect URI (RFC 8252 §8.6)."""
        return self.is_public and any(is_local(uri) for uri in self.redirect_uris)


def is_client_id(text: str) -> bool:
    """Decide whether a client can have this id at all; anything else need not be looked up."""
    return text.isascii() and text.isdecimal()


# RFC 8252 §7.3: loopback literals only; `localhost` may resolve elsewhere (§8.3).
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?([/?][\x21-\x7e]*)?")
_LARGEST_PORT = 65535


def match_redirect(client: Client, uri: str) -> bool:
    """Decide whether this is one of the client's URIs: the very same string (RFC 9700 §4.1.3)."""
    if uri in client.redirect_uris:
        return True
    if not (client.is_public or client.application_type == "native"):
        return False
    asked = _any_port(uri)
    return asked is not None and any(_any_port(known) == asked for known in client.redirect_uris)


def _any_port(uri: str) -> tuple[str, str] | None:
    """Return (host literal, path and query) of a loopback URI: all that counts of it (RFC 8252 §7.3)."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 0) > _LARGEST_PORT:
        return None
    return found[1], found[3] or ""


@lru_cache(maxsize=256)  # a pure function, asked for the registered address at every answer
def is_local(uri: str) -> bool:
    """Return whether a redirect stays on the device: a loopback host or a private-use scheme."""
    return is_loopback(uri) or not is_web(uri)
