"""DPoP: proof that the sender holds a key (RFC 9449)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Any, cast
from urllib.parse import urlsplit

from oauth2system.protocol.capabilities import SIGNING_ALGS
from oauth2system.protocol.errors import InvalidDpopProof, InvalidGrant, InvalidToken, UseDpopNonce
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt, Unverified
from oauth2system.protocol.reasons.faults import JwtFault
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.reasons.tokens import TokenReason

# RFC 9449 §11.1: 60 seconds old at most, 10 ahead.
OLDEST = 60
AHEAD = 10
_MAX_JTI = 512
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A valid proof; it is accepted only if `replay_key` is used for the first time (RFC 9449 §11.1)."""

    jkt: str
    replay_key: bytes
    forget_at: datetime


def check_proof(  # noqa: PLR0913  (what is compared with what, by name)
    proofs: Sequence[str],
    *,
    method: str,
    url: str,
    now: datetime,
    access_token: str | None = None,
    nonces: Sequence[str] = (),
) -> DpopProof:
    """Check the DPoP header of a request (RFC 9449 §4.3); `nonces` are those good now, newest first."""
    if len(proofs) != 1:
        raise InvalidDpopProof(TokenReason.PROOFS_SEVERAL)
    try:
        claims, jkt = _verify(proofs[0])
        _check_target(claims, method, url)
        issued = _check_time(claims, now.timestamp())
        jti = jws.text_of(claims, "jti")
        if not jti or len(jti) > _MAX_JTI:
            raise BadJwt(JwtFault.JTI_MISSING)  # noqa: TRY301  (one verdict for all)
        _check_token(claims, access_token)
        nonce = jws.text_of(claims, "nonce")
    except BadJwt as error:
        raise InvalidDpopProof(TokenReason.PROOF_REFUSED, problem=error.finding) from error
    if nonces and nonce not in nonces:
        raise UseDpopNonce(TokenReason.PROOF_NONCE, headers={"DPoP-Nonce": nonces[0]})
    key = sha256(f"{jkt}\0{jti}".encode()).digest()
    return DpopProof(jkt, key, datetime.fromtimestamp(issued + OLDEST + AHEAD, UTC))


def _verify(proof: str) -> tuple[Mapping[str, Any], str]:
    """Check the proof against the key it carries: the one place where a header's key is right (RFC 9449 §4.2)."""
    unverified = jws.read(proof)
    jose.check_typ(unverified, ("dpop+jwt",))
    key = jose.parse_jwk(_jwk_of(unverified))
    # The header names no kid: the key is the one in `jwk`.
    verified = jose.verify(unverified, (key,), algs=SIGNING_ALGS)
    return verified.claims, key.thumbprint


def _jwk_of(unverified: Unverified) -> Mapping[str, Any]:
    jwk = unverified.header.get("jwk")
    if not isinstance(jwk, dict):
        raise BadJwt(JwtFault.JWK_MISSING)
    # A kid in header or key names nothing here; without it the one key fits.
    return {**cast("dict[str, Any]", jwk), "kid": unverified.kid}


def _check_target(claims: Mapping[str, Any], method: str, url: str) -> None:
    if jws.text_of(claims, "htm") != method:
        raise BadJwt(JwtFault.HTM_DIFFERS)
    htu = jws.text_of(claims, "htu")
    if htu is None or normal(htu) != normal(url):
        raise BadJwt(JwtFault.HTU_DIFFERS)


def normal(url: str) -> str:
    """Return a URL as htu is compared: no query or fragment, small host, no default port (RFC 9449 §4.3)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadJwt(JwtFault.HTU_MALFORMED) from error
    host = (parts.hostname or "").lower()
    place = host if port in (None, _PORTS.get(parts.scheme)) else f"{host}:{port}"
    return f"{parts.scheme}://{place}{parts.path or '/'}"


def _check_time(claims: Mapping[str, Any], now: float) -> float:
    issued, expires, start = (jws.date_of(claims, name) for name in ("iat", "exp", "nbf"))
    if issued is None or not now - OLDEST <= issued <= now + AHEAD:
        raise BadJwt(JwtFault.IAT_REFUSED)
    if (expires is not None and expires <= now) or (start is not None and start > now + AHEAD):
        raise BadJwt(JwtFault.NOT_VALID_NOW)
    return issued


def _check_token(claims: Mapping[str, Any], access_token: str | None) -> None:
    """Compare ath with the access token it came with (RFC 9449 §4.3, check 12)."""
    if access_token is None:
        return
    expected = jws.encode(sha256(access_token.encode()).digest())
    found = jws.text_of(claims, "ath")
    if found is None or not compare_digest(found.encode(), expected.encode()):
        raise BadJwt(JwtFault.ATH_DIFFERS)


def nonces_at(secret: bytes, now: datetime, lives_seconds: int) -> tuple[str, str]:
    """Return the nonces accepted now, the newest first: every node derives the same (RFC 9449 §8)."""
    window = int(now.timestamp()) // lives_seconds
    return _nonce(secret, window), _nonce(secret, window - 1)


def _nonce(secret: bytes, window: int) -> str:
    return jws.encode(hmac_digest(secret, b"dpop-nonce\0" + window.to_bytes(8, "big"), "sha256")[:18])


def check_code_binding(dpop_jkt: str | None, proof: DpopProof | None) -> None:
    """Refuse a code that is bound to another key (RFC 9449 §10)."""
    if dpop_jkt is not None and (proof is None or proof.jkt != dpop_jkt):
        raise InvalidGrant(GrantReason.CODE_BOUND)


def check_token_binding(jkt: str | None, proof: DpopProof | None, *, scheme: str) -> None:
    """Refuse a bound token without its proof, and a plain one that pretends to be bound (RFC 9449 §7.1, §7.2)."""
    if jkt is None:
        if scheme.lower() == "dpop":
            raise InvalidToken(TokenReason.TOKEN_NOT_BOUND)
        return
    if scheme.lower() != "dpop":
        raise InvalidToken(TokenReason.TOKEN_SENT_AS_BEARER)
    if proof is None or proof.jkt != jkt:
        raise InvalidToken(TokenReason.TOKEN_BOUND)
