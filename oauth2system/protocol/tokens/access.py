"""Access tokens in use: whether they are valid here, their introspection, who may revoke them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from oauth2system.protocol.capabilities import SIGNING_ALGS
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.errors import (
    InsufficientScope,
    InvalidGrant,
    InvalidRequest,
    InvalidToken,
    UnauthorizedClient,
    UnsupportedTokenType,
)
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.jose.keys import VerificationKey, VerifiedClaims
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.protocol.scopes import write

JWT_TYPE = "at+jwt"


class TokenFacts(NamedTuple):
    """What is known of an access or refresh token."""

    client_id: str
    subject: str | None
    scopes: frozenset[str]
    issued_at: datetime
    expires_at: datetime
    kind: Literal["access", "refresh"] = "access"
    revoked: bool = False
    resources: tuple[str, ...] = ()
    jkt: str | None = None
    jti: str | None = None
    username: str | None = None
    auth_time: datetime | None = None
    acr: str | None = None


class Bearer(NamedTuple):
    """A token as it was sent, with its scheme."""

    scheme: Literal["bearer", "dpop"]
    token: str


def read_bearer(authorization: str | None, params: Params, *, name: str = "access_token") -> Bearer | None:
    """Read the access token of a request (RFC 6750 §2.1, §2.2; RFC 9449 §7.1); raises InvalidRequest for two."""
    in_body = params.get(name)
    scheme, _, token = (authorization or "").partition(" ")
    shown = scheme.lower()
    if shown not in {"bearer", "dpop"}:
        return None if in_body is None else Bearer("bearer", in_body)
    if in_body is not None:
        raise InvalidRequest(TokenReason.TOKEN_TWO_WAYS)
    if not token.strip():
        raise InvalidRequest(TokenReason.TOKEN_EMPTY)
    return Bearer("bearer" if shown == "bearer" else "dpop", token.strip(" "))


def check_usable(token: TokenFacts | None, now: datetime, *, at: str | None = None) -> TokenFacts:
    """Return a token that is valid here and now; raises InvalidToken. `at` names this resource (RFC 8707 §2)."""
    if token is None or token.kind != "access":
        raise InvalidToken(TokenReason.TOKEN_UNKNOWN)
    if token.revoked or token.expires_at <= now:
        raise InvalidToken(TokenReason.TOKEN_ENDED)
    if token.resources and at not in token.resources:
        raise InvalidToken(TokenReason.TOKEN_FOR_ANOTHER_RESOURCE, registered=" ".join(token.resources))
    return token


def check_scope(token: TokenFacts, *any_of: str) -> None:
    """Refuse a token without any of these scopes (RFC 6750 §3.1)."""
    if token.scopes.isdisjoint(any_of):
        raise InsufficientScope(TokenReason.SCOPE_MISSING, registered=" ".join(any_of))


def introspect(token: TokenFacts | None, caller: AuthenticatedClient, issuer: str, now: datetime) -> dict[str, Any]:
    """Return the answer of RFC 7662 §2.2; one that is not valid, or not for the caller, is inactive."""
    if caller.client.is_public:
        raise UnauthorizedClient(TokenReason.INTROSPECTION_NEEDS_CONFIDENTIAL)
    if token is None or token.revoked or token.expires_at <= now or not _is_business_of(caller, token):
        return {"active": False}
    return describe_token(token, issuer)


def describe_token(token: TokenFacts, issuer: str) -> dict[str, Any]:
    """Return the introspection answer of a live token (RFC 7662 §2.2)."""
    answer: dict[str, Any] = {
        "active": True,
        "client_id": token.client_id,
        "token_type": "Bearer" if token.jkt is None else "DPoP",
        "exp": int(token.expires_at.timestamp()),
        "iat": int(token.issued_at.timestamp()),
        "sub": token.subject or token.client_id,
        "iss": issuer,
    }
    if token.scopes:
        answer["scope"] = write(token.scopes)
    answer.update(_describe_optional(token))
    return answer


def _describe_optional(token: TokenFacts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if token.resources:
        found["aud"] = token.resources[0] if len(token.resources) == 1 else list(token.resources)
    named = (("username", token.username), ("acr", token.acr), ("jti", token.jti))
    found.update((name, value) for name, value in named if value is not None)
    if token.auth_time is not None:
        found["auth_time"] = int(token.auth_time.timestamp())
    if token.jkt is not None:
        found["cnf"] = {"jkt": token.jkt}
    return found


def _is_business_of(caller: AuthenticatedClient, token: TokenFacts) -> bool:
    """Return whether the caller is the token's own client or one of the resources it is for (RFC 7662 §4)."""
    client = caller.client
    return token.client_id == client.id or not set(token.resources).isdisjoint((client.id, *client.resources))


def check_revocable(token: TokenFacts, caller: AuthenticatedClient) -> None:
    """Refuse to end another client's token, which stays untouched (RFC 7009 §2.1)."""
    if token.client_id != caller.client.id:
        raise InvalidGrant(TokenReason.REVOKED_BY_ANOTHER_APP)


def refuse_id_token(token: str) -> None:
    """Refuse to revoke what cannot be: a JWT that is no access token of ours (RFC 7009 §2.2.1)."""
    try:
        typ = jws.read(token).header.get("typ", "")
    except BadJwt:
        return  # unknown tokens are answered with 200 (RFC 7009 §2.2)
    if typ.lower().removeprefix("application/") != JWT_TYPE:
        raise UnsupportedTokenType(TokenReason.NOT_REVOCABLE)


def jwt_claims(token: TokenFacts, issuer: str, default_audience: str) -> dict[str, Any]:
    """Return the claims of a JWT access token: RFC 9068 §2.2."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "exp": int(token.expires_at.timestamp()),
        "aud": default_audience,
        "sub": token.subject or token.client_id,
        "client_id": token.client_id,
        "iat": int(token.issued_at.timestamp()),
        "jti": token.jti,
    }
    if token.scopes:
        claims["scope"] = write(token.scopes)
    found = _describe_optional(token)
    found.pop("username", None)
    return {**claims, **found}


def read_jwt(token: str, keys: Iterable[VerificationKey], issuer: str) -> VerifiedClaims:
    """Check a JWT access token of ours by type, signature and issuer; its jti is then looked up (RFC 9068 §4)."""
    try:
        verified = jose.verify(token, keys, algs=SIGNING_ALGS, typs=(JWT_TYPE,))
        jti = jws.text_of(verified.claims, "jti")
    except BadJwt as error:
        raise InvalidToken(TokenReason.TOKEN_REFUSED, problem=error.finding) from error
    if verified.claims.get("iss") != issuer or not jti:
        raise InvalidToken(TokenReason.TOKEN_OF_ANOTHER_ISSUER)
    return verified
