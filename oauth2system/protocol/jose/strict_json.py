"""The one JSON reader for what others send, and the writer for what is kept of it.

Two parsers with two depths disagree: what one reads, the other cannot write. So all of it is read here.
"""

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, NoReturn, cast

import orjson

# Key sets and requested claims have five levels; nothing that we read is deeper than a few more.
MOST_DEEP = 32


class NotJson(ValueError):
    """This text is not JSON as we accept it."""


def load(text: str | bytes) -> Any:
    """Read JSON strictly; raises NotJson.

    Refused are a member that comes twice (RFC 8725 §2.4), numbers that others could not write again, half of a
    surrogate pair, and what is nested too deep.
    """
    try:
        text = text if isinstance(text, str) else text.decode()
        found = _READ(text)
        # RFC 8259 §8.2: a lone surrogate can be escaped in JSON, but not encoded, stored or hashed.
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except (
        ValueError,
        RecursionError,
    ) as error:  # JSONDecodeError, UnicodeDecodeError and -EncodeError are ValueErrors
        raise NotJson from error
    if text.count("[") + text.count("{") > MOST_DEEP and _is_deeper(found, MOST_DEEP):
        raise NotJson
    return found


def dump(data: Mapping[str, Any]) -> bytes:
    """Write JSON as small as it gets, in ASCII: some readers take the inside of a JWT for Latin-1."""
    written = orjson.dumps(data)
    return written if written.isascii() else _DUMP(data).encode()


_DUMP = json.JSONEncoder(separators=(",", ":")).encode


def _is_deeper(value: object, most: int) -> bool:
    """Return whether lists and objects stand in each other more often than that; looks at one level after the other."""
    level = [value]
    for _ in range(most):
        level = [inner for one in level for inner in _list_inner(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _list_inner(value: object) -> Iterable[Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).values()
    return cast("list[Any]", value) if isinstance(value, list) else ()


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member comes twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _read_integer(digits: str) -> int:
    number = int(digits)
    if not -(1 << 63) <= number < 1 << 64:
        raise ValueError(digits)
    return number


def _read_fraction(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(digits)
    return number


_READ = json.JSONDecoder(
    object_pairs_hook=_refuse_duplicates,
    parse_int=_read_integer,
    parse_float=_read_fraction,
    parse_constant=_refuse_constant,
).decode
