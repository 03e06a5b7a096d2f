"""Settings that are one of a few words, and the language."""

import re
from enum import StrEnum
from typing import NewType

from oauth2system.i18n import N_
from oauth2system.setting_types.hosts import Unusable

# A language tag, which may be one that we have no catalogue for.
Language = NewType("Language", str)

_LANGUAGE = re.compile(r"(?P<tag>[A-Za-z]{1,8}(?:[_-][A-Za-z0-9]{1,8})*)(?:\.[\w-]+)?(?:@\w+)?")


class RegistrationMode(StrEnum):
    """Who may create an account."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


class SecondFactor(StrEnum):
    """Of whom a second factor is demanded, next to the password."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


class DynamicRegistration(StrEnum):
    """Who may register apps by RFC 7591."""

    OFF = "off"
    TOKEN = "token"  # noqa: S105  (the holder of an initial access token)
    OPEN = "open"


def read_language(text: str) -> Language | None:
    """Read a language tag, or a locale of which only the tag counts; None for no text. Raises Unusable."""
    if not text:
        return None
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        raise Unusable(N_("write it like en or de_AT"))
    return Language(found["tag"])
