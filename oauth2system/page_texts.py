"""The texts of built pages: markers while the pages are built, words when they are served.

So one build serves every language. A marker is `@@text@@` with the text in base64url, or
`@@text@(name@:value@)@@` where the text has placeholders. A value may be code of the page. A sentence with elements
in it is cut at its placeholders: `@@text@[0@]@@` is what stands before the first one.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path

Words = Callable[[str], str]
Quote = Callable[[str], str]

_MARKER = re.compile(r"@@(?P<text>[A-Za-z0-9_-]+)(?:@\((?P<values>.*?)@\)|@\[(?P<piece>\d+)@\])?@@", re.DOTALL)
_SCRIPT = re.compile(r"(<script[^>]*>)(.*?)(</script>)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Marked(str):
    """A text of a page that is being built, as its marker."""

    __slots__ = ()

    def format(self, *_args: object, **values: object) -> str:
        """Keep the values of the placeholders with the marker; a value may be a Var of the page."""
        kept = "@,".join(f"{name}@:{value}" for name, value in values.items())
        return f"{self.removesuffix('@@')}@({kept}@)@@"


def mark(text: str) -> Marked:
    """Return the marker of a text."""
    return Marked(f"@@{urlsafe_b64encode(text.encode()).decode().rstrip('=')}@@")


def cut(sentence: str) -> list[str]:
    """Cut a sentence at its placeholders: a text, a name, a text, a name, and so on, and a text at the end.

    In a page that is being built the order of the placeholders is that of the English sentence: a translation with
    another order is not used.
    """
    if not isinstance(sentence, Marked):
        return _PLACEHOLDER.split(sentence)
    source = _PLACEHOLDER.split(_read(sentence.strip("@")))
    marker = sentence.removesuffix("@@")
    return [part if odd % 2 else f"{marker}@[{odd // 2}@]@@" for odd, part in enumerate(source)]


def fill_script(script: str, words: Words) -> str:
    """Return a script of the pages with the words of a language in place of the markers."""
    return _fill(script, words, _in_script)


def fill_page(page: str, words: Words) -> str:
    """Return a page with the words of a language in place of the markers, inline scripts included."""
    filled = _SCRIPT.sub(lambda part: part[1] + _fill(part[2], words, _in_inline_script) + part[3], page)
    return _fill(filled, words, escape)


def fill_files(pages: Path, marked: Path) -> None:
    """Fill the texts of built pages in English; a file with texts is copied to `marked` first, for other languages."""
    for file in sorted(pages.rglob("*")):
        fill = {".js": fill_script, ".html": fill_page}.get(file.suffix)
        body = file.read_text(encoding="utf-8") if fill else ""
        if fill is None or not has_markers(body):
            continue
        kept = marked / file.relative_to(pages)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(body, encoding="utf-8")
        file.write_text(fill(body, str), encoding="utf-8")


def has_markers(text: str) -> bool:
    """Return whether a file of the pages has texts in it."""
    return _MARKER.search(text) is not None


def _fill(body: str, words: Words, quote: Quote) -> str:
    def said(marker: re.Match[str]) -> str:
        source = _read(marker["text"])
        translated = words(source)
        if marker["piece"] is not None:
            return quote(_take_piece(source, translated, int(marker["piece"])))
        if marker["values"] is None:
            return quote(translated)
        pairs = (pair.partition("@:") for pair in marker["values"].split("@,"))
        values = {name: _fill(value, words, quote) for name, _, value in pairs}
        # Only our own words are quoted: a value stands in the page as it was built.
        parts = _PLACEHOLDER.split(translated)
        return "".join(values.get(part, f"{{{part}}}") if odd % 2 else quote(part) for odd, part in enumerate(parts))

    return _MARKER.sub(said, body)


def _read(text: str) -> str:
    """Return the text of a marker."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def _take_piece(source: str, translated: str, number: int) -> str:
    parts, ours = _PLACEHOLDER.split(translated), _PLACEHOLDER.split(source)
    return (parts if parts[1::2] == ours[1::2] else ours)[2 * number]


def _in_script(text: str) -> str:
    """Quote a text for any of the three kinds of string that a bundler writes."""
    quoted = json.dumps(text, ensure_ascii=False)[1:-1]
    return quoted.replace("'", "\\'").replace("`", "\\`").replace("${", "\\${")


def _in_inline_script(text: str) -> str:
    return _in_script(text).replace("<", "\\u003c")
