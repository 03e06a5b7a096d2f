"""The language of an answer: what the site asked for, what the person chose, or what the browser likes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

from oauth2system.i18n import SOURCE_LANGUAGE, choose, languages, speak
from oauth2system.policy import lifetimes
from oauth2system.web.http.message import Header, Request

LONGEST = 256
# What the person chose, here or in their account.
CHOSEN = "language"
# What the site asked for with ui_locales: it counts on the pages of its request only.
ASKED = "flow_language"
_IN_ENGLISH: AbstractContextManager[None] = nullcontext()


def speak_to(request: Request) -> AbstractContextManager[None]:
    """Let everything within the block be said in the visitor's language."""
    language = language_of(request)
    return _IN_ENGLISH if language == SOURCE_LANGUAGE else speak(language)


def language_of(request: Request) -> str:
    """Return the language of ui_locales, else of the profile, else of the browser (OIDC Core §3.1.2.1)."""
    if request.language is None:
        request.language = _find(request)
    return request.language


def _find(request: Request) -> str:
    header, sends_cookies = request.header(b"accept-language"), request.header_count(b"cookie") > 0
    if not (header or sends_cookies) or len(languages()) == 1:
        return SOURCE_LANGUAGE  # nothing is parsed while there is nothing to choose from: programs send neither
    if sends_cookies:
        asked = request.cookie(ASKED) if b"flow=" in request.scope["query_string"] else None
        for wish in (asked, request.cookie(CHOSEN)):
            if wish is not None and wish in languages():
                return wish
    return _liked(header[:LONGEST], languages()) if header else SOURCE_LANGUAGE


def remember(language: str) -> tuple[Header, Header]:
    """Set the cookie of the language that a person chose; it counts more than what a site asked for before."""
    return _cookie(CHOSEN, language, lifetimes.LANGUAGE_CHOICE.in_seconds), _cookie(ASKED, "", 0)


def for_flow(ui_locales: str | None) -> tuple[Header, ...]:
    """Return the header that lets the pages of a request speak what its site asked for, if we have that language."""
    if not ui_locales or len(languages()) == 1:
        return ()
    wishes = ui_locales[:LONGEST].split(" ")
    language = choose([*wishes, ""])
    is_wanted = language != SOURCE_LANGUAGE or any(wish.lower().split("-")[0] == SOURCE_LANGUAGE for wish in wishes)
    return (_cookie(ASKED, language, lifetimes.FLOW.in_seconds),) if is_wanted else ()


def _cookie(name: str, value: str, seconds: int) -> Header:
    return b"set-cookie", f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax".encode()


@lru_cache(maxsize=256)
def _liked(header: str, offered: tuple[str, ...]) -> str:
    """Return the language of ours that a browser likes best, by Accept-Language (RFC 9110 §12.5.4)."""
    del offered  # part of what the answer is kept under
    return choose(_wishes(header))


def _wishes(header: str) -> Iterator[str]:
    """Yield the language tags, the best first; of two that are liked alike, the first."""
    ranges = [part.partition(";") for part in header.split(",")]
    liked = sorted(((_quality(weight), tag.strip()) for tag, _, weight in ranges), key=lambda one: -one[0])
    return (tag for quality, tag in liked if quality > 0)


def _quality(weight: str) -> float:
    """Read `q=0.7`; no weight is 1, and what cannot be read is no wish."""
    name, _, value = weight.strip().partition("=")
    if not name:
        return 1.0
    is_number = value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdecimal()
    return float(value) if name.strip().lower() == "q" and is_number else 0.0
