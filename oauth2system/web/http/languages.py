"""The language of an answer: what the visitor's browser asks for, among the languages we have."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from oauth2system.i18n import SOURCE_LANGUAGE, choose, languages, speak
from oauth2system.web.http.message import Request

LONGEST = 256
_IN_ENGLISH: AbstractContextManager[None] = nullcontext()


def speak_to(request: Request) -> AbstractContextManager[None]:
    """Let everything within the block be said in the visitor's language."""
    language = language_of(request)
    return _IN_ENGLISH if language == SOURCE_LANGUAGE else speak(language)


def language_of(request: Request) -> str:
    """Return the language of ours that the browser likes best, by Accept-Language (RFC 9110 §12.5.4)."""
    if len(languages()) == 1:
        return SOURCE_LANGUAGE  # nothing is parsed while there is nothing to choose from
    return choose(_wishes(request.header(b"accept-language") or ""))


def _wishes(header: str) -> Iterator[str]:
    """Yield the language tags, the best first; of two that are liked alike, the first."""
    ranges = [part.partition(";") for part in header[:LONGEST].split(",")]
    liked = sorted(((_quality(weight), tag.strip()) for tag, _, weight in ranges), key=lambda one: -one[0])
    return (tag for quality, tag in liked if quality > 0)


def _quality(weight: str) -> float:
    """Read `q=0.7`; no weight is 1, and what cannot be read is no wish."""
    name, _, value = weight.strip().partition("=")
    if not name:
        return 1.0
    is_number = value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdecimal()
    return float(value) if name.strip().lower() == "q" and is_number else 0.0
