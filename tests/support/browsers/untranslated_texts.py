"""Builds every page with each translated text in ⟦brackets⟧ and prints what is on it, as JSON.

A program of its own: the words must be replaced before any page is imported.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oauth2system import i18n

# A text in JavaScript's quotes as Reflex writes them; what is compared, or names a value, is never shown.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
# A value of the page's state within a text, as Reflex writes it there.
_VALUE = re.compile(r'<reflex\.Var>-?\d+</reflex\.Var>\w+(?:\?\.\["\w+"\])*')
_NAMES = ("[", "=== ", "!== ", "hasOwnProperty(")
_MARK = re.compile(r"(`[^`]*`|\*+|\]\([^)]*\)|\[|\{\w+\})")
_CONTROLS = {"input", "select", "textarea"}
_CODE = {"code", "pre"}


class _Brackets:
    """Stands in for a language."""

    def gettext(self, text: str) -> str:
        # Markdown, and a sentence with elements, is taken apart after it was translated: each piece keeps its brackets.
        return "".join(part if _MARK.fullmatch(part) else f"⟦{part}⟧" for part in _MARK.split(text) if part)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return f"⟦{one if count == 1 else many}⟧"


def _in_brackets(_folder: Path, _language: str) -> _Brackets:
    return _Brackets()


def walk(
    component: Any, *, in_form: bool = False, in_code: bool = False, translated: bool = False
) -> Iterator[tuple[Any, bool, bool]]:
    """Yield every component, with whether it stands in a native form, and whether in code.

    With `translated`, what names its language is left out: it is the same in every language.
    """
    if translated and prop(component, "lang"):
        return
    in_form = in_form or type(component).__name__ == "NativeForm"
    in_code = in_code or getattr(component, "tag", None) in _CODE
    yield component, in_form, in_code
    for child in component.children:
        yield from walk(child, in_form=in_form, in_code=in_code, translated=translated)


def words_of(component: Any) -> str:
    """Return the words of a piece of text: of a literal, or of all branches of a condition."""
    return words_in(str(component.contents))


def words_in(text: str) -> str:
    """Return what JavaScript's own quotes hold in a text, without the names of members."""
    return "".join(
        json.loads(found.group())
        for found in _QUOTED.finditer(text)
        if not text[: found.start()].endswith(_NAMES) and not text[found.end() :].startswith("?.valueOf")
    )


def words_within(component: Any) -> str:
    return "".join(words_of(one) for one, *_where in walk(component) if type(one).__name__ == "Bare")


def prop(component: Any, name: str) -> str:
    """Return a property as a word, empty when it is not set."""
    value = getattr(component, name, None)
    return "" if value is None else str(value).strip('"')


def on_page(root: Any) -> dict[str, Any]:
    """Return what the tests ask of one page."""
    names = ("texts", "labels", "label_texts", "controls", "button_texts", "loose_passwords")
    found: dict[str, Any] = {name: [] for name in names}
    for one, in_form, in_code in walk(root, translated=True):
        if type(one).__name__ == "Bare":
            found["texts"] += [] if in_code else [words_of(one)]
            continue
        attributes: dict[str, Any] = one.custom_attrs
        label = attributes.get("aria-label", "")
        found["texts"].append(_VALUE.sub("", label) if isinstance(label, str) else words_in(str(label)))
        _note(found, one, prop(one, "tag"), in_form=in_form)
    controls: list[str] = found["controls"]
    found["twice"] = [name for name, times in Counter(controls).items() if times > 1]
    return found


def _note(found: dict[str, Any], one: Any, tag: str, *, in_form: bool) -> None:
    if tag in _CONTROLS and prop(one, "type") != "hidden":
        found["controls"].append(prop(one, "id"))
        if prop(one, "type") == "password" and not in_form:
            found["loose_passwords"].append(prop(one, "id"))
    if tag == "label":
        found["labels"].append(prop(one, "html_for"))
        found["label_texts"].append(words_within(one))
    if tag == "button":
        found["button_texts"].append(next(iter(re.findall("⟦[^⟧]*⟧", words_within(one))), ""))


def main() -> None:
    """Print every page."""
    i18n._catalogue = _in_brackets  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]  (a test may look inside)
    from oauth2system import oauth2system  # noqa: PLC0415  (after the words were replaced)

    app: Any = oauth2system.app
    app._apply_decorated_pages()
    pages: dict[str, Any] = {}
    for route, page in app._unevaluated_pages.items():
        pages[route] = on_page(page.component()) | {"title": str(page.title)}
    sys.stdout.write(json.dumps({"pages": pages}))


if __name__ == "__main__":
    main()
