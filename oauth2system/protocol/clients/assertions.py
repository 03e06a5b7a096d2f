"""JWT client assertions: private_key_jwt and client_secret_jwt (RFC 7523 §3, OIDC Core §9)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from oauth2system.protocol.capabilities import FAPI_ALGS, SIGNING_ALGS
from oauth2system.protocol.clients.authentication import AuthenticatedClient, Credentials, check_method
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt, Unverified
from oauth2system.protocol.jose.keys import VerificationKey, VerifiedClaims
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.faults import JwtFault

# An hour is what widespread client libraries sign for by default.
LONGEST_LIFE = 3600
# FAPI 2.0 Security Profile §5.3.2.1 accepts 10 s ahead and refuses more than 60.
AHEAD = 60
# Clocks differ: an assertion is good this long after its exp, and its jti is remembered as long.
SKEW = 10
_MAX_JTI = 512


@dataclass(frozen=True, slots=True)
class Assertion:
    """A good assertion; it counts only if `jti` is taken for the first time (T038)."""

    caller: AuthenticatedClient
    jti: str
    forget_at: datetime


def by_assertion(  # noqa: PLR0913  (what is compared with what, by name)
    credentials: Credentials,
    client: Client | None,
    *,
    keys: Sequence[VerificationKey] = (),
    secret: bytes | None = None,
    audiences: Collection[str],
    issuer: str,
    now: datetime,
) -> Assertion:
    """Decide by a signed assertion; `keys` and `secret` are the client's own, never the header's."""
    client = check_method(credentials, client)
    if credentials.assertion is None:
        raise credentials.failure(ClientReason.ASSERTION_MISSING)
    try:
        verified = _verify(credentials.assertion, client, keys, secret)
        _check_audience(verified, {issuer} if client.is_fapi else {issuer, *audiences}, strict=client.is_fapi)
        jti, expires = _check_claims(verified, client, now.timestamp())
    except BadJwt as error:
        raise credentials.failure(ClientReason.ASSERTION_REFUSED, problem=error.finding) from error
    return Assertion(AuthenticatedClient(client, "assertion"), jti, datetime.fromtimestamp(expires + SKEW, UTC))


def algs_for(client: Client) -> tuple[str, ...]:
    """Return the algorithms a client's assertions may use (FAPI 2.0 Security Profile §5.4.1)."""
    allowed = FAPI_ALGS if client.is_fapi else SIGNING_ALGS
    one = client.token_endpoint_auth_signing_alg
    return allowed if one is None else tuple(alg for alg in allowed if alg == jose.canonical(one))


def _verify(
    assertion: Unverified, client: Client, keys: Sequence[VerificationKey], secret: bytes | None
) -> VerifiedClaims:
    """Check the signature by the one method of this client: neither can be taken for the other (RFC 8725 §2.1)."""
    jose.check_typ(assertion, ("", "jwt", "client-authentication+jwt"))
    if client.token_endpoint_auth_method == "client_secret_jwt":  # noqa: S105  (a method)
        return jose.verify_hmac(assertion, secret or b"")
    return jose.verify(assertion, keys, algs=algs_for(client))


def _check_audience(verified: VerifiedClaims, accepted: set[str], *, strict: bool) -> None:
    """Accept the issuer; outside FAPI also the endpoint's own URL, and either in an array (RFC 7523 §3)."""
    if strict and not isinstance(verified.claims.get("aud"), str):
        raise BadJwt(JwtFault.AUD_NOT_ISSUER)
    if accepted.isdisjoint(jws.audience_of(verified.claims)):
        raise BadJwt(JwtFault.AUD_FOREIGN)


def _check_claims(verified: VerifiedClaims, client: Client, now: float) -> tuple[str, float]:
    """Check who, when and which one; return (jti, exp)."""
    claims = verified.claims
    # RFC 9101 §10.8: a signed request travels through browsers, and must not prove its client when it is found there.
    if "response_type" in claims:
        raise BadJwt(JwtFault.IS_REQUEST)
    if claims.get("iss") != client.id or claims.get("sub") != client.id:
        raise BadJwt(JwtFault.NOT_THE_CLIENTS)
    expires = jws.date_of(claims, "exp")
    if expires is None or expires + SKEW <= now or expires > now + LONGEST_LIFE + AHEAD:
        raise BadJwt(JwtFault.EXP_REFUSED)
    if any((jws.date_of(claims, name) or 0) > now + AHEAD for name in ("iat", "nbf")):
        raise BadJwt(JwtFault.FROM_THE_FUTURE)
    jti = jws.text_of(claims, "jti")
    if not jti or len(jti) > _MAX_JTI:
        raise BadJwt(JwtFault.JTI_MISSING)
    return jti, expires
