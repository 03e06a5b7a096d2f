"""The format of every handle that we give out, and the digest that is stored of it."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256
from hmac import digest as hmac_digest

RANDOM_BYTES = 32
_ID_CHARS = 11
_RANDOM_CHARS = 43
_LARGEST_ID = (1 << 63) - 1


class Kind(StrEnum):
    """The kind of a handle; its value is the visible prefix."""

    CODE = "oc"
    SIMPLE = "os"
    ACCESS = "oa"
    JTI = "oj"
    REFRESH = "or"
    PUSHED = "op"
    POSTED = "oq"
    DEVICE = "od"
    FLOW = "of"
    SESSION = "ou"
    SECRET = "ok"  # noqa: S105  (a prefix, not a secret)
    REGISTRATION = "og"
    INITIAL = "oi"
    CONFIRM = "oe"
    RESET = "ow"
    UNDO = "oy"
    INVITE = "ov"
    SETUP = "oz"
    FORM = "om"
    BROWSER = "ob"
    SIGN_OUT = "ol"


# Bound once: looking an enum's value up costs more than hashing with it.
_PREFIX = {kind: f"{kind.value}_" for kind in Kind}
_TAG = {kind: f"{kind.value}\0".encode() for kind in Kind}
_SHAPE = {kind: re.compile(f"{kind.value}_[A-Za-z0-9_-]{{{_ID_CHARS + _RANDOM_CHARS}}}") for kind in Kind}


def mint(kind: Kind, id: int, random: bytes) -> str:  # noqa: A002  (an id is an id)
    """Return a handle: prefix, the time-ordered id of its row, 256 random bits (RFC 6749 §10.10)."""
    if len(random) != RANDOM_BYTES:
        raise ValueError("a handle needs 32 random bytes")
    name = urlsafe_b64encode(id.to_bytes(8, "big"))[:_ID_CHARS]
    return _PREFIX[kind] + (name + urlsafe_b64encode(random)[:_RANDOM_CHARS]).decode()


def digest(kind: Kind, value: str) -> bytes:
    """Return the digest of a handle; it includes the kind, so one kind is never found as another."""
    return sha256(_TAG[kind] + value.encode()).digest()


def read(kind: Kind, value: str) -> tuple[int, bytes] | None:
    """Return (row id, digest) of something shaped like a handle of this kind, or None."""
    if _SHAPE[kind].fullmatch(value) is None:
        return None
    raw = value.encode("ascii")
    id = int.from_bytes(urlsafe_b64decode(raw[3 : 3 + _ID_CHARS] + b"="), "big")  # noqa: A001
    return (id, sha256(_TAG[kind] + raw).digest()) if id <= _LARGEST_ID else None


def derive(secret: bytes, value: str) -> bytes:
    """Return the random part of a token's successor: the same again for a client that lost our answer."""
    return hmac_digest(secret, b"successor\0" + value.encode(), "sha256")
