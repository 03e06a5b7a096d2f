"""Elements of plain HTML, called like Reflex's own: `html.p("Hello ", html.b(name), class_name="quiet")`.

A page of the way in is complete in the server's first answer, so its elements are written here and not in
the browser. A text is always escaped; only an element is taken as it is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import TypeAlias

from oauth2system.page_texts import cut


class Html(str):
    """Markup that these functions made: the only text that is not escaped."""

    __slots__ = ()


class RegisteredAddress(str):
    """An address that was checked at registration, such as a redirect URI: it may have a private-use scheme."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"
Attribute: TypeAlias = "str | int | bool | None"
Element = Callable[..., Html]

NOTHING = Html("")
_VOID = frozenset({"input", "br", "hr", "img", "link", "meta"})
_NAMES = {
    "class_name": "class",
    "html_for": "for",
    "default_value": "value",
    "default_checked": "checked",
    "view_box": "viewBox",
    "strokeWidth": "stroke-width",
    "strokeLinecap": "stroke-linecap",
    "strokeLinejoin": "stroke-linejoin",
}
# HTML reads these as words, not as attributes that are present or absent.
_ENUMERATED = frozenset({"spellcheck", "draggable", "translate"})
# Attributes that a browser follows; a scheme that runs something is refused (T126).
_ADDRESSES = frozenset({"href", "action", "src"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_LEADS = re.compile(r"(?i:https?)://|/(?!/)|#|\?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_RUNS = frozenset({"javascript", "data", "vbscript", "blob", "filesystem", "view-source", "about"})


def text(*children: Child) -> Html:
    """Return these children one after the other, with every text escaped."""
    return Html("".join(_write_child(child) for child in children))


def sentence(words: str, **children: Child) -> Html:
    """Return a sentence with an element for each of its placeholders, wherever the reader's language has them."""
    parts = cut(words)
    return text(*(children[part] if odd % 2 else part for odd, part in enumerate(parts)))


def _write_child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return escape(child)
    return "".join(_write_child(one) for one in child)


def element(tag: str) -> Element:
    """Return the function that writes this element."""

    def write(*children: Child, custom_attrs: Mapping[str, Attribute] | None = None, **props: Attribute) -> Html:
        given = {**props, **(custom_attrs or {})}
        start = f"<{tag}{''.join(_write_attribute(name, value) for name, value in given.items())}>"
        return Html(start if tag in _VOID else f"{start}{text(*children)}</{tag}>")

    return write


def _write_attribute(name: str, value: Attribute) -> str:
    """Write one attribute; False, None and an empty class are left out."""
    written = name if "-" in name else _NAMES.get(name) or name.replace("_", "")
    if not _NAME.fullmatch(written) or written.lower().startswith("on"):
        raise ValueError(f"not an attribute of ours: {name}")
    if isinstance(value, bool) and (written.startswith(("aria-", "data-")) or written in _ENUMERATED):
        value = "true" if value else "false"
    if value is None or value is False or (written == "class" and value == ""):
        return ""
    if value is True:
        return f" {written}"
    if written in _ADDRESSES and not _may_be_followed(value):
        raise ValueError(f"not an address to follow: {name}")
    return f' {written}="{escape(str(value))}"'


def _may_be_followed(value: Attribute) -> bool:
    """Return whether an address leads to a page; only a registered one may have a scheme of its own."""
    address = str(value)
    if not isinstance(value, RegisteredAddress) or _LEADS.match(address):
        return _LEADS.match(address) is not None
    scheme = _SCHEME.match(address)
    return scheme is not None and scheme.group().lower() not in _RUNS


a = element("a")
article = element("article")
b = element("b")
body = element("body")
button = element("button")
circle = element("circle")
code = element("code")
dd = element("dd")
details = element("details")
div = element("div")
dl = element("dl")
dt = element("dt")
footer = element("footer")
form = element("form")
h1 = element("h1")
h2 = element("h2")
head = element("head")
header = element("header")
html = element("html")
iframe = element("iframe")
img = element("img")
input = element("input")  # noqa: A001  (the element's name)
label = element("label")
li = element("li")
link = element("link")
main = element("main")
meta = element("meta")
p = element("p")
path = element("path")
pre = element("pre")
script = element("script")
section = element("section")
span = element("span")
summary = element("summary")
svg = element("svg")
textarea = element("textarea")
time = element("time")
title = element("title")
ul = element("ul")
