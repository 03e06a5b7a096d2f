"""What happened to the account, all data to take along, and a deletion that is regretted: in a browser."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.account.test_live_sessions import arrive, opened
from tests.support.browsers.bare_browsers import mailed_link, sign_in
from tests.support.browsers.populated_server import DESKTOP, PASSWORD, PHONE, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def make_person(here: World, name: str) -> str:
    person = ("user", "create", name, "--email", f"{name}@example.org", "--confirmed", "--password-stdin")
    here.server.ask(*person, given=PASSWORD)
    return name


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_t116_a_sign_in_that_was_not_me_ends_from_the_activity_page(browser: Browser, here: World, width: int) -> None:
    name = make_person(here, f"active{width}")
    home, away = opened(browser, here, width), opened(browser, here)
    page = arrive(home, name, "/account/activity")
    line = page.get_by_role("listitem")
    expect(line.filter(has_text="this browser")).to_contain_text("A sign-in")
    expect(line.filter(has_text="this browser")).to_contain_text("Chrome")
    other = arrive(away, name, "/account/connections")
    page.get_by_role("button", name="Sign-ins").click()
    expect(page.get_by_role("button", name="Sign-ins")).to_have_attribute("aria-pressed", "true")
    expect(line.filter(has_text="The account was created")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    line.get_by_role("button", name="This was not me").first.click()
    page.wait_for_url("**/account/security?notice=sign_in_disowned")
    other.wait_for_url("**/login?next=/account/connections")
    home.close()
    away.close()


def test_all_data_is_downloaded_with_script_and_by_the_bare_link(browser: Browser, here: World, tmp_path: Path) -> None:
    name = make_person(here, "packer")
    context = opened(browser, here, PHONE)
    page = arrive(context, name, "/account/data")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download my data").click()
        # The sentence goes away by itself, and the file may take longer to come.
        expect(page.get_by_text("Your data is collected.")).to_be_visible()
    coming.value.save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert archive.testzip() is None
        assert {"README.txt", "profile.json", "events.json"} <= set(archive.namelist())
    bare = context.request.get("/account/data/export")
    assert (bare.status, bare.headers["content-type"]) == (200, "application/zip")
    context.close()


def test_a_deletion_is_asked_for_and_regretted_on_a_phone(browser: Browser, here: World) -> None:
    name = make_person(here, "leaver")
    context = opened(browser, here, PHONE)
    page = arrive(context, name, "/account/data")
    page.get_by_text("I want to delete my account").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Delete account").click()
    page.wait_for_url("**/login?notice=deletion_asked")
    expect(page.get_by_text("Your account is disabled, and will be deleted in 14 days.")).to_be_visible()
    link = mailed_link(here.url, f"{name}@example.org")
    page.goto(link)
    expect(page.get_by_role("button", name="Keep my account")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_text("Your account is kept, and works as before.")).to_be_visible()
    page.goto("/login?next=/account/activity")
    sign_in(page, name, PASSWORD)
    page.wait_for_url("**/account/activity")
    for sentence in ("The account was to be deleted", "The account was kept"):
        expect(page.get_by_role("listitem").filter(has_text=re.compile(sentence))).to_have_count(1)
    page.goto(link)
    expect(page.get_by_text("This link does not work any more")).to_be_visible()
    context.close()
