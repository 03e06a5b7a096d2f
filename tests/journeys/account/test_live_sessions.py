"""Two browsers side by side: what one does to a session shows in the other, without a click (T116)."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.populated_server import DESKTOP, PASSWORD, PHONE, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ASKS = "A new sign-in to your account. Was this you?"


def opened(browser: Browser, here: World, width: int = DESKTOP) -> BrowserContext:
    return browser.new_context(base_url=here.url, viewport={"width": width, "height": 800}, reduced_motion="reduce")


def arrive(context: BrowserContext, name: str, where: str) -> Page:
    page = context.new_page()
    page.goto(f"/login?next={where}")
    sign_in(page, name, PASSWORD)
    page.wait_for_url(f"**{where}")
    return page


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_t116_a_session_appears_is_asked_about_and_vanishes_live(browser: Browser, here: World, width: int) -> None:
    name = f"live{width}"
    here.server.ask("user", "create", name, "--email", f"{name}@example.org", "--confirmed", "--password-stdin",
                    given=PASSWORD)  # fmt: skip
    home, away = opened(browser, here, width), opened(browser, here)
    page = arrive(home, name, "/account/security")
    expect(page.get_by_text("this one", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^End session"))).to_have_count(0)
    other = arrive(away, name, "/account/connections")
    expect(other.get_by_role("heading", name="Connections")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^End session"))).to_have_count(1)
    expect(page.get_by_text(ASKS)).to_be_visible()
    expect(other.get_by_text(ASKS)).to_have_count(0)
    page.get_by_role("button", name="This was not me").click()
    expect(page.get_by_text("Choose a new password now")).to_be_visible()
    other.wait_for_url("**/login?next=/account/connections")
    expect(page.get_by_role("button", name=re.compile("^End session"))).to_have_count(0)
    home.close()
    away.close()


def test_t116_ending_all_others_leaves_this_one(browser: Browser, here: World) -> None:
    here.server.ask("user", "create", "others", "--email", "others@example.org", "--confirmed", "--password-stdin",
                    given=PASSWORD)  # fmt: skip
    home, away = opened(browser, here), opened(browser, here)
    page = arrive(home, "others", "/account/security")
    other = arrive(away, "others", "/apps")
    page.get_by_role("button", name="End all other sessions").click()
    other.wait_for_url("**/login?next=/apps")
    expect(page.get_by_text("Every other browser is signed out.")).to_be_visible()
    home.close()
    away.close()
