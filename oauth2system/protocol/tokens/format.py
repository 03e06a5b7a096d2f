"""The format of every handle that we give out, and the digest that is stored of it."""

import re
from binascii import a2b_base64, b2a_base64
from enum import StrEnum
from hashlib import blake2b, sha256

RANDOM_BYTES = 32
_ID_CHARS = 11
_RANDOM_CHARS = 43
_LARGEST_ID = (1 << 63) - 1
# base64url (RFC 4648 §5) by the C functions alone: the library's wrappers cost as much again.
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


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
    WAITING = "ox"
    TRUSTED = "ot"
    SEED = "oh"
    CODES = "on"
    NEW_SIGN_IN = "oo"
    REVOCATION = "o2"
    KEEP = "o1"


# Bound once: looking an enum's value up costs more than hashing with it.
_PREFIX = {kind: f"{kind.value}_" for kind in Kind}
_TAG = {kind: f"{kind.value}\0".encode() for kind in Kind}
_SHAPE = {kind: re.compile(f"{kind.value}_[A-Za-z0-9_-]{{{_ID_CHARS + _RANDOM_CHARS}}}") for kind in Kind}


def mint(kind: Kind, id: int, random: bytes) -> str:  # noqa: A002  (an id is an id)
    """Return a handle: prefix, the time-ordered id of its row, 256 random bits (RFC 6749 §10.10)."""
    if len(random) != RANDOM_BYTES:
        raise ValueError("a handle needs 32 random bytes")
    written = b2a_base64(id.to_bytes(8, "big"))[:_ID_CHARS] + b2a_base64(random)[:_RANDOM_CHARS]
    return _PREFIX[kind] + written.translate(_TO_URL).decode()


def digest(kind: Kind, value: str) -> bytes:
    """Return the digest of a handle; it includes the kind, so one kind is never found as another."""
    return sha256(_TAG[kind] + value.encode()).digest()


def read(kind: Kind, value: str) -> tuple[int, bytes] | None:
    """Return (row id, digest) of something shaped like a handle of this kind, or None."""
    if _SHAPE[kind].fullmatch(value) is None:
        return None
    raw = value.encode("ascii")
    name = raw[3 : 3 + _ID_CHARS].translate(_FROM_URL)
    id = int.from_bytes(a2b_base64(name + b"="), "big")  # noqa: A001  (the word for it)
    return (id, sha256(_TAG[kind] + raw).digest()) if id <= _LARGEST_ID else None


def derive(secret: bytes, value: str) -> tuple[bytes, bytes]:
    """Return the random parts of a token's successor: the same again for a client that lost our answer.

    Keyed BLAKE2b (RFC 7693) gives both, independent of each other, for a third of the price of one HMAC.
    """
    parts = blake2b(value.encode(), key=secret, digest_size=2 * RANDOM_BYTES, person=b"successor").digest()
    return parts[:RANDOM_BYTES], parts[RANDOM_BYTES:]
