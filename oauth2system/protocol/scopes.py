"""Scopes: read, written, and the claims that each releases."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from oauth2system.i18n import N_, Message
from oauth2system.protocol.errors import InvalidScope
from oauth2system.protocol.reasons.requests import RequestReason

OPENID = "openid"
OFFLINE = "offline_access"
SIMPLE = frozenset({"identify", "email"})

# RFC 6749 §3.3: 1*( %x21 / %x23-5B / %x5D-7E ) between single spaces; stray spaces are forgiven.
_SCOPE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
_SIMPLE_SEPARATORS = re.compile(r"\+|%2B|%20", re.IGNORECASE)
_MAX_SCOPE = 2048


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope: the claims it releases and the words the consent page says."""

    name: str
    claims: tuple[str, ...]
    words: Message


_ALL = (
    Scope(OPENID, ("sub",), N_("Sign you in")),
    Scope("identify", ("username", "display_name", "avatar"), N_("Your username, display name, user id and avatar")),
    Scope(
        "profile",
        ("name", "preferred_username", "picture", "locale", "updated_at"),
        N_("Your username, display name, avatar and language"),
    ),
    Scope("email", ("email", "email_verified"), N_("Your email address")),
    Scope(OFFLINE, (), N_("Keep this access while you are away")),
)
CATALOGUE = MappingProxyType({scope.name: scope for scope in _ALL})
NAMES = frozenset(CATALOGUE)
# What an app keeps for as long as it has access at all: who the person is.
_FIXED = frozenset({OPENID, "identify"})
# What an app cannot call optional: without it nobody has signed in, or the app does not know who did.
_REQUIRED = _FIXED | {"profile"}
# What an app may call optional, in catalogue order.
OPTIONAL = tuple(scope.name for scope in _ALL if scope.name not in _REQUIRED)
_ORDER = {scope.name: place for place, scope in enumerate(_ALL)}


@lru_cache(maxsize=256)
def parse(text: str | None) -> frozenset[str]:
    """Read a scope parameter (RFC 6749 §3.3); absent is the empty set, malformed is refused."""
    if text is None:
        return frozenset()
    found = frozenset(text.split(" ")) - {""}
    if not found or len(text) > _MAX_SCOPE or not _SCOPE.fullmatch(text):
        raise InvalidScope(RequestReason.SCOPE_MALFORMED)
    return found


@lru_cache(maxsize=256)
def parse_simple(text: str | None) -> frozenset[str]:
    """Read the simple flow's scope, where a `+` or `%2B` left after decoding also separates."""
    if not text or len(text) > _MAX_SCOPE:
        return frozenset()
    return frozenset(_SIMPLE_SEPARATORS.sub(" ", text).split(" ")) - {""}


@lru_cache(maxsize=256)
def read(kept: str) -> frozenset[str]:
    """Read scopes that were judged before, as rows keep them."""
    return frozenset(kept.split())


def write(scopes: Iterable[str]) -> str:
    """Return the scope string of an answer, always in the same order."""
    return _write(frozenset(scopes))


@lru_cache(maxsize=256)
def _write(scopes: frozenset[str]) -> str:
    return " ".join(sorted(scopes, key=lambda name: (_ORDER.get(name, len(_ORDER)), name)))


def list_in_order(scopes: Iterable[str]) -> list[Scope]:
    """Return what the consent page lists, in catalogue order."""
    return [CATALOGUE[name] for name in write(scopes).split() if name in CATALOGUE]


def keep_optional(allowed: frozenset[str]) -> frozenset[str]:
    """Return the scopes that a person can take from an app without revoking its access.

    A `profile` alone, or an `email` alone, stays: without it nothing would be allowed.
    """
    return allowed - _FIXED if allowed & _FIXED else frozenset()


def list_optional(wanted: frozenset[str], marked: frozenset[str]) -> frozenset[str]:
    """Return the wanted scopes that a person may leave out: those that the app marked as optional.

    Next to nothing else they are required: without them nothing would be allowed.
    """
    return wanted & marked - _REQUIRED if wanted & _REQUIRED else frozenset()


def claims_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return the claims these scopes release (OIDC Core §5.4)."""
    return frozenset(claim for name in scopes if name in CATALOGUE for claim in CATALOGUE[name].claims)
