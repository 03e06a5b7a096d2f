"""The words people read, through gettext; English is the source.

Services raise and return messages (`N_`): a sentence with the values of its placeholders. Only the doors
(HTTP, pages, mail, command line) turn a message into words with `_`, in the language of the person they
speak to (`speak`).
"""

import gettext as _gettext
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

DOMAIN = "oauth2system"
FOLDER = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"

_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


class Message(str):
    """A sentence that can still be translated: reads as English, and keeps its template and values."""

    __slots__ = ("template", "values")

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:  # noqa: ANN401  (whatever the sentence names)
        """Fill the `{placeholders}` of the English template with the values of the same names."""
        message = super().__new__(cls, template.format(**values) if values else template)
        message.template, message.values = template, values
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.template, self.values)


def _restored(template: str, values: dict[str, Any]) -> Message:
    return Message(template, **values)


def N_(template: str, /, **values: Any) -> Message:  # noqa: ANN401, N802  (gettext's own name for "translate later")
    """Return a message to be translated where it is shown; values that are messages are translated there too."""
    return Message(template, **values)


def join(messages: Iterable[Message], by: str = " ") -> Message:
    """Return several messages as one; each is translated by itself."""
    parts = {f"part{number}": message for number, message in enumerate(messages)}
    return Message(by.join(f"{{{name}}}" for name in parts), **parts)


def _(text: str) -> str:
    """Return a text or a message in the language of the current reader."""
    if not text:
        return ""  # gettext answers it with the head of the catalogue
    words = _catalogue(_language.get())
    if not isinstance(text, Message):
        return words.gettext(text)
    translated = words.gettext(text.template)
    if not text.values:
        return translated
    return translated.format(**{name: _if_message(value) for name, value in text.values.items()})


def _if_message(value: Any) -> Any:  # noqa: ANN401
    return _(value) if isinstance(value, Message) else value


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of the text that fits the count, in the language of the current reader."""
    return _catalogue(_language.get()).ngettext(one, many, count)


@contextmanager
def speak(language: str) -> Generator[None]:
    """Let `_` answer in this language within the block; other tasks and threads keep theirs."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


@lru_cache(maxsize=64)
def _catalogue(language: str) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, FOLDER, languages=[language], fallback=True)
