"""An administrator demands a second factor and acceptance of terms: who has neither is led through, on any screen."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.account.test_second_factor import DESKTOP, PASSWORD, PHONE, code_of, enter, member, set_up
from tests.support.browsers.bare_browsers import press, whole
from tests.support.servers.server import Server

WIDE: Any = DESKTOP
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    made = Server(tmp_path_factory.mktemp("demanded") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    yield made.start()
    made.stop()


def look(page: Page, name: str) -> None:
    """Check that a page is whole; keep its picture for people who ask for it (SHOTS, a folder)."""
    whole(page)
    if folder := os.environ.get("SHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def leave(page: Page, name: str, value: str) -> None:
    """Type into a setting, and leave its field."""
    page.get_by_label(name, exact=True).fill(value)
    page.get_by_label(name, exact=True).press("Tab")


def test_an_administrator_sets_up_their_own_factor_before_they_demand_it(browser: Browser, server: Server) -> None:
    who = ("boss", "--email", "boss@example.org", "--confirmed", "--admin", "--password-stdin")
    server.ask("user", "create", *who, given=PASSWORD)
    context = browser.new_context(base_url=server.url, viewport=WIDE, reduced_motion="reduce")
    page, other = context.new_page(), browser.new_page(base_url=server.url)
    for tab in (other, page):
        enter(tab, "boss")
        tab.wait_for_url("**/account")
    page.goto("/admin/settings")
    page.get_by_label("Who must have a second factor").select_option("everybody")
    expect(page.get_by_text("Set up a second factor for yourself first")).to_be_visible()
    page.goto("/account/security")
    press(page, "Set up authenticator app")
    set_up(page)
    expect(page.get_by_text("You have just changed how you sign in.")).to_be_visible()
    look(page, "security")
    press(page, "End all other sessions")
    expect(page.get_by_text("You have just changed how you sign in.")).to_have_count(0)
    page.goto("/admin/settings")
    leave(page, "Version of the terms", "1")
    expect(page.get_by_text("Give the address of the terms first.")).to_be_visible()
    leave(page, "Version of the terms", "")
    leave(page, "Address of the terms", "https://example.org/terms")
    expect(page.get_by_text("Saved")).to_be_visible()
    leave(page, "Version of the terms", "2026-11")
    expect(page.get_by_text("Saved")).to_be_visible()
    page.get_by_label("Who must have a second factor").select_option("everybody")
    expect(page.get_by_text("Saved")).to_be_visible()
    look(page, "settings")
    context.close()
    other.close()


@pytest.mark.parametrize(
    ("size", "script", "scheme"),
    [(PHONE, False, "dark"), (PHONE, True, "light"), (DESKTOP, True, "dark")],
    ids=["phone without script", "phone", "desktop"],
)
def test_a_person_without_either_is_led_through(
    browser: Browser, server: Server, size: Any, script: bool, scheme: Any
) -> None:
    name = f"eve.{size['width']}.{scheme}"
    member(server, name)
    context = browser.new_context(
        base_url=server.url, viewport=size, java_script_enabled=script, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    enter(page, name)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    look(page, f"second-step-{scheme}")
    press(page, "Set up authenticator app")
    look(page, f"authenticator-{scheme}")
    seed = (page.locator(".gives code").text_content() or "").replace(" ", "")
    page.get_by_label("Code").fill(code_of(seed))
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Accept the terms")
    look(page, f"terms-{scheme}")
    page.get_by_label("I accept the terms of this server").check()
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    look(page, f"codes-{scheme}")
    press(page, "I have saved them")
    page.wait_for_url("**/account**")
    page.goto("/registration")
    look(page, f"registration-{scheme}")
    context.close()
