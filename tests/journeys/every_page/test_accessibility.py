"""WCAG 2.2 AA on every page, beyond what axe-core finds: large and spaced text, focus in view, motion, fields."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browsers.populated_server import DESKTOP, World, arrive, world

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# 1280 pixels at 400 % (SC 1.4.10).
LARGEST_TEXT = 320
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""
WIDER = """() => [...document.querySelectorAll("body *")]
  .filter(it => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest("pre, table, .tabs, .unseen, .code"))
  .map(it => it.tagName + "." + it.className).slice(0, 3)"""
CUT = """() => [...document.querySelectorAll("h1, h2, h3, p, a, button, label, dt, dd, li > *")]
  .filter(it => it.checkVisibility() && getComputedStyle(it).overflowX === "hidden"
    && it.scrollWidth > it.clientWidth + 1 && !it.closest(".unseen, pre, code"))
  .map(it => it.textContent.trim().slice(0, 40))"""
HIDDEN_FOCUS = """async () => {
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const it = document.activeElement, box = it.getBoundingClientRect();
  if (it === document.body || !box.width) return "";
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
  const top = document.elementFromPoint(x, y);
  const seen = top && (it.contains(top) || top.contains(it) || top.closest("label")?.control === it);
  return seen ? "" : (it.textContent.trim() || it.id || it.tagName).slice(0, 40);
}"""
MOVING = "() => document.getAnimations().filter(it => it.playState === 'running').length"
# What a password manager needs to know a field (SC 1.3.5, 3.3.8).
PURPOSES = {
    "/login": {"login": "username", "password": "current-password"},
    "/registration": {"username": "username", "email": "email", "password": "new-password"},
    "/account/security": {"current_password": "current-password", "password": "new-password"},
}


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("access")) as made:
        yield made


def test_text_at_400_percent_and_with_the_reader_s_own_spacing_fits(browser: Browser, here: World) -> None:
    found: list[str] = []
    for page, path, _complaints in here.tour(browser, LARGEST_TEXT):
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path}: sideways: {page.evaluate(WIDER)}")
        page.add_style_tag(content=SPACED)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path}: sideways when spaced: {page.evaluate(WIDER)}")
        found += [f"{path}: cut when spaced: {text}" for text in page.evaluate(CUT)]
    assert found == [], "\n".join(found)


def test_what_has_the_focus_is_in_view_and_nothing_moves(browser: Browser, here: World) -> None:
    found: list[str] = []
    for page, path, _complaints in here.tour(browser, DESKTOP):
        if page.evaluate(MOVING):
            found.append(f"{path}: moves although less motion is asked for")
        for _stop in range(25):
            page.keyboard.press("Tab")
            hidden = page.evaluate(HIDDEN_FOCUS)
            if hidden:
                found.append(f"{path}: the focus is hidden: {hidden}")
                break
    assert found == [], "\n".join(found)


def test_password_managers_know_the_fields_and_paste_works(browser: Browser, here: World) -> None:
    for path, fields in PURPOSES.items():
        with here.visit(browser, "grace" if path.startswith("/account") else "") as (page, _complaints):
            arrive(page, path)
            for name, purpose in fields.items():
                field: Any = page.locator(f"input[name={name}]").first
                assert purpose in (field.get_attribute("autocomplete") or "").split(), f"{path} {name}"
                field.focus()
                page.keyboard.insert_text("pasted text")
                assert field.input_value().endswith("pasted text")
