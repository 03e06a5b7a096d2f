"""Codes of authenticator apps (RFC 6238): which time step a code belongs to, and how an app learns the seed."""

import hmac
import unicodedata

from pyotp.totp import TOTP

PERIOD_SECONDS = 30
DIGITS = 6
SEED_BYTES = 20  # as long as the digest of HMAC-SHA-1 (RFC 4226 §4 R6)
# A code of one step earlier or later is accepted: clocks differ, and typing takes time (RFC 6238 §5.2).
_TOLERANCE = (0, -1, 1)


def clean(typed: str) -> str | None:
    """Return the six digits that a person typed, with or without gaps; None for anything else."""
    digits = "".join(unicodedata.normalize("NFKC", typed).replace("-", "").split())
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdecimal() else None


def find_step(seed: str, code: str, now_s: int) -> int | None:
    """Return the time step whose code this is, now or one step away; None where it is none of them.

    All three are always compared, each in constant time.
    """
    app, found = TOTP(seed, digits=DIGITS, interval=PERIOD_SECONDS), None
    for away in _TOLERANCE:
        step = now_s // PERIOD_SECONDS + away
        if hmac.compare_digest(app.generate_otp(step), code) and found is None:
            found = step
    return found


def write_address(seed: str, issuer: str, username: str) -> str:
    """Return the `otpauth:` address that a QR code shows to an authenticator app; it lists `issuer:username`."""
    return TOTP(seed, digits=DIGITS, interval=PERIOD_SECONDS).provisioning_uri(name=username, issuer_name=issuer)
