"""Markdown as plain elements, while the pages are built: headings, text, lists, tables and code."""

import re
from collections import Counter
from typing import TYPE_CHECKING

import reflex as rx

from oauth2system.build import STAND_IN
from oauth2system.i18n import _
from oauth2system.ui.components import Content, PlainLink, code
from oauth2system.ui.docs.guides import WRITTEN_IN, Guide, join_lines

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_LANGUAGES = {"sh": "Shell", "python": "Python", "javascript": "JavaScript", "html": "HTML", "php": "PHP"}
_LANGUAGES |= {"json": "Answer", "text": "Link"}


def prose(guide: Guide) -> rx.Component:
    """Return a guide's text, with links to its parts in front."""
    page = _Page()
    parts = page.blocks(guide.body)
    return rx.fragment(
        rx.el.nav(
            *(
                PlainLink.create(title, href=f"#{where}", class_name="link-line", lang=WRITTEN_IN)
                for where, title in page.headings
            ),
            class_name="parts",
            custom_attrs={"aria-label": _("On this page")},
        ),
        rx.el.div(*parts, class_name="prose", lang=WRITTEN_IN),
    )


def line(text: str) -> tuple[Content, ...]:
    """Return the content of one paragraph."""
    return _Page().line(text)


class _Page:
    """Renders one page; remembers its headings, and how often each name was given to a piece of code."""

    def __init__(self) -> None:
        # Only the build needs it; a server never loads it.
        from markdown_it import MarkdownIt  # noqa: PLC0415  (loaded while the pages are built only)

        self._reader = MarkdownIt("commonmark").enable("table")
        self._named: Counter[str] = Counter()
        self.headings: list[tuple[str, str]] = []

    def blocks(self, text: str) -> tuple[rx.Component, ...]:
        from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415  (loaded while the pages are built only)

        return tuple(self._block(node) for node in SyntaxTreeNode(self._reader.parse(text)).children)

    def line(self, text: str) -> tuple[Content, ...]:
        from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415  (loaded while the pages are built only)

        inline = SyntaxTreeNode(self._reader.parseInline(join_lines(text)))
        return tuple(_inline(node) for node in inline.children[0].children)

    def _block(self, node: "SyntaxTreeNode") -> rx.Component:
        match node.type:
            case "heading":
                return self._heading(node)
            case "paragraph":
                return rx.el.p(*self._inside(node))
            case "bullet_list":
                return rx.el.ul(*(rx.el.li(*self._inside(item.children[0])) for item in node.children))
            case "fence":
                return self._code(node)
            case "table":
                return self._table(node)
            case other:
                raise ValueError(f"guides have no {other}")

    def _inside(self, node: "SyntaxTreeNode") -> tuple[Content, ...]:
        return self.line(node.children[0].content) if node.children else ()

    def _heading(self, node: "SyntaxTreeNode") -> rx.Component:
        text = node.children[0].content
        where = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        self.headings.append((where, text))
        return rx.el.h2(text, id=where)

    def _code(self, node: "SyntaxTreeNode") -> rx.Component:
        language, _space, file = node.info.partition(" ")
        title = _LANGUAGES[language]
        name = file or title
        self._named[name] += 1
        if self._named[name] > 1:
            name = f"{name} {self._named[name]}"
        is_link = language == "text"
        shown = rx.fragment(title, " ", rx.el.code(file)) if file and not is_link else title
        text = node.content.removesuffix("\n")
        return code(shown, text, name=f"Code: {name}", wraps=is_link)

    def _table(self, node: "SyntaxTreeNode") -> rx.Component:
        head, body = node.children
        return rx.el.table(
            rx.el.thead(rx.el.tr(*(rx.el.th(*self._inside(cell), scope="col") for cell in head.children[0].children))),
            rx.el.tbody(*(self._row(row) for row in body.children)),
            class_name="table",
        )

    def _row(self, node: "SyntaxTreeNode") -> rx.Component:
        first, *rest = node.children
        return rx.el.tr(rx.el.th(*self._inside(first), scope="row"), *(rx.el.td(*self._inside(cell)) for cell in rest))


def _inline(node: "SyntaxTreeNode") -> Content:
    match node.type:
        case "text":
            return node.content
        case "code_inline":
            return rx.el.code(node.content)
        case "strong":
            return rx.el.strong(*(_inline(child) for child in node.children))
        case "em":
            return rx.el.em(*(_inline(child) for child in node.children))
        case "link":
            return rx.el.a(*(_inline(child) for child in node.children), href=_address(str(node.attrs["href"])))
        case other:
            raise ValueError(f"guides have no {other}")


def _address(href: str) -> str:
    """Return the address on our pages for a link of the repository."""
    if href.startswith(STAND_IN):
        return href.removeprefix(STAND_IN)
    return f"/docs/{href.removeprefix('../').removesuffix('.md')}"
