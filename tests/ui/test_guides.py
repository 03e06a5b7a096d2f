"""The guides are one text: what stands in docs/guides/ stands on the pages, and links lead somewhere in both."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import oauth2system
from oauth2system.ui.docs import guides
from oauth2system.ui.docs.guides import FOLDER, Guide, join_lines
from oauth2system.ui.docs.prose import prose
from oauth2system.web.http.page_gate import PAGES
from tests.support.browsers.untranslated_texts import walk, words_of

PROGRAM = Path(oauth2system.__file__).parent
LINK = re.compile(r"\]\(([^)]+)\)")
NAMES = [guide.name for guide in guides.ALL]


@pytest.fixture(params=guides.ALL, ids=NAMES)
def guide(request: pytest.FixtureRequest) -> Guide:
    return request.param


def written(guide: Guide) -> Iterator[str]:
    """Yield every piece of text of a guide, as markdown sees it."""
    for token in MarkdownIt("commonmark").enable("table").parse(guide.body):
        if token.type == "inline":
            paragraph = MarkdownIt("commonmark").parseInline(join_lines(token.content))[0].children or []
            yield from (piece.content for piece in paragraph if piece.type in {"text", "code_inline"})
        if token.type == "fence":
            yield token.content.removesuffix("\n")


def test_what_is_written_is_on_the_page(guide: Guide) -> None:
    shown = [words_of(one) for one, *_where in walk(prose(guide)) if type(one).__name__ == "Bare"]
    assert [text for text in written(guide) if text not in shown] == []


def test_each_has_its_page_and_the_parts_a_reader_looks_for(guide: Guide) -> None:
    assert guide.route in PAGES
    assert guide.title
    assert "\n" not in guide.title
    headings = re.findall(r"^## (.+)$", guide.body, re.MULTILINE)
    assert headings[-1] == "When something goes wrong"
    assert len(set(headings)) == len(headings)


def test_links_lead_somewhere_in_the_repository_and_on_the_pages(guide: Guide) -> None:
    for href in LINK.findall(guide.body):
        if href.startswith("https://id.example.org"):
            assert href.removeprefix("https://id.example.org") in PAGES, href
        else:
            assert (FOLDER / href).is_file(), href
            assert href.removesuffix(".md") in NAMES, href


def test_what_a_guide_quotes_is_on_a_page_of_ours(guide: Guide) -> None:
    ours = "".join(path.read_text(encoding="utf-8") for path in PROGRAM.rglob("*") if path.suffix in {".py", ".html"})
    assert [words for words in re.findall(r"“([^”]+)”", join_lines(guide.body)) if words not in ours] == []


def test_no_line_of_code_is_wider_than_a_page(guide: Guide) -> None:
    for file, text in guide.programs.items():
        assert [line for line in text.splitlines() if len(line) > 120] == [], file


def test_the_folder_lists_every_guide_as_the_pages_do() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[(.+?)\]\((.+?)\.md\)\. (.+)$", page, re.MULTILINE)
    assert listed == [(guide.title, guide.name, guide.lead) for guide in guides.ALL]
    assert {file.stem for file in FOLDER.glob("*.md")} == {*NAMES, "README"}
