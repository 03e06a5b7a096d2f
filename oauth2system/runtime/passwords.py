"""Passwords: which are accepted, and how they are kept (NIST SP 800-63B-4 §3.1.1, OWASP ASVS V6.2)."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from passlib.context import CryptContext  # pyright: ignore[reportMissingTypeStubs]

from oauth2system.errors import Invalid
from oauth2system.i18n import _
from oauth2system.settings import Settings

SHORTEST = 8
LONGEST = 128

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_hasher: Any = CryptContext(
    schemes=["argon2"],
    argon2__type="ID",
    argon2__memory_cost=19 * 1024,
    argon2__time_cost=2,
    argon2__parallelism=1,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; `upgraded` is a hash with today's parameters when the kept one is older."""

    right: bool
    upgraded: str | None = None


def normalise(password: str) -> str:
    """Return the one form that is hashed: NFC, once; nothing is trimmed or cut (T102)."""
    return unicodedata.normalize("NFC", password)


def problem(password: str, settings: Settings, *names: str) -> str | None:
    """Say in a sentence why a new password is refused; `names` are what it must not equal."""
    text = normalise(password)
    if len(text) < SHORTEST:
        return _("Use at least {count} characters.").format(count=SHORTEST)
    if len(text) > LONGEST:
        return _("Use at most {count} characters.").format(count=LONGEST)
    return _too_easy(text, settings, names)


def _too_easy(text: str, settings: Settings, names: tuple[str, ...]) -> str | None:
    if "\0" in text or not text.strip():
        return _("Use letters, digits, signs or spaces; this one has nothing to type.")
    if len(set(text)) == 1:
        return _("This is one character repeated. Choose something harder to guess.")
    if _is_common(text):
        return _("This is one of the commonest passwords, the first that are tried. Choose another.")
    if text.casefold() in _too_near(settings, names):
        return _("This is your own name, your address or the name of this site. Choose another.")
    return None


def check_new(password: str, settings: Settings, *names: str) -> None:
    """Refuse a new password that is too short, too long or too easily guessed."""
    sentence = problem(password, settings, *names)
    if sentence is not None:
        raise Invalid(password=sentence)


def hashed(password: str) -> str:
    """Hash with argon2id; tens of milliseconds and 19 MiB: only in `runner.slow`."""
    return _hasher.hash(normalise(password))


def check(password: str, kept: str | None) -> Checked:
    """Compare with a kept hash; the same work when there is none (T087). Only in `runner.slow`."""
    text = normalise(password)
    if len(text) > LONGEST or "\0" in text:
        text, kept = "", None
    if kept is None or not _hasher.identify(kept):
        _hasher.verify(text, _nobody())
        return Checked(right=False)
    if not _hasher.verify(text, kept):
        return Checked(right=False)
    return Checked(right=True, upgraded=_hasher.hash(text) if _hasher.needs_update(kept) else None)


def warm_up() -> None:
    """Do the first-time work (the dummy hash, the list) before anybody waits for it or times it."""
    _nobody()
    _common()


@cache
def _nobody() -> str:
    """Return the hash of a password that nobody has, for people who do not exist."""
    return _hasher.hash("nobody's password: it belongs to no account")


@cache
def _common() -> str:
    return "\n" + (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")


def _is_common(text: str) -> bool:
    return "\n" not in text and not text.startswith("#") and f"\n{text.casefold()}\n" in _common()


def _too_near(settings: Settings, names: tuple[str, ...]) -> set[str]:
    """Return what a guesser who knows the person and the site tries first."""
    own = {normalise(name).casefold() for name in names}
    site = {settings.public_host, settings.public_url, "oauth2system"}
    return {*own, *(name.partition("@")[0] for name in own), *site} - {""}
