"""The words people read, through gettext; English is the source.

Services raise and return messages (`N_`): a sentence with the values of its placeholders. Only the doors
(HTTP, pages, mail, command line) turn a message into words with `_`, in the language of the person who
reads them (`speak`). So one process can speak to many people at once, each in their own language.
"""

import gettext as _gettext
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Self

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from oauth2system.page_texts import mark

DOMAIN = "oauth2system"
FOLDER = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"
# Set while the pages are built: their texts become markers, which page_texts.py fills for each language.
MARK_TEXTS = "PAGES_MARK_TEXTS"
_MARKS = MARK_TEXTS in os.environ

_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


class Message(str):
    """A sentence that can still be translated: it reads as English, and keeps its template and values."""

    __slots__ = ("template", "values")

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        """Fill the `{placeholders}` of the English template with the values of the same names."""
        message = super().__new__(cls, template.format(**values) if values else template)
        message.template, message.values = str(template), values
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return unpack, (pack(self),)


def N_(template: str, /, **values: Any) -> Message:  # noqa: N802  (gettext's own name for "translate later")
    """Return a message to be translated where it is shown; values that are messages are translated there too."""
    return Message(template, **values)


def join(messages: Iterable[Message], by: str = " ") -> Message:
    """Return several messages as one; each is translated by itself."""
    parts = {f"part{number}": message for number, message in enumerate(messages)}
    return Message(by.join(f"{{{name}}}" for name in parts), **parts)


def pack(message: Message) -> list[Any]:
    """Return a message as JSON can hold it: its template and its values, of which only messages are lists."""
    return [message.template, {name: _pack_value(value) for name, value in message.values.items()}]


def _pack_value(value: object) -> object:
    if isinstance(value, Message):
        return pack(value)
    return value if isinstance(value, str | int | float) else str(value)


def unpack(packed: Any) -> Message:
    """Return the message again; a bare text is a message without values."""
    if isinstance(packed, str):
        return Message(packed)
    template, values = packed
    return Message(template, **{name: unpack(one) if isinstance(one, list) else one for name, one in values.items()})


def _(text: str) -> str:
    """Return a text or a message in the language of the current reader."""
    if not text:
        return ""  # gettext answers an empty text with the head of the catalogue
    if _MARKS:
        return mark(text)
    words = _catalogue(FOLDER, _language.get())
    if not isinstance(text, Message):
        return words.gettext(text)
    translated = words.gettext(text.template)
    if not text.values:
        return translated
    return translated.format(**{name: _translate_value(value) for name, value in text.values.items()})


def _translate_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment_in_words(value)
    if isinstance(value, date):
        return date_in_words(value)
    return _(value) if isinstance(value, Message) else value


def translate(text: str) -> str:
    """Return a message in the language of the current reader, and any other text, such as a name, as it is."""
    return _(text) if isinstance(text, Message) else text


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of the text that fits the count, in the language of the current reader."""
    return _catalogue(FOLDER, _language.get()).ngettext(one, many, count)


@contextmanager
def speak(language: str) -> Generator[None]:
    """Let `_` answer in this language within the block; other tasks and threads keep theirs."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def language_tag() -> str:
    """Return the language of the current reader as HTML and HTTP write it (RFC 5646)."""
    return tag(_language.get())


def tag(language: str) -> str:
    """Return the name of a catalogue as HTML and HTTP write it (RFC 5646)."""
    return language.replace("_", "-")


def name_of(language: str) -> str:
    """Return what a language calls itself."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


def choose(wishes: Iterable[str]) -> str:
    """Return the first wish that we have a catalogue for: `de-AT` is answered in `de` (RFC 4647 §3.4), else English."""
    offered = {name.lower(): name for name in languages()}
    for wish in wishes:
        tag = wish.lower().replace("-", "_")
        while tag:
            if tag in offered:
                return offered[tag]
            tag = tag.rpartition("_")[0]
    return SOURCE_LANGUAGE


def languages() -> tuple[str, ...]:
    """Return the languages we can speak: English, and one for each catalogue below the folder."""
    return _languages(FOLDER)


def conventions() -> Locale:
    """Return how the language of the current reader writes dates and numbers, and in which direction (CLDR)."""
    language = _language.get()
    # Our English dates have the day first: 5 May 2026.
    return Locale.parse("en_GB" if language == SOURCE_LANGUAGE else language)


def is_right_to_left() -> bool:
    """Return whether the language of the current reader is written from right to left."""
    return conventions().text_direction == "rtl"


def date_in_words(moment: date) -> str:
    """Return a date with the month as a word, so that it cannot be misread."""
    return format_date(moment, "long", locale=conventions())


def moment_in_words(moment: datetime) -> str:
    """Return a date and a time in UTC, to the minute."""
    time = format_time(moment, "short", tzinfo=UTC, locale=conventions())
    order = str(get_datetime_format("long", locale=conventions()))
    return order.replace("'", "").replace("{1}", date_in_words(moment)).replace("{0}", time)


def language() -> str:
    """Return the language of the current reader, as its catalogue is named."""
    return _language.get()


def version(language: str) -> str:
    """Return a short digest of a catalogue, for the addresses of files that hold its words."""
    path = _path(FOLDER, language)
    return sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else "0"


@lru_cache(maxsize=4)
def _languages(folder: Path) -> tuple[str, ...]:
    found = {path.parents[1].name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return SOURCE_LANGUAGE, *sorted(found - {SOURCE_LANGUAGE})


def _path(folder: Path, language: str) -> Path:
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@lru_cache(maxsize=64)
def _catalogue(folder: Path, language: str) -> _gettext.NullTranslations:
    """Read a catalogue as translators write it; a language without one is answered in English."""
    path = _path(folder, language)
    if not path.is_file():
        return _gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)
