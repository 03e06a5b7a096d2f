"""Every error and the set-up, whatever a browser lacks: a whole page in words, never a broken or an endless one."""

import re
from collections.abc import Generator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from oauth2system.policy import page_messages
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.runner import Runner
from oauth2system.services.admin import people
from oauth2system.settings import load
from oauth2system.storage.database.transactions import Database
from tests.support.browsers.bare_browsers import CONDITIONS, authorize_url, press, visitor, whole
from tests.support.browsers.populated_server import PASSWORD, World
from tests.support.patience import PATIENCE_S
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NEEDS = "This page needs JavaScript and a live connection"
LIVE = (
    "/account",
    "/account/security",
    "/account/connections",
    "/account/activity",
    "/account/data",
    "/apps",
    "/apps/{id}",
)
# Each of these ends on a page that says what is wrong; the sentence is of that page and of no other.
ERRORS = {
    "/oauth2/authorize?client_id=1": "No app is known",
    "/oauth2/authorize": "does not say which app",
    "/oauth2/authorize?client_id={id}&redirect_uri=https://other.example/&response_type=code": "not registered for it",
    "/oauth2/authorize?flow=x": "There is no such request",
    "/login?flow=x": "There is no such request",
    "/registration?flow=x": "There is no such request",
    "/account/password_reset?token=x": "This link does not work",
    "/account/email_confirm?token=x": "This link does not work",
    "/setup": "already has an administrator",
    "/setup?token=x": "already has an administrator",
    "/oauth2/end_session?id_token_hint=x": "The link to sign out is not valid",
    "/oauth2/end_session?post_logout_redirect_uri=https://other.example/": "does not say which app",
    "/session": "The address may be mistyped",
    "/account/password_reset/new": "The address may be mistyped",
    "/nowhere": "The address may be mistyped",
    "/oauth2/authorize?client_id={id}&client_id={id}": "names the app more than once",
    "/consent?flow=x": "There is no such request",
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_error_is_a_whole_page_that_says_what_is_wrong(
    browser: Browser, here: World, app: dict[str, str], condition: str
) -> None:
    with visitor(browser, here, condition) as page:
        for path, words in ERRORS.items():
            page.goto(path.format(id=app["client_id"]))
            says(page, words)
            whole(page)


def says(page: Page, words: str, within_ms: float = PATIENCE_S * 1000) -> None:
    """Wait for these words; Playwright's own texts leave out what stands in a <noscript>."""
    expect(page.locator("body")).to_contain_text(words, use_inner_text=True, timeout=within_ms)


@pytest.mark.parametrize("condition", ["script off", "360 px"])
def test_every_sentence_that_an_address_can_bring_is_shown_whole(browser: Browser, here: World, condition: str) -> None:
    with visitor(browser, here, condition) as page:
        for code in page_messages.ERRORS:
            said = page_messages.error(code, "7").text
            page.goto(f"/login?error={code}&wait=7")
            expect(page.get_by_text(said)).to_be_visible()
            whole(page)


@pytest.mark.parametrize("condition", ["script off", "socket blocked"])
def test_a_page_over_the_socket_says_at_once_that_there_is_none(
    browser: Browser, here: World, app: dict[str, str], condition: str
) -> None:
    with visitor(browser, here, condition) as page:
        answer = page.context.request.post(
            "/session", form={"login": "grace", "password": PASSWORD}, headers={"origin": here.url}, max_redirects=0
        )
        assert answer.status == 303
        for path in LIVE:
            page.goto(path.format(id=app["client_id"]))
            says(page, NEEDS, within_ms=3_000)
            whole(page)


def test_an_error_page_leads_its_app_s_owner_to_the_entry(browser: Browser, here: World, app: dict[str, str]) -> None:
    wrong = authorize_url(here, {**app, "uri": "https://other.example/back"})
    for width in (360, 1280):
        with here.visit(browser, "grace", width=width) as (page, complaints):
            page.goto(wrong)
            reference = page.locator("code").last.inner_text()
            page.get_by_role("link", name="Open the details on your app's page").click()
            expect(page.locator(".asked-for", has_text=reference)).to_be_in_viewport()
            assert [text for text in complaints if "400" not in text] == []


@pytest.fixture(scope="module")
def unclaimed(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """Run a server that nobody has set up yet."""
    del pages
    server = Server(tmp_path_factory.mktemp("set-up") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    try:
        yield World(server.start(), "", "")
    finally:
        server.stop()


@pytest.fixture
def link(unclaimed: World) -> str:
    """Return a link for the set-up, as the server prints it; who followed an earlier one is no administrator now."""
    settings = load(unclaimed.server.environment())
    runner = Runner(settings, Database(settings.database_url))
    try:
        runner.now(SYSTEM, lambda ctx: ctx.db.run("UPDATE users SET is_admin = ?", False))
        made = runner.now(SYSTEM, people.make_setup_link)
    finally:
        runner.close()
    assert made is not None
    return made


numbers = count(1)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_first_administrator_is_made(browser: Browser, unclaimed: World, link: str, condition: str) -> None:
    name = f"root{next(numbers)}"
    with visitor(browser, unclaimed, condition) as page:
        page.goto(link)
        whole(page)
        for label, value in (("Username", name), ("Email", f"{name}@example.org"), ("Password", PASSWORD)):
            page.get_by_label(label, exact=True).fill(value)
        press(page, "Create account")
        page.wait_for_url(re.compile(r"/admin\?notice=set_up"))
        page.goto(link)
        expect(page.get_by_text("This server already has an administrator")).to_be_visible()
        whole(page)
