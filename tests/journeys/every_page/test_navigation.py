"""Navigations on a phone, in every language: nothing is cut, nothing overlaps, and the page that is open is in view."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from oauth2system.i18n import languages
from tests.support.browsers.populated_server import World, arrive, world

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SMALLEST, SMALL = 320, 360
# The edges of a row fade over twenty pixels: what is focused or open stands between them.
FADE = 20
# What of a navigation a reader cannot read or press. Tabs are moved sideways; every other one is in view as a whole.
CUT = """(fade) => {
  const found = [];
  for (const nav of document.querySelectorAll("nav")) {
    const entries = [...nav.querySelectorAll("a")].filter(it => it.checkVisibility());
    const slides = nav.matches(".tabs");
    const name = it => `${nav.getAttribute("aria-label")}: ${it.textContent}`;
    const boxes = entries.map(it => it.getBoundingClientRect());
    if (slides && new Set(boxes.map(it => it.top)).size > 1) found.push(`${nav.className} wraps`);
    if (!slides && nav.scrollWidth > nav.clientWidth + 1) found.push(`${nav.className} goes on unseen`);
    entries.forEach((it, nth) => {
      const [box, next] = [boxes[nth], boxes[nth + 1]];
      if (next && next.top < box.bottom - 1 && next.left < box.right - 1) found.push(`overlaps the next: ${name(it)}`);
      const isBox = getComputedStyle(it).display !== "inline";
      if (isBox && it.scrollWidth > it.clientWidth + 1) found.push(`cut: ${name(it)}`);
      it.focus();
      const now = it.getBoundingClientRect(), room = slides ? fade : 0;
      if (now.left < room - 1 || now.right > innerWidth - room + 1) found.push(`not in view: ${name(it)}`);
    });
  }
  return found;
}"""
OPEN_IS_HIDDEN = """(fade) => [...document.querySelectorAll(".tabs [aria-current]")]
  .map(it => it.getBoundingClientRect())
  .filter(box => box.left < fade - 1 || box.right > innerWidth - fade + 1).length"""


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("navigation")) as made:
        yield made


@pytest.fixture(scope="module")
def app_id(here: World) -> str:
    uri = "https://ada.example/back"
    return here.server.ask("app", "create", "Night Sky", "--owner", "ada", "--redirect-uri", uri)["client_id"]


def faults(page: Page) -> list[str]:
    found = ["the open page is not in view"] * page.evaluate(OPEN_IS_HIDDEN, FADE)
    for width in (SMALLEST, SMALL):
        page.set_viewport_size({"width": width, "height": 740})
        found += [f"{width}: {fault}" for fault in page.evaluate(CUT, FADE)]
    return found


@pytest.mark.parametrize("language", languages())
def test_no_entry_of_a_navigation_is_cut_on_a_phone(browser: Browser, here: World, app_id: str, language: str) -> None:
    found: list[str] = []
    for path in ("/account/data", "/admin/settings", f"/apps/{app_id}/usage", "/docs/reference/more"):
        with here.visit(browser, "ada", width=SMALLEST, language=language) as (page, _complaints):
            arrive(page, path)
            found += [f"{path} {fault}" for fault in faults(page)]
    assert found == []


def test_the_tabs_are_walked_by_keyboard_and_the_next_page_is_in_view_again(
    browser: Browser, here: World, app_id: str
) -> None:
    with here.visit(browser, "ada", width=SMALLEST) as (page, complaints):
        arrive(page, f"/apps/{app_id}")
        tabs = page.get_by_role("navigation", name="This app")
        last = tabs.get_by_role("link").last
        expect(last).not_to_be_in_viewport()
        tabs.get_by_role("link").first.focus()
        while not last.evaluate("it => it === document.activeElement"):
            page.keyboard.press("Tab")
        expect(last).to_be_in_viewport(ratio=1)
        page.keyboard.press("Enter")
        here_now = tabs.locator("[aria-current=page]")
        expect(here_now).to_have_text(last.inner_text())
        expect(here_now).to_be_in_viewport(ratio=1)
        assert complaints == []
