"""A person sets up an authenticator app, signs in with it, loses it, and gets back in; on a desktop and on a phone."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pyotp.totp import TOTP

from tests.support.browsers.bare_browsers import press, sign_in, whole
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PASSWORD = "correct horse battery staple"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


def member(server: Server, name: str) -> None:
    who = (name, "--email", f"{name}@example.org", "--confirmed", "--password-stdin")
    server.ask("user", "create", *who, given=PASSWORD)


def enter(page: Page, name: str) -> None:
    page.goto("/login")
    sign_in(page, name, PASSWORD)


def sign_out(page: Page) -> None:
    page.goto("/account/authenticator")
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def set_up(page: Page) -> tuple[str, list[str]]:
    """Set an app up from its own page; returns the seed and the recovery codes."""
    expect(page.get_by_role("img", name="Picture of the key below")).to_be_visible()
    whole(page)
    seed = (page.locator(".gives code").text_content() or "").replace(" ", "")
    page.get_by_label("Code").fill("000000")
    press(page, "Continue")
    expect(page.get_by_text("This code is not right.")).to_be_visible()
    assert (page.locator(".gives code").text_content() or "").replace(" ", "") == seed
    page.get_by_label("Code").fill(code_of(seed))
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    whole(page)
    codes = page.locator(".codes code").all_text_contents()
    assert len(codes) == 10
    press(page, "I have saved them")
    return seed, codes


def code_of(seed: str, ahead: int = 0) -> str:
    return TOTP(seed).at(datetime.now(UTC), counter_offset=ahead)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_set_up_sign_in_recover_and_lose_everything(browser: Browser, server: Server, size: Any, script: bool) -> None:
    name = f"ada.{size['width']}.{'with' if script else 'without'}"
    member(server, name)
    context = browser.new_context(
        base_url=server.url, viewport=size, java_script_enabled=script, reduced_motion="reduce"
    )
    page = context.new_page()
    enter(page, name)
    page.wait_for_url("**/account")
    page.goto("/account/security" if script else "/account/authenticator")
    press(page, "Set up authenticator app")
    seed, codes = set_up(page)
    if script:
        expect(page.get_by_text("10 of 10 left")).to_be_visible()
        whole(page)
    sign_out(page)

    enter(page, name)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    whole(page)
    page.get_by_label("Code", exact=True).fill(code_of(seed, ahead=1))
    press(page, "Continue")
    page.wait_for_url("**/account")
    sign_out(page)

    enter(page, name)
    page.get_by_role("link", name="Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_label("Recovery code").press("Enter")
    page.wait_for_url("**/account")
    if script:
        page.goto("/account/security")
        expect(page.get_by_text("9 of 10 left")).to_be_visible()
    sign_out(page)

    enter(page, name)
    page.get_by_role("link", name="Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_label("Recovery code").press("Enter")
    expect(page.get_by_text("This recovery code was used already.")).to_be_visible()
    whole(page)

    server.ask("user", "remove-factors", name)
    enter(page, name)
    page.wait_for_url(re.compile("/account$"))
    context.close()
