"""The words people read, through gettext; English is the source and, for now, the only language."""

import gettext as _gettext
from pathlib import Path

DOMAIN = "oauth2system"
FOLDER = Path(__file__).parent / "locale"
# A further language will be a build of its own that the edge chooses; so it is one per process, not per request.
LANGUAGE = "en"

_words = _gettext.translation(DOMAIN, FOLDER, languages=[LANGUAGE], fallback=True)


def _(text: str) -> str:
    """Return the text in the language of this process."""
    return _words.gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of the text that fits the count."""
    return _words.ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802  (gettext's own name for "translate later")
    """Mark a text for translation where it is written; `_` translates it where it is shown."""
    return text
