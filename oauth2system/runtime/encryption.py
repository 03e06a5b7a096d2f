"""Values that must be read back are encrypted with keys derived from SECRET_KEY, one key per purpose."""

import hmac
from collections.abc import Callable
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12


class Unreadable(Exception):
    """Sealed with another SECRET_KEY, or damaged."""


class Encryption:
    """Seals values and makes keyed digests for one server; every derived key is worked out once and kept here."""

    __slots__ = ("_keys", "_named", "_random", "_secret_key")

    def __init__(self, secret_key: bytes, random: Callable[[int], bytes]) -> None:
        self._secret_key = secret_key
        self._random = random
        self._keys: dict[str, bytes] = {}
        self._named: dict[tuple[str, ...], bytes] = {}

    def seal(self, purpose: str, plain: bytes, *, bound_to: str = "") -> bytes:
        """Encrypt a value; `bound_to` names the row it belongs to, and it cannot be read in another one."""
        nonce = self._random(_NONCE_BYTES)
        return _VERSION + nonce + AESGCM(self._key(purpose)).encrypt(nonce, plain, bound_to.encode())

    def unseal(self, purpose: str, sealed: bytes, *, bound_to: str = "") -> bytes:
        """Decrypt what `seal` made; raises Unreadable."""
        start = len(_VERSION) + _NONCE_BYTES
        nonce, secret = sealed[len(_VERSION) : start], sealed[start:]
        if sealed[:1] != _VERSION or len(nonce) != _NONCE_BYTES:
            raise Unreadable(purpose)
        try:
            return AESGCM(self._key(purpose)).decrypt(nonce, secret, bound_to.encode())
        except InvalidTag as error:
            raise Unreadable(purpose) from error

    def fingerprint(self, purpose: str, *parts: str) -> bytes:
        """Return a keyed digest: nobody who reads the database can try addresses or names against it (T085)."""
        return hmac.digest(self._key(purpose), b"\0".join(part.encode() for part in parts), sha256)

    def key_for(self, purpose: str, *parts: str) -> bytes:
        """Return the fingerprint of fixed words, to be a key of its own; worked out once."""
        words = (purpose, *parts)
        known = self._named.get(words)
        if known is None:
            known = self._named[words] = self.fingerprint(purpose, *parts)
        return known

    def _key(self, purpose: str) -> bytes:
        """Derive the key of one purpose (RFC 5869); it reads nothing of another purpose."""
        known = self._keys.get(purpose)
        if known is None:
            derive = HKDF(SHA256(), 32, salt=None, info=b"oauth2system/" + purpose.encode()).derive
            known = self._keys[purpose] = derive(self._secret_key)
        return known
