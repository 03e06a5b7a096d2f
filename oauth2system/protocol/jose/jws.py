"""Reads a compact JWS strictly, before any key is used."""

import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

from oauth2system.protocol.jose import strict_json
from oauth2system.protocol.jose.strict_json import NotJson
from oauth2system.protocol.reasons.faults import JwtFault
from oauth2system.protocol.reasons.reason import Finding, Param

MAX_JWT = 16 * 1024
_LARGEST_DATE = 1 << 53
_TO_URL = bytes.maketrans(b"+/", b"-_")

# RFC 7515 §7.1: three parts; §2: base64url without padding, whitespace or anything else. A JWE has five (T059).
_SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


class BadJwt(Exception):
    """This JWT is not accepted; `finding` says why, for the app's owner and the record."""

    def __init__(self, fault: JwtFault, **params: Param) -> None:
        """Refuse for this fault."""
        super().__init__(fault)
        self.finding = Finding(fault, tuple(params.items()))


@dataclass(frozen=True, slots=True)
class Unverified:
    """A well-formed JWS whose signature is not checked: use it only to find the key."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes

    @property
    def alg(self) -> str:
        """Return the algorithm it says it is signed with; the caller decides whether that is allowed."""
        return cast("str", self.header["alg"])

    @property
    def kid(self) -> str | None:
        """Return the key id; only ever compared with ids we know (T039)."""
        return self.header.get("kid")


def read(token: str) -> Unverified:
    """Take a compact JWS apart, or refuse it: RFC 7515 §5.2, RFC 8725 §3."""
    if len(token) > MAX_JWT:
        raise BadJwt(JwtFault.TOO_LONG)
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        raise BadJwt(JwtFault.NOT_THREE_PARTS)
    header = _object(shape[1], "header")
    _check_header(header)
    return Unverified(header, _object(shape[2], "payload"), token[: shape.end(2)].encode("ascii"), decode(shape[3]))


def _check_header(header: Mapping[str, Any]) -> None:
    if not isinstance(header.get("alg"), str):
        raise BadJwt(JwtFault.ALG_MISSING)
    # RFC 7515 §4.1.11: what is critical and not understood is refused, and we understand none (b64 included).
    if "crit" in header or "b64" in header:
        raise BadJwt(JwtFault.EXTENSION_UNKNOWN)
    if not isinstance(header.get("kid", ""), str) or not isinstance(header.get("typ", ""), str):
        raise BadJwt(JwtFault.HEADER_NOT_TEXT)
    if "cty" in header or "enc" in header or "zip" in header:
        raise BadJwt(JwtFault.NESTED)


def decode(part: str) -> bytes:
    """Decode one base64url part; a spelling that is not the canonical one is refused (RFC 4648 §3.5)."""
    raw = part.encode("ascii")
    if len(raw) % 4 == 1:
        raise BadJwt(JwtFault.NOT_BASE64URL)
    found = urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    if encode(found) != part:
        raise BadJwt(JwtFault.NOT_CANONICAL)
    return found


def encode(raw: bytes) -> str:
    """Write base64url without padding (RFC 7515 §2)."""
    return b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def load(text: str) -> dict[str, Any]:
    """Read a JSON object; raises BadJwt for anything else, and for what the one reader refuses."""
    try:
        found = strict_json.load(text)
    except NotJson as error:
        raise BadJwt(JwtFault.NOT_JSON) from error
    if not isinstance(found, dict):
        raise BadJwt(JwtFault.NOT_OBJECT)
    return cast("dict[str, Any]", found)


def _object(part: str, name: str) -> dict[str, Any]:
    raw = decode(part)
    try:
        return load(raw.decode())
    except (BadJwt, UnicodeDecodeError) as error:
        raise BadJwt(JwtFault.PART_NOT_OBJECT, name=name) from error


def text_of(claims: Mapping[str, Any], name: str) -> str | None:
    """Return a claim that must be a string if it is there at all."""
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise BadJwt(JwtFault.CLAIM_NOT_TEXT, name=name)
    return value


def audience_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who a token is for: RFC 7519 §4.1.3, one string or an array of them."""
    value = claims.get("aud", ())
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in cast("list[Any]", found)):
        raise BadJwt(JwtFault.AUD_MALFORMED)
    return tuple(cast("list[str]", found))


def date_of(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a NumericDate (RFC 7519 §2) that must be a sensible number if it is there at all."""
    value = claims.get(name)
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not isfinite(value)
        or abs(value) > _LARGEST_DATE
    ):
        raise BadJwt(JwtFault.CLAIM_NOT_DATE, name=name)
    return value
