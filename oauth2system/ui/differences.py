"""What differs between an address that was sent and the registered one that is most like it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

_PARTS = ("scheme", "host", "port", "path")


@dataclass(frozen=True, slots=True)
class Differing:
    """A text in three parts: what both begin with, what differs, what both end with."""

    before: str
    middle: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """An address as it was sent, the registered one that is most like it, and the other registered ones."""

    sent: Differing
    nearest: Differing
    others: str


def compare(sent: str, registered: str) -> Comparison:
    """Compare an address with those registered, which are separated by spaces; where one is missing, nothing is marked.

    The most like is the one with the longest common beginning and end.
    """
    known = registered.split()
    if not sent or not known:
        return Comparison(Differing(sent, "", ""), Differing(registered, "", ""), "")
    nearest = max(known, key=lambda uri: sum(_find_common(sent, uri)))
    head, tail = _find_common(sent, nearest)
    others = " ".join(uri for uri in known if uri != nearest)
    return Comparison(_cut(sent, head, tail), _cut(nearest, head, tail), others)


def _find_common(one: str, other: str) -> tuple[int, int]:
    """Return how many characters two texts have in common at the beginning, and of the rest at the end."""
    shorter = min(len(one), len(other))
    head = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    tail = next((at for at in range(shorter - head) if one[-1 - at] != other[-1 - at]), shorter - head)
    return head, tail


def _cut(text: str, head: int, tail: int) -> Differing:
    end = len(text) - tail
    return Differing(text[:head], text[head:end], text[end:])


def name_part(sent: str, registered: str) -> str:
    """Return which part of two addresses differs: the first that does, or what alone differs in all of it.

    It is one of scheme, host, port, path, query, slash and case; nothing for addresses that are equal or missing.
    """
    if not sent or not registered or sent == registered:
        return ""
    if sent.casefold() == registered.casefold():
        return "case"
    return "slash" if sent.rstrip("/") == registered.rstrip("/") else _find_part(sent, registered)


def _find_part(sent: str, registered: str) -> str:
    try:
        parts = zip(_PARTS, _split(sent), _split(registered), strict=True)
        return next((name for name, one, other in parts if one != other), "query")
    except ValueError:  # a port that is no number
        return "host"


def _split(uri: str) -> tuple[object, ...]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port, parts.path
