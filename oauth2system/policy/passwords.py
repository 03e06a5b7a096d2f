"""Passwords: which are accepted (NIST SP 800-63B-4 §3.1.1, OWASP ASVS V6.2)."""

import unicodedata
from functools import cache
from pathlib import Path

from oauth2system.errors import Invalid
from oauth2system.i18n import N_, Message
from oauth2system.policy import quotas


def normalise(password: str) -> str:
    """Return the one form that is hashed: NFC, once; nothing is trimmed or cut (T102)."""
    return unicodedata.normalize("NFC", password)


def problem(password: str, *names: str) -> Message | None:
    """Say in a sentence why a new password is refused; `names` of the person and the site are refused too."""
    text = normalise(password)
    if len(text) < quotas.PASSWORD_SHORTEST:
        return N_("Use at least {count} characters.", count=quotas.PASSWORD_SHORTEST)
    if len(text) > quotas.PASSWORD_LONGEST:
        return N_("Use at most {count} characters.", count=quotas.PASSWORD_LONGEST)
    return _too_easy(text, names)


def _too_easy(text: str, names: tuple[str, ...]) -> Message | None:
    if "\0" in text or not text.strip():
        return N_("Use letters, digits, signs or spaces; this one has nothing to type.")
    if len(set(text)) == 1:
        return N_("This is one character repeated. Choose something harder to guess.")
    if _is_common(text):
        return N_("This is one of the most common passwords, the first that are tried. Choose another.")
    if text.casefold() in _too_near(names):
        return N_("This is your own name, your address or the name of this site. Choose another.")
    return None


def check_new(password: str, *names: str) -> None:
    """Refuse a new password that is too short, too long or too easily guessed."""
    sentence = problem(password, *names)
    if sentence is not None:
        raise Invalid(password=sentence)


@cache
def _common() -> str:
    return "\n" + (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")


def _is_common(text: str) -> bool:
    return "\n" not in text and not text.startswith("#") and f"\n{text.casefold()}\n" in _common()


def _too_near(names: tuple[str, ...]) -> set[str]:
    """Return what a guesser who knows the person and the site tries first."""
    own = {normalise(name).casefold() for name in names}
    return {*own, *(name.partition("@")[0] for name in own)} - {""}


def warm_up() -> None:
    """Read the list of common passwords before anybody waits for it."""
    _common()
