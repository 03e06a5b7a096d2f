"""PKCE, S256 only (RFC 7636, RFC 9700 §2.1.1)."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest

from oauth2system.protocol.errors import InvalidGrant, InvalidRequest
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.grants import GrantReason

# RFC 7636 §4.2: BASE64URL-ENCODE(SHA256(...)) is 43 characters; §4.1: a verifier has 43 to 128 unreserved ones.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_challenge(challenge: str | None, method: str | None, *, required: bool) -> str | None:
    """Return the challenge to keep; refuse a missing, malformed or plain one."""
    if challenge is None:
        if required:
            raise InvalidRequest(AuthorizationReason.PKCE_REQUIRED)
        if method is not None:
            raise InvalidRequest(AuthorizationReason.CHALLENGE_MISSING)
        return None
    # RFC 7636 §4.3: without a method it would mean plain, which we do not offer (§4.4.1).
    if method != "S256":
        raise InvalidRequest(AuthorizationReason.CHALLENGE_METHOD, sent=method)
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest(AuthorizationReason.CHALLENGE_MALFORMED)
    return challenge


def check_verifier(challenge: str | None, verifier: str | None) -> None:
    """Check the verifier against the stored challenge; raises InvalidGrant or InvalidRequest (RFC 7636 §4.6)."""
    if challenge is None:
        # RFC 9700 §4.8.2, OAuth 2.1 §3.2.4: a verifier without a challenge is a downgrade attack.
        if verifier is not None:
            raise InvalidRequest(GrantReason.VERIFIER_UNEXPECTED)
        return
    if verifier is None:
        raise InvalidGrant(GrantReason.VERIFIER_MISSING)
    if not _VERIFIER.fullmatch(verifier) or not compare_digest(s256(verifier), challenge):
        raise InvalidGrant(GrantReason.VERIFIER_WRONG)


def s256(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest())[:-1].decode("ascii")
