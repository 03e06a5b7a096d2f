"""Every page in languages that nobody speaks: a longer one shows what is not translated, and one from right to left."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers import looks
from tests.support.browsers.populated_server import PHONE, World, arrive, world
from tests.support.catalogues import lengthen, turn, write

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LONGER, RIGHT_TO_LEFT = "de", "he"
# What people and apps are called, and what is code or written in English on purpose, is not translated.
LEFT_ALONE = "[lang=en], [lang=en] *, code, code *, pre *, .languages *, input, select, .user-text"
NAMES = {
    *("Oauth2System", "Garden Club", "Harbour Library", "CLIENT ID", "CLIENT SECRET"),
    *("Grace", "Ada", "Pat", "grace", "ada", "pat", "Python", "garden.example", "fetch.sh"),
}
# Addresses, and dates and times as CLDR writes them in German.
DATA = re.compile(r"@example\.org|https?://|[0-9]{4}$|^vor [0-9]")
ENGLISH = """left => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const [text, box] = [walk.currentNode.textContent.trim(), walk.currentNode.parentElement];
    if (!text || box.closest(left) || !box.checkVisibility() || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(box.tagName))
      continue;
    if (/[A-Za-z]{3,}/.test(text) && !/[\\[\\]~]/.test(text)) found.push(text);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    folder = tmp_path_factory.mktemp("languages")
    catalogues = write(folder / "locale", LONGER, lengthen)
    write(catalogues, RIGHT_TO_LEFT, turn)
    with world(folder, catalogues) as made:
        yield made


def is_left_out(text: str) -> bool:
    return text not in NAMES and DATA.search(text) is None


def test_every_word_on_every_page_is_translated_and_long_words_fit(browser: Browser, here: World) -> None:
    found: list[str] = []
    for page, path, _complaints in here.tour(browser, PHONE, language=LONGER):
        found += [f"{path}: {text}" for text in page.evaluate(ENGLISH, LEFT_ALONE) if is_left_out(text)]
        found += [f"{path}: {fault}" for fault in looks.too_wide(page)]
        if page.locator("html").get_attribute("lang") != LONGER:
            found.append(f"{path}: another language")
    assert found == [], "\n".join(found)


def test_every_page_runs_from_right_to_left(browser: Browser, here: World) -> None:
    found: list[str] = []
    for page, path, _complaints in here.tour(browser, PHONE, language=RIGHT_TO_LEFT):
        for look in (looks.ON_A_PHONE, looks.ON_A_DESK):
            looks.put_on(page, look)
            found += [f"{path} {look}: {fault}" for fault in not_turned(page)]
    assert found == [], "\n".join(found)


def not_turned(page: Page) -> list[str]:
    """Return what of a page does not run from right to left, or does not fit when it does."""
    found = looks.too_wide(page)
    if page.locator("html").get_attribute("dir") != "rtl":
        found.append("not from right to left")
    left = page.evaluate("[...document.querySelectorAll('h1')].map(it => getComputedStyle(it).textAlign)")
    return [*found, "a heading on the left"] if {"left"} & set(left) else found


@pytest.mark.parametrize("script", [True, False])
def test_the_pages_of_a_request_speak_what_the_site_asks_for(browser: Browser, here: World, script: bool) -> None:
    with here.visit(browser, language="en-GB", script=script) as (page, _complaints):
        page.goto(f"/oauth2/authorize?client_id={here.asking_id}&scope=identify&ui_locales=fr+de")
        expect(page.locator("html")).to_have_attribute("lang", LONGER)
        page.goto("/login")
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_visitor_chooses_the_language_at_the_foot_and_reads_it_everywhere(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace", language="en-GB") as (page, complaints):
        arrive(page, "/account")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.get_by_role("button", name="Deutsch").click()
        page.wait_for_url("**/account")
        expect(page.locator("html")).to_have_attribute("lang", LONGER)
        expect(page.get_by_role("heading", level=1)).to_contain_text("~")
        assert [text for text in complaints if "Failed to load" in text] == []
    with here.visit(browser, "grace", language="en-GB") as (page, _complaints):
        arrive(page, "/account")
        expect(page.get_by_role("heading", level=1)).to_contain_text("~")
