"""Markers become words: in every kind of string a bundler writes, and with values that are code of the page."""

import json
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.page_texts import cut, fill_page, fill_script, has_markers, mark

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}"), min_size=1)
HARD = 'It\'s "so" `hard` ${here} </script> \\ & more\nlines'


@given(TEXTS)
def test_a_text_comes_back_from_a_double_quoted_string(text: str) -> None:
    script = fill_script(f'const a="{mark(text)}";', str)
    quoted = script.removeprefix("const a=").removesuffix(";")
    assert json.loads(quoted.replace("\\'", "'").replace("\\`", "`").replace("\\${", "${")) == text


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_no_text_ends_the_string_that_holds_it(quote: str) -> None:
    script = fill_script(f"a({quote}{mark('text')}{quote})", lambda _text: HARD)
    inside = script.removeprefix(f"a({quote}").removesuffix(f"{quote})")
    unquoted = inside.replace("\\\\", "").replace(f"\\{quote}", "")
    assert quote not in unquoted
    assert "\n" not in inside
    assert "${" not in inside.replace("\\${", "")


@given(TEXTS)
def test_a_text_comes_back_from_a_page(text: str) -> None:
    page = fill_page(f'<p title="{mark(text)}">{mark(text)}</p>', str)
    title, words = page.removeprefix('<p title="').removesuffix("</p>").split('">', 1)
    assert (unescape(title), unescape(words)) == (text, text)
    assert "<" not in words


def test_an_inline_script_of_a_page_is_not_ended_by_a_text() -> None:
    page = fill_page(f'<script>a("{mark("text")}")</script><p>{mark("text")}</p>', lambda _text: "</script><b>")
    assert page == '<script>a("\\u003c/script>\\u003cb>")</script><p>&lt;/script&gt;&lt;b&gt;</p>'


def test_the_values_of_placeholders_keep_their_code_and_take_their_place() -> None:
    marked = mark("{app} reads {what}").format(app="${state.app}", what=mark("your address"))
    words = {"{app} reads {what}": "`{what}` liest {app}", "your address": "deine Adresse"}
    assert fill_script(f"a(`{marked}`)", words.__getitem__) == "a(`\\`deine Adresse\\` liest ${state.app}`)"


def test_a_placeholder_without_a_value_stays_as_it_is() -> None:
    assert fill_script(str(mark("{n} apps")), str) == "{n} apps"
    assert fill_script(mark("{n} apps, {m}").format(n=3), str) == "3 apps, {m}"


def test_what_only_looks_like_a_marker_is_left_alone() -> None:
    assert not has_markers('e["@@iterator"]')
    assert fill_script('e["@@iterator"]', str) == 'e["@@iterator"]'


ASKS = "{app} asks for {what}."


@pytest.mark.parametrize(
    ("translated", "said"),
    [
        (ASKS, "a('','App',' asks for ','what','.')"),
        ("Es will {app} jetzt {what} lesen", "a('Es will ','App',' jetzt ','what',' lesen')"),
        ("{what} will {app} lesen", "a('','App',' asks for ','what','.')"),  # the elements stand in the English order
    ],
)
def test_a_sentence_with_elements_is_translated_as_a_whole(translated: str, said: str) -> None:
    marked = cut(mark(ASKS))
    assert marked[1::2] == cut(ASKS)[1::2] == ["app", "what"]
    elements = {"app": "App", "what": "what"}
    script = "a(" + ",".join(f"'{elements.get(part, part)}'" for part in marked) + ")"
    assert fill_script(script, {ASKS: translated}.__getitem__) == said
