"""Request parameters: one value per name, empty means absent, repeated names are known, sizes are bounded."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote_to_bytes

from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.reasons.requests import RequestReason

MAX_BYTES = 64 * 1024
MAX_FIELDS = 100
MAX_NAME = 128
MAX_VALUE = 32 * 1024

# RFC 8707 §2 alone lets a parameter come more than once.
REPEATABLE = frozenset({"resource"})

_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_NONE: frozenset[str] = frozenset()
# What programs write for "nothing", templates that were not filled in, and the names that our guides write for a value.
_PLACEHOLDER = re.compile(
    r"none|null|nil|undefined|nan|true|false|\[object \w+\]|[{<].*[}>]|\$\{?\w+\}?|%s"
    r"|value|code|oauth_token|access_token|refresh_token|client_secret",
    re.IGNORECASE,
)
_PLACEHOLDER_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of one request, read as RFC 6749 §3.1 and §3.2 want them read."""

    values: Mapping[str, str]
    repeated: frozenset[str] = _NONE
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read decoded pairs; raise InvalidRequest when they are too many or too long."""
        pairs = tuple(pairs)
        _check_sizes(pairs)
        values: dict[str, str] = {}
        lists: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            if not value:  # RFC 6749 §3.1: without a value means omitted
                continue
            if name in values:
                lists[name] = (*lists.get(name, (values[name],)), value)
            else:
                values[name] = value
        return cls(values, frozenset(lists), lists) if lists else cls(values)

    def get(self, name: str) -> str | None:
        """Return the value; raises InvalidRequest for a name that came twice."""
        if name in self.repeated:
            raise InvalidRequest(RequestReason.PARAMETER_REPEATED, name=name)
        return self.values.get(name)

    def need(self, name: str) -> str:
        """Return the value; raises InvalidRequest if it is missing or came twice."""
        value = self.get(name)
        if value is None:
            raise InvalidRequest(RequestReason.PARAMETER_MISSING, name=name)
        return value

    def peek(self, name: str) -> str | None:
        """Return the value if there is exactly one, else None: for the parameters that say where errors go."""
        return None if name in self.repeated else self.values.get(name)

    def every(self, name: str) -> tuple[str, ...]:
        """Return all values of a parameter that may be repeated, in the order they came."""
        if name in self.repeated:
            return self.lists[name]
        value = self.values.get(name)
        return () if value is None else (value,)

    def refuse_repeats(self) -> None:
        """Raise InvalidRequest when any parameter came twice (RFC 6749 §3.1), but for `resource`."""
        if not self.repeated <= REPEATABLE:
            name = min(self.repeated - REPEATABLE)
            raise InvalidRequest(RequestReason.PARAMETERS_REPEATED, name=name)

    def __contains__(self, name: object) -> bool:
        """Return whether the parameter came with a value, once or more."""
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names that came with a value."""
        return iter(self.values)

    def to_json(self) -> dict[str, str | list[str]]:
        """Return what `from_json` reads: a request that waits (PAR, a stored POST)."""
        return {**self.values, **{name: list(many) for name, many in self.lists.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, str | list[str]]) -> Self:
        """Read what `to_json` wrote."""
        return cls.of((name, one) for name, some in data.items() for one in ([some] if isinstance(some, str) else some))


def _check_sizes(pairs: tuple[tuple[str, str], ...]) -> None:
    """Check all names together and all values together: every request has ten of them."""
    if not pairs:
        return
    names, values = zip(*pairs, strict=True)
    if len(pairs) > MAX_FIELDS or max(map(len, names)) > MAX_NAME or max(map(len, values)) > MAX_VALUE:
        raise InvalidRequest(RequestReason.REQUEST_TOO_LONG)
    # PostgreSQL cannot keep a NUL, and nothing honest sends one.
    if "\0" in "".join(names) or "\0" in "".join(values):
        raise InvalidRequest(RequestReason.NUL_CHARACTER)


def parse_query(raw: bytes) -> Params:
    """Read application/x-www-form-urlencoded, strictly UTF-8, `&` alone between the fields."""
    if len(raw) > MAX_BYTES or raw.count(b"&") >= MAX_FIELDS:
        raise InvalidRequest(RequestReason.REQUEST_TOO_LONG)
    return _read_plain(raw) or _read_any(raw)


def _read_plain(raw: bytes) -> Params | None:
    """Read what nearly every program sends: each field has a name and a value, none comes twice, none is escaped.

    None means undecided: `_read_any` reads everything else, and says why it refuses.
    """
    if b"%" in raw or b"\0" in raw or len(raw) > MAX_VALUE:
        return None
    try:
        pairs = [piece.split("=", 1) for piece in raw.decode().replace("+", " ").split("&")]
        values: dict[str, str] = dict(pairs)
    except ValueError:  # a field without "=", or what is not UTF-8
        return None
    if len(values) < len(pairs) or "" in values or "" in values.values() or max(map(len, values)) > MAX_NAME:
        return None
    return Params(values)


def _read_any(raw: bytes) -> Params:
    try:
        return Params.of(_split_pairs(raw.decode()))
    except UnicodeDecodeError as error:
        raise InvalidRequest(RequestReason.NOT_UTF8) from error


def placeholder_in(value: str) -> str | None:
    """Return a value that only stands in the place of one, such as `None` or `{code}`; None for any other."""
    word = value[:_PLACEHOLDER_LONGEST].strip()
    return word if len(value) <= _PLACEHOLDER_LONGEST and _PLACEHOLDER.fullmatch(word) else None


def has_broken_escape(text: str) -> bool:
    """Return whether a `%` stands without two hexadecimal digits after it."""
    return _BROKEN_ESCAPE.search(text) is not None


def _split_pairs(text: str) -> list[tuple[str, str]]:
    """Split and decode; a plain piece (the common case) is left as it is."""
    if "%" not in text:
        found = [piece.partition("=") for piece in text.replace("+", " ").split("&")]
        return [(name, value) for name, _, value in found if name]
    if has_broken_escape(text):
        raise InvalidRequest(RequestReason.BROKEN_ESCAPE)
    found = [piece.partition("=") for piece in text.replace("+", " ").split("&")]
    return [
        (_decode(name) if "%" in name else name, _decode(value) if "%" in value else value)
        for name, _, value in found
        if name
    ]


def _decode(piece: str) -> str:
    return unquote_to_bytes(piece).decode()
