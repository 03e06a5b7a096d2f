"""Reading a JSON document of client metadata: one reader per shape, one refusal for all."""

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from oauth2system.protocol.clients.redirect_uris import check_web_uri
from oauth2system.protocol.errors import InvalidClientMetadata, InvalidRedirectUri
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt, dump

MAX_TEXT = 2000
MAX_NAME = 80
MAX_ITEMS = 50
# Control, bidi and other format signs, line and paragraph separators, lone surrogates, private and unassigned.
_HIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})


def is_plain(text: str) -> bool:
    """Tell whether people see all of a text, in the order it is written (T075)."""
    return not any(unicodedata.category(sign) in _HIDDEN for sign in text)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads members that may be absent (None); null counts as absent (RFC 7591 §2)."""

    data: Mapping[str, Any]
    allow_http: bool = False

    def text(self, name: str, longest: int = MAX_TEXT) -> str | None:
        """Return a text that may be shown to people."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > longest or not is_plain(value):
            raise refuse(name, f"must be a text of at most {longest} visible characters.")
        return value

    def one_of(self, name: str, allowed: Collection[str]) -> str | None:
        """Return one of the values we offer."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise refuse(name, f"can be {', '.join(sorted(allowed))}.")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; absent is false."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            raise refuse(name, "must be true or false.")
        return bool(value)

    def number(self, name: str) -> int | None:
        """Return a whole number of seconds."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
            raise refuse(name, "must be a whole number of seconds.")
        return value

    def list(self, name: str) -> tuple[str, ...] | None:
        """Return a list of texts, each once."""
        value: object = self.data.get(name)
        if value is None:
            return None
        items = cast("list[Any]", value) if isinstance(value, list) else [None]
        if len(items) > MAX_ITEMS or not all(isinstance(one, str) and 0 < len(one) <= MAX_TEXT for one in items):
            raise refuse(name, f"must be a list of at most {MAX_ITEMS} texts.")
        return tuple(dict.fromkeys(cast("list[str]", items)))

    def some_of(self, name: str, allowed: Collection[str]) -> frozenset[str] | None:
        """Return those values of a list that we offer: libraries name all they can do (RFC 7591 §3.2.1)."""
        found = self.list(name)
        if not found:
            return None if found is None else frozenset()
        kept = frozenset(found).intersection(allowed)
        if not kept:
            raise refuse(name, f"can have {', '.join(sorted(allowed))}.")
        return kept

    def link(self, name: str) -> str | None:
        """Return a web address."""
        value = self.text(name)
        sentence = None if value is None else check_web_uri(value, allow_http=self.allow_http)
        if sentence is not None:
            raise refuse(name, sentence)
        return value

    def https(self, name: str) -> str | None:
        """Return a web address that a standard allows in https alone, on loopback too (OIDC Core §4)."""
        value = self.link(name)
        if value is not None and not value.startswith("https://"):
            raise refuse(name, "must begin with https.")
        return value

    def uris(self, name: str, check: Callable[[str], str | None]) -> tuple[str, ...]:
        """Return redirect URIs, each judged."""
        found = self.list(name) or ()
        for uri in found:
            sentence = check(uri)
            if sentence is not None:
                error = InvalidRedirectUri(f"{name}: {sentence}", sent=uri)
                error.member, error.sentence = name, sentence
                raise error
        return found

    def jwks(self) -> str | None:
        """Return the key set as JSON text; private and symmetric keys are refused (RFC 7591 §2)."""
        value: object = self.data.get("jwks")
        if value is None:
            return None
        if not isinstance(value, dict):
            raise refuse("jwks", "must be a JSON object.")
        return check_jwks(dump(cast("dict[str, Any]", value)).decode())


def check_jwks(text: str) -> str:
    """Return a key set that can be used, or refuse it in words: also what an owner pastes into the app's page."""
    if len(text) > 16 * MAX_TEXT:
        raise refuse("jwks", "is too long.")
    if '"oct"' in text:
        raise refuse("jwks", "has a symmetric key; register public keys only.")
    try:
        usable = jose.parse_jwks(text)
    except BadJwt as error:
        raise refuse("jwks", f"was refused: {error}") from error
    if not usable:
        raise refuse("jwks", "has no key that signs by an algorithm taken here.")
    return text


def refuse(name: str, sentence: str) -> InvalidClientMetadata:
    """Return the refusal of one member, named."""
    return contradict(name, f"{name} {sentence}", sentence)


def contradict(name: str, text: str, sentence: str = "") -> InvalidClientMetadata:
    """Return a refusal in words of its own that is about this member first."""
    error = InvalidClientMetadata(text)
    error.member, error.sentence = name, sentence or text
    return error
