"""The forms of an authorization answer: query, fragment, or a form that posts itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import quote, urlsplit

ResponseMode = Literal["query", "fragment", "form_post"]


class Redirect(NamedTuple):
    """Send the browser on with 303 (RFC 9700 §4.12)."""

    url: str


@dataclass(frozen=True, slots=True)
class FormPost:
    """Show a page whose form posts these fields (OAuth 2.0 Form Post Response Mode §2)."""

    action: str
    fields: tuple[tuple[str, str], ...]


def build(uri: str, mode: ResponseMode, fields: Mapping[str, str]) -> Redirect | FormPost:
    """Return the answer to a redirect URI that was verified before: only a Target calls this."""
    if mode == "form_post":
        return FormPost(uri, tuple(fields.items()))
    if mode == "fragment":
        return Redirect(f"{uri}#{encode(fields)}")
    return Redirect(with_query(uri, fields))


def encode(fields: Mapping[str, str]) -> str:
    """Write fields as application/x-www-form-urlencoded, a space as %20 so that every reader agrees."""
    return "&".join([f"{name}={value if _PLAIN.fullmatch(value) else _quote(value)}" for name, value in fields.items()])


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")


@lru_cache(maxsize=64)
def _quote(value: str) -> str:
    """Escape a value; the issuer, in every answer, is escaped once."""
    return quote(value, safe="")


def with_query(uri: str, fields: Mapping[str, str]) -> str:
    """Add fields to a URI, keeping the query it was registered with (RFC 6749 §3.1.2)."""
    if not fields:
        return uri
    if "?" not in uri:
        return f"{uri}?{encode(fields)}"
    return f"{uri}{'' if uri[-1] in '?&' else '&'}{encode(fields)}"


def origin_of(uri: str) -> str:
    """Return what a Content-Security-Policy calls this place: an origin, or a scheme for native apps."""
    parts = urlsplit(uri)
    if parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"
