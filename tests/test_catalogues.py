"""The catalogues are complete, keep every placeholder, and every text of a page is in them."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from oauth2system import i18n
from tests.support.catalogues import ROOT, Text, placeholders, texts

PACKAGE = ROOT / "oauth2system"
LANGUAGES = sorted(path.parents[1].name for path in i18n.FOLDER.glob(f"*/LC_MESSAGES/{i18n.DOMAIN}.po"))
# Elements whose text is code, or is read by no person.
CODE = {"code", "pre", "style", "script", "path"}
# What assistive technology reads aloud, and what a field shows.
SPOKEN = {"aria_label", "aria-label", "title", "placeholder", "alt", "label"}
# Written in English only (decision 0026).
ENGLISH = {"ui/pages/public/reference.py", "ui/docs/prose.py", "ui/docs/reference.py", "ui/docs/snippets.py"}
_WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]|^[A-Z][a-z]+\.?$")


def read(language: str) -> Catalog:
    with (i18n.FOLDER / language / "LC_MESSAGES" / f"{i18n.DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the forms of a text: one, or those for one and for several; an empty one where there is none."""
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    catalogue = read(language)
    missing: list[Text] = []
    for text in texts():
        message = catalogue.get(forms(text)[0])
        if message is None or message.fuzzy or not all(forms(message.string)):
            missing.append(text)
    assert missing == [], f"{len(missing)} texts of {len(texts())}; `make messages` adds them to the catalogue"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_has_the_placeholders_of_its_text(language: str) -> None:
    wrong: dict[str, str] = {}
    for message in read(language):
        for translated in forms(message.string) if message.id else ():
            # A plural form may say the number in words.
            wanted = [placeholders(form) for form in forms(message.id)]
            if translated and placeholders(translated) not in wanted:
                wrong[str(message.id)] = translated
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_begins_and_ends_as_its_text_does(language: str) -> None:
    wrong: dict[str, str] = {}
    for message in read(language):
        text = forms(message.id)[0] if message.id else ""
        for translated in forms(message.string) if text else ():
            edges = (text[:1].isspace(), text[-1:].isspace(), "\n" in text)
            if translated and edges != (translated[:1].isspace(), translated[-1:].isspace(), "\n" in translated):
                wrong[text] = translated
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translated_text_can_be_read_with_its_values(language: str) -> None:
    with i18n.speak(language):
        for text in texts():
            if isinstance(text, str):
                names = {name.strip("{}") for name in placeholders(text)}
                i18n._(i18n.Message(text, **dict.fromkeys(names, "value")) if names else text)


def words_outside() -> Iterator[str]:
    for path in sorted([*(PACKAGE / "ui").rglob("*.py"), *(PACKAGE / "web").rglob("*.py")]):
        name = path.relative_to(PACKAGE).as_posix()
        if name in ENGLISH:
            continue
        for call in (
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ):
            yield from (f"{name}:{line}: {text}" for line, text in said_by(call) if _WORDS.search(text))


def said_by(call: ast.Call) -> Iterator[tuple[int, str]]:
    """Yield the literal texts that a call of an element shows or speaks."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr in CODE:
        return
    shown: list[ast.expr | None] = []
    if ast.unparse(function.value) in {"rx.el", "html"}:
        shown += call.args
    for keyword in call.keywords:
        if keyword.arg in SPOKEN:
            shown.append(keyword.value)
        if keyword.arg == "custom_attrs" and isinstance(keyword.value, ast.Dict):
            pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
            shown += [value for key, value in pairs if text_of(key) in SPOKEN]
    yield from ((one.lineno, text_of(one)) for one in shown if one is not None)


def text_of(node: ast.expr | None) -> str:
    """Return a literal text, empty for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_text_of_a_page_is_in_the_catalogues() -> None:
    assert list(words_outside()) == []


def test_the_folder_of_catalogues_has_nothing_else() -> None:
    others = [path for path in Path(i18n.FOLDER).iterdir() if path.name not in {*LANGUAGES, "README.md"}]
    assert others == []
