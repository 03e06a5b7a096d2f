"""Readers for the members of client metadata, one for each shape; each raises InvalidClientMetadata."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from oauth2system.protocol.clients.redirect_uris import check_web_uri
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.jose.strict_json import dump
from oauth2system.protocol.reasons.addresses import UriFault
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.protocol.reasons.reason import Finding
from oauth2system.text import is_plain

MAX_TEXT = 2000
MAX_NAME = 80
MAX_ITEMS = 50


@dataclass(frozen=True, slots=True)
class MetadataReader:
    """Reads members that may be absent (None); null counts as absent (RFC 7591 §2)."""

    data: Mapping[str, Any]
    allow_http: bool = False
    plain_schemes: bool = False

    def text(self, name: str, longest: int = MAX_TEXT) -> str | None:
        """Return a text that may be shown to people."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > longest or not is_plain(value):
            raise InvalidClientMetadata(MetadataReason.NOT_TEXT, member=name, most=longest)
        return value

    def one_of(self, name: str, allowed: Collection[str]) -> str | None:
        """Return one of the values we offer."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise InvalidClientMetadata(MetadataReason.NOT_ONE_OF, member=name, values=", ".join(sorted(allowed)))
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; absent is false."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            raise InvalidClientMetadata(MetadataReason.NOT_FLAG, member=name)
        return bool(value)

    def number(self, name: str) -> int | None:
        """Return a whole number of seconds."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
            raise InvalidClientMetadata(MetadataReason.NOT_SECONDS, member=name)
        return value

    def list(self, name: str) -> tuple[str, ...] | None:
        """Return a list of texts, each once."""
        value: object = self.data.get(name)
        if value is None:
            return None
        items = cast("list[Any]", value) if isinstance(value, list) else [None]
        if len(items) > MAX_ITEMS or not all(isinstance(one, str) and 0 < len(one) <= MAX_TEXT for one in items):
            raise InvalidClientMetadata(MetadataReason.NOT_LIST, member=name, most=MAX_ITEMS)
        return tuple(dict.fromkeys(cast("list[str]", items)))

    def some_of(self, name: str, allowed: Collection[str]) -> frozenset[str] | None:
        """Return those values of a list that we offer: libraries name all they can do (RFC 7591 §3.2.1)."""
        found = self.list(name)
        if not found:
            return None if found is None else frozenset()
        kept = frozenset(found).intersection(allowed)
        if not kept:
            raise InvalidClientMetadata(MetadataReason.NONE_OF, member=name, values=", ".join(sorted(allowed)))
        return kept

    def link(self, name: str) -> str | None:
        """Return a web address."""
        value = self.text(name)
        fault = None if value is None else check_web_uri(value, allow_http=self.allow_http)
        if fault is not None:
            raise InvalidClientMetadata(MetadataReason.NOT_LINK, member=name, problem=Finding(fault))
        return value

    def https(self, name: str) -> str | None:
        """Return a web address that a standard allows in https alone, on loopback too (OIDC Core §4)."""
        value = self.link(name)
        if value is not None and not value.lower().startswith("https://"):
            raise InvalidClientMetadata(MetadataReason.NOT_HTTPS, member=name)
        return value

    def uris(self, name: str, check: Callable[[str], UriFault | None]) -> tuple[str, ...]:
        """Return redirect URIs, each judged."""
        found = self.list(name) or ()
        for uri in found:
            fault = check(uri)
            if fault is not None:
                problem = Finding(fault)
                raise InvalidRedirectUri(MetadataReason.REDIRECT_URI_REFUSED, sent=uri, member=name, problem=problem)
        return found

    def jwks(self) -> str | None:
        """Return the key set as JSON text; private and symmetric keys are refused (RFC 7591 §2)."""
        value: object = self.data.get("jwks")
        if value is None:
            return None
        if not isinstance(value, dict):
            raise InvalidClientMetadata(MetadataReason.KEYS_NOT_OBJECT, member="jwks")
        return check_jwks(dump(cast("dict[str, Any]", value)).decode())


def check_jwks(text: str) -> str:
    """Return a key set that can be used, or refuse it in words: also what an owner pastes into the app's page."""
    if len(text) > 16 * MAX_TEXT:
        raise InvalidClientMetadata(MetadataReason.KEYS_TOO_LONG, member="jwks")
    if '"oct"' in text:
        raise InvalidClientMetadata(MetadataReason.KEYS_SYMMETRIC, member="jwks")
    try:
        usable = jose.parse_jwks(text)
    except BadJwt as error:
        raise InvalidClientMetadata(MetadataReason.KEYS_REFUSED, member="jwks", problem=error.finding) from error
    if not usable:
        raise InvalidClientMetadata(MetadataReason.KEYS_UNUSABLE, member="jwks")
    return text
