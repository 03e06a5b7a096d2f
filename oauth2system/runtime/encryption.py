"""What must be read back is encrypted with keys derived from SECRET_KEY, one key per purpose."""

import hmac
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from oauth2system.runtime.context import Context
from oauth2system.settings import Settings

_VERSION = b"\x01"
_NONCE_BYTES = 12


class Unreadable(Exception):  # noqa: N818
    """Sealed with another SECRET_KEY, or damaged."""


@lru_cache(maxsize=32)
def _key(secret_key: bytes, purpose: str) -> bytes:
    """Derive the key of one purpose (RFC 5869); a key of one purpose opens nothing of another."""
    return HKDF(SHA256(), 32, salt=None, info=b"oauth2system/" + purpose.encode()).derive(secret_key)


def seal(ctx: Context, purpose: str, plain: bytes, *, bound_to: str = "") -> bytes:
    """Encrypt; `bound_to` names the row it belongs to, so that it opens nowhere else."""
    nonce = ctx.random(_NONCE_BYTES)
    cipher = AESGCM(_key(ctx.settings.secret_key, purpose))
    return _VERSION + nonce + cipher.encrypt(nonce, plain, bound_to.encode())


def unseal(settings: Settings, purpose: str, sealed: bytes, *, bound_to: str = "") -> bytes:
    """Decrypt what `seal` made, or raise Unreadable."""
    start = len(_VERSION) + _NONCE_BYTES
    nonce, secret = sealed[len(_VERSION) : start], sealed[start:]
    if sealed[:1] != _VERSION or len(nonce) != _NONCE_BYTES:
        raise Unreadable(purpose)
    try:
        return AESGCM(_key(settings.secret_key, purpose)).decrypt(nonce, secret, bound_to.encode())
    except InvalidTag as error:
        raise Unreadable(purpose) from error


def fingerprint(settings: Settings, purpose: str, *parts: str) -> bytes:
    """Return a keyed digest: who reads the database cannot try addresses or names against it (T085)."""
    return _fingerprint(settings.secret_key, purpose, parts)


def _fingerprint(secret_key: bytes, purpose: str, parts: tuple[str, ...]) -> bytes:
    return hmac.digest(_key(secret_key, purpose), b"\0".join(part.encode() for part in parts), sha256)


def key_for(settings: Settings, purpose: str, *parts: str) -> bytes:
    """Return the fingerprint of fixed words, to be a key of its own: worked out once."""
    return _key_for(settings.secret_key, purpose, parts)


@lru_cache(maxsize=64)
def _key_for(secret_key: bytes, purpose: str, parts: tuple[str, ...]) -> bytes:
    return _fingerprint(secret_key, purpose, parts)
