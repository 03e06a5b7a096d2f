"""A catalogue made on the spot: what a reader of another language sees."""

from collections.abc import Mapping
from gettext import NullTranslations

import pytest

from oauth2system import i18n


class _Catalogue(NullTranslations):
    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self.words = words

    def gettext(self, message: str) -> str:
        return self.words.get(message, message)


def translate(monkeypatch: pytest.MonkeyPatch, words: Mapping[str, str]) -> None:
    """Let every text be translated by these words, as a catalogue would."""

    def found(*_where: object) -> _Catalogue:
        return _Catalogue(words)

    monkeypatch.setattr(i18n, "_catalogue", found)
