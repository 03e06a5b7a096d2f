"""ID tokens: their claims, and the check of one that comes back as a hint."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256, sha512
from typing import Any

from oauth2system.protocol.capabilities import SIGNING_ALGS
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.faults import JwtFault


@dataclass(frozen=True, slots=True)
class SignIn:
    """How and when the person signed in: the facts behind auth_time, acr, amr and sid."""

    authenticated_at: datetime
    acr: str | None = None
    amr: tuple[str, ...] = ()
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """An ID token of ours that came back as a hint; it may have expired."""

    subject: str
    audience: tuple[str, ...]
    sid: str | None


def build_claims(  # noqa: PLR0913  (the members of OIDC Core §2, by name)
    *,
    issuer: str,
    subject: str,
    client_id: str,
    sign_in: SignIn,
    now: datetime,
    lives: timedelta,
    nonce: str | None = None,
    hashes: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the claims of OIDC Core §2; on refresh the caller keeps the first sign-in and sends no nonce (§12.2)."""
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        **(more or {}),
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "exp": issued + int(lives.total_seconds()),
        "iat": issued,
        "auth_time": int(sign_in.authenticated_at.timestamp()),
    }
    optional = (("nonce", nonce), ("acr", sign_in.acr), ("amr", list(sign_in.amr)), ("sid", sign_in.sid))
    claims.update((name, value) for name, value in optional if value)
    claims.update(hashes or {})
    return claims


def half_hash(value: str, alg: str) -> str:
    """Return at_hash or c_hash: the left half of the hash that goes with the algorithm (OIDC Core §3.1.3.6)."""
    # Ed25519 signs with SHA-512 (RFC 8032 §5.1), and libraries hash likewise.
    found = sha512(value.encode()) if alg == "EdDSA" else sha256(value.encode())
    raw = found.digest()
    return jws.encode(raw[: len(raw) // 2])


def read_hint(token: str, keys: Iterable[VerificationKey], issuer: str) -> Hint:
    """Check an id_token_hint: signature and issuer; an expired one is accepted (OIDC Core §3.1.2.1)."""
    # An access token or logout token is no hint (RFC 8725 §3.11): ours are typed at+jwt and logout+jwt.
    claims = jose.verify(token, keys, algs=SIGNING_ALGS, typs=("", "jwt")).claims
    subject, sid = jws.text_of(claims, "sub"), jws.text_of(claims, "sid")
    if claims.get("iss") != issuer or not subject:
        raise BadJwt(JwtFault.HINT_FOREIGN)
    return Hint(subject, jws.audience_of(claims), sid)


def find_hinted_subject(params: Params, client: Client, keys: Iterable[VerificationKey], issuer: str) -> str | None:
    """Return the person an authorization request's id_token_hint names; a hint that is not this client's is refused."""
    token = params.peek("id_token_hint")
    if token is None:
        return None
    try:
        hint = read_hint(token, keys, issuer)
    except BadJwt as error:
        raise InvalidRequest(AuthorizationReason.HINT_REFUSED, problem=error.finding) from error
    if client.id not in hint.audience:
        raise InvalidRequest(AuthorizationReason.HINT_OF_ANOTHER_APP)
    return hint.subject
