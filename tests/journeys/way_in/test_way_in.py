"""The way in, whatever a browser lacks: it ends where it should, or says in words why not."""

import json
import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers.bare_browsers import (
    CONDITIONS,
    authorize_url,
    link_of,
    press,
    program,
    sign_in,
    user_code,
    visitor,
    whole,
)
from tests.support.browsers.populated_server import PASSWORD, World, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NEW = "a quite different pass phrase"


@pytest.mark.parametrize("condition", CONDITIONS)
def test_register_confirm_consent_sign_out_reset_sign_in_device(
    browser: Browser, here: World, app: dict[str, str], condition: str
) -> None:
    name = re.sub(r"\W+", ".", f"a {condition} z")
    address = f"{name}@example.org"
    with visitor(browser, here, condition) as page:
        page.goto(authorize_url(here, app))
        whole(page)
        expect(page.get_by_text("to continue to Flask demo")).to_be_visible()
        page.get_by_role("main").get_by_role("link", name="Create account").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Create account")
        whole(page)
        for label, value in (("Username", name), ("Email", address), ("Password", PASSWORD)):
            page.get_by_label(label, exact=True).fill(value)
        press(page, "Create account")
        expect(page.get_by_text(f"We sent a link to {address}")).to_be_visible()
        whole(page)

        confirmation = link_of(here, address)
        page.goto(confirmation)
        whole(page)
        press(page, "Confirm email")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Flask demo?")
        whole(page)
        press(page, "Authorize")
        page.get_by_text("arrived", exact=True).wait_for()

        page.goto("/device")
        whole(page)
        page.get_by_label("Code").fill(user_code(here, app))
        press(page, "Continue")
        expect(page.get_by_text("wants to be connected on a device")).to_be_visible()
        whole(page)
        press(page, "Authorize")
        expect(page.get_by_text("The device is connected.")).to_be_visible()
        whole(page)
        page.get_by_role("banner").get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
        whole(page)

        choose_new_password(page, here, address, newer_than=confirmation)

        page.goto(authorize_url(here, app, prompt="login"))
        sign_in(page, name, "wrong password")
        expect(page.get_by_text("Wrong username or password.")).to_be_visible()
        sign_in(page, name, NEW)
        page.get_by_text("arrived", exact=True).wait_for()


def choose_new_password(page: Page, here: World, address: str, newer_than: str) -> None:
    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a new password")
    whole(page)
    page.get_by_label("Email").fill(address)
    press(page, "Send the link")
    expect(page.get_by_text("a link is on its way")).to_be_visible()
    page.goto(link_of(here, address, newer_than=newer_than))
    whole(page)
    page.get_by_label("Password", exact=True).fill(NEW)
    press(page, "Set the new password")
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    whole(page)


@pytest.fixture(scope="module")
def keeps_nothing(browser: Browser, here: World, tmp_path_factory: pytest.TempPathFactory) -> Generator[Page]:
    """Run a Chromium whose settings block every cookie, and with them every storage."""
    folder = tmp_path_factory.mktemp("profile")
    (folder / "Default").mkdir()
    wish = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (folder / "Default" / "Preferences").write_text(json.dumps(wish))
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=program(), args=["--no-sandbox", "--disable-gpu"], base_url=here.url
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/login", "/registration", "/account/email_confirm", "/docs", "/docs/reference"),
        *("/setup", "/setup?token=x", "/account/password_reset?token=x", "/account/email_confirm?token=x"),
        *("/oauth2/authorize?client_id=1", "/login?flow=x", "/oauth2/end_session?id_token_hint=x", "/nowhere"),
    ],
)
def test_without_cookies_every_page_is_a_page(keeps_nothing: Page, path: str) -> None:
    keeps_nothing.goto(path)
    settle(keeps_nothing)
    whole(keeps_nothing)


def test_without_cookies_the_way_in_says_that_they_are_needed(
    keeps_nothing: Page, here: World, app: dict[str, str]
) -> None:
    page = keeps_nothing
    page.goto("/account")
    sign_in(page, "grace", PASSWORD)
    expect(page.get_by_text("Your browser kept no cookie")).to_be_visible()
    whole(page)
    page.goto(authorize_url(here, app))
    expect(page.get_by_role("heading", level=1)).to_have_text("Cookies are needed")
    whole(page)


def test_without_cookies_a_person_registers_confirms_and_chooses_a_new_password(
    keeps_nothing: Page, here: World
) -> None:
    page, address = keeps_nothing, "no.cookies@example.org"
    page.goto("/registration")
    for label, value in (("Username", "no.cookies"), ("Email", address), ("Password", PASSWORD)):
        page.get_by_label(label, exact=True).fill(value)
    press(page, "Create account")
    confirmation = link_of(here, address)
    page.goto(confirmation)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Confirm email")
    expect(page.get_by_text("Your email is confirmed.")).to_be_visible()
    whole(page)
    choose_new_password(page, here, address, newer_than=confirmation)


def test_without_cookies_device_and_sign_out_say_where_a_person_stands(
    keeps_nothing: Page, here: World, app: dict[str, str]
) -> None:
    page = keeps_nothing
    page.goto(f"/device?user_code={user_code(here, app)}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(page, "grace", PASSWORD)
    expect(page.get_by_text("Your browser kept no cookie, so you are not signed in.")).to_be_visible()
    whole(page)
    page.goto("/oauth2/end_session")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    whole(page)
    page.goto(f"/oauth2/end_session?client_id={app['client_id']}&post_logout_redirect_uri={app['uri']}")
    page.get_by_text("arrived", exact=True).wait_for()
