"""Client authentication: read the credentials, require the one registered method, check it."""

from binascii import a2b_base64
from enum import Enum, auto
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from oauth2system.protocol import params as parameters
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClient, InvalidRequest
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose.jws import BadJwt, Unverified
from oauth2system.protocol.params import Params, placeholder_in
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.reason import Param

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 §2.2
CHALLENGE = {"WWW-Authenticate": 'Basic realm="oauth2"'}
_MAX_BASIC = 4096
# The last characters of a secret, by which its owner knows it.
_HINT_LENGTH = 4

CredentialKind = Literal["basic", "post", "assertion", "none"]
# What a client registered (OIDC Core §9) -> how its credentials arrive.
_ARRIVES: dict[str, CredentialKind] = {
    "client_secret_basic": "basic",
    "client_secret_post": "post",
    "client_secret_jwt": "assertion",
    "private_key_jwt": "assertion",
    "none": "none",
}
# How they arrived, in the words of OIDC Core §9, for the app's owner.
_SHOWN: dict[CredentialKind, str] = {
    "basic": "client_secret_basic",
    "post": "client_secret_post",
    "assertion": "private_key_jwt or client_secret_jwt",
    "none": "none",
}


class SecretCheck(Enum):
    """What was found of a secret that a caller showed."""

    RIGHT = auto()
    WRONG = auto()
    EXPIRED = auto()


class Credentials(NamedTuple):
    """The credentials that a caller sent, not yet checked."""

    client_id: str
    shown: CredentialKind
    secret: str | None = None
    assertion: Unverified | None = None

    @property
    def method(self) -> str:
        """Return how they were sent, in the words of OIDC Core §9."""
        return _SHOWN[self.shown]

    def failure(
        self, reason: ClientReason, *, sent: str | None = None, registered: str | None = None, **params: Param
    ) -> InvalidClient:
        """Return the refusal of these credentials: anyone reads the same, and only the app's owner the reason."""
        headers = CHALLENGE if self.shown == "basic" else None
        return InvalidClient(reason, headers=headers, sent=sent, registered=registered, **params)


class AuthenticatedClient(NamedTuple):
    """A client that authenticated, or a public one that named itself: only this module makes one."""

    client: Client
    shown: CredentialKind


def read(authorization: str | None, params: Params) -> Credentials:
    """Read the credentials of a request; raises InvalidRequest for two methods at once (RFC 6749 §2.3)."""
    secret, assertion = params.get("client_secret"), params.get("client_assertion")
    basic = authorization is not None and authorization[:6].lower() == "basic "
    if basic + (secret is not None) + (assertion is not None) > 1:
        raise InvalidRequest(ClientReason.TWO_METHODS)
    client_id = params.get("client_id")
    if authorization is not None and basic:
        return _require_same_client(_read_basic(authorization), client_id)
    if assertion is not None:
        return _read_assertion(assertion, client_id, params)
    if client_id is None:
        raise InvalidClient(ClientReason.NO_CREDENTIALS)
    return Credentials(client_id, "none" if secret is None else "post", secret)


def _read_basic(authorization: str) -> Credentials:
    try:
        client_id, secret = parse_basic(authorization[6:].strip(" "))
    except ValueError as error:
        raise InvalidClient(ClientReason.BASIC_UNREADABLE, headers=CHALLENGE) from error
    return Credentials(client_id, "basic", secret)


def parse_basic(encoded: str) -> tuple[str, str]:
    """Return the client id and the secret of HTTP Basic; raises ValueError for what cannot be read.

    RFC 6749 §2.3.1 changes RFC 7617: both halves are form-urlencoded before base64.
    """
    client_id, colon, secret = a2b_base64(encoded[:_MAX_BASIC], strict_mode=True).decode("ascii").partition(":")
    if not colon or len(encoded) > _MAX_BASIC:
        raise ValueError("no colon, or too long")
    return _decode_half(client_id), _decode_half(secret)


def _decode_half(half: str) -> str:
    """Decode one half strictly: a spelling that no encoder writes is refused."""
    if ":" in half or not half.isprintable() or " " in half:
        raise ValueError("not form-urlencoded")
    if "%" not in half and "+" not in half:  # ours never need an escape
        return half
    if parameters.has_broken_escape(half):
        raise ValueError("not form-urlencoded")
    return unquote_to_bytes(half.replace("+", " ")).decode()


def _require_same_client(credentials: Credentials, client_id: str | None) -> Credentials:
    if client_id is not None and client_id != credentials.client_id:
        raise credentials.failure(ClientReason.CLIENT_ID_DIFFERS)
    if not credentials.client_id:
        raise credentials.failure(ClientReason.CLIENT_ID_EMPTY)
    return credentials


def _read_assertion(assertion: str, client_id: str | None, params: Params) -> Credentials:
    """Read an assertion only so far as to know whose key to try; RFC 7521 §4.2 makes client_id optional."""
    if params.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient(ClientReason.ASSERTION_TYPE_WRONG, type=ASSERTION_TYPE)
    try:
        unverified = jws.read(assertion)
        subject = jws.text_of(unverified.claims, "sub")
    except BadJwt as error:
        raise InvalidClient(ClientReason.ASSERTION_REFUSED, problem=error.finding) from error
    if subject is None or client_id not in (None, subject):
        raise InvalidClient(ClientReason.ASSERTION_SUBJECT)
    return Credentials(subject, "assertion", assertion=unverified)


def check_method(credentials: Credentials, client: Client | None) -> Client:
    """Return the client if it is known, enabled and showed its one registered method (RFC 6749 §2.3)."""
    if client is None:
        raise credentials.failure(ClientReason.UNKNOWN_CLIENT)
    if client.disabled:
        raise credentials.failure(ClientReason.DISABLED_CLIENT)
    # FAPI 2.0 Security Profile §5.3.2.1: whatever was registered, a shared secret is not enough there.
    if client.is_fapi and client.token_endpoint_auth_method != "private_key_jwt":  # noqa: S105  (a method)
        raise credentials.failure(ClientReason.FAPI_NEEDS_KEYS)
    if _ARRIVES[client.token_endpoint_auth_method] != credentials.shown:
        raise credentials.failure(
            ClientReason.METHOD_DIFFERS,
            sent=credentials.method,
            registered=client.token_endpoint_auth_method,
        )
    return client


def by_secret(credentials: Credentials, client: Client | None, found: SecretCheck) -> AuthenticatedClient:
    """Return a client by its secret, which the caller of this function has compared; raises InvalidClient."""
    client = check_method(credentials, client)
    if credentials.secret is not None and found is SecretCheck.EXPIRED:
        raise credentials.failure(ClientReason.SECRET_EXPIRED, hint=credentials.secret[-_HINT_LENGTH:])
    right = found is SecretCheck.RIGHT
    if not right and (word := placeholder_in(credentials.secret or "")):
        raise credentials.failure(ClientReason.SECRET_PLACEHOLDER, word=word)
    if credentials.secret is None or not right:
        raise credentials.failure(ClientReason.SECRET_WRONG)
    return AuthenticatedClient(client, credentials.shown)


def by_name(credentials: Credentials, client: Client | None) -> AuthenticatedClient:
    """Return a public client that only names itself; raises InvalidClient for a confidential one (RFC 6749 §2.3)."""
    client = check_method(credentials, client)
    if credentials.shown != "none" or not client.is_public:
        raise credentials.failure(ClientReason.NOT_PUBLIC)
    return AuthenticatedClient(client, "none")
