"""The story that must always work, by people in a real browser (README.md)."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.support.browsers.bare_browsers import mailed_link, press, sign_in
from tests.support.clients.site import Site
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    made = Server(tmp_path_factory.mktemp("story") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    yield made.start()
    made.stop()


@pytest.fixture
def site(server: Server, tmp_path: Path) -> Generator[Site]:
    made = Site(server.url, tmp_path / "site.log")
    yield made
    made.stop()


def email(name: str) -> str:
    return f"{name}@example.org"


def member(server: Server, name: str) -> None:
    """Make somebody by the operator's command."""
    who = (name, "--email", email(name), "--display-name", name.title(), "--confirmed", "--password-stdin")
    server.ask("user", "create", *who, given=PASSWORD)


def app_of(server: Server, name: str, site: Site) -> None:
    """Make an app by the operator's command, and start its site."""
    made = server.ask("app", "create", "My site", "--owner", name, "--redirect-uri", site.callback)
    site.start(made["client_id"], made["client_secret"])


def fill_registration(page: Page, name: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Display name").fill(name.title())
    page.get_by_label("Email").fill(email(name))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/account/email_confirm?sent=1*")


def confirm_from_the_mail(page: Page, server: Server, name: str) -> None:
    mailed_link(server.url, email(name))  # the mail has come
    mailbox = page.context.new_page()
    mailbox.goto(f"{server.url}/dev/mailbox")
    link = mailbox.get_by_role("article").filter(has_text=email(name)).locator("a[href*='/email_confirm?token=']")
    address = link.first.get_attribute("href")
    mailbox.close()
    assert address is not None
    page.goto(address)
    page.get_by_role("button", name="Confirm email").click()
    page.wait_for_url(lambda url: "/account/email_confirm" not in url)


def create_app(page: Page, server: Server, redirect_uri: str) -> tuple[str, str]:
    """Create an app and point it home; returns CLIENT ID and CLIENT SECRET as the page shows them."""
    page.goto(f"{server.url}/apps")
    page.get_by_label("App name").fill("My site")
    page.get_by_role("button", name="Create app").click()
    expect(page.get_by_role("heading", level=1, name="My site")).to_be_visible()
    secret = page.get_by_text(re.compile(r"^ok_[\w-]{54}$")).text_content()
    client_id = page.url.rpartition("/")[2]
    expect(page.get_by_text(client_id, exact=True).first).to_be_visible()
    page.get_by_label("Redirect URI").fill(redirect_uri)
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("listitem").filter(has_text=redirect_uri)).to_be_visible()
    return client_id, secret or ""


def sign_in_on(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_role("link", name="Sign in with Oauth2System").click()


def leave(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_role("button", name="Leave my site").click()


def agree(page: Page) -> None:
    page.wait_for_url("**/consent?flow=*")
    page.get_by_role("button", name="Authorize").click()


def is_greeted(page: Page, name: str) -> None:
    expect(page.get_by_text(f"Hello {name.title()} ({email(name)})!")).to_be_visible()


def complaints_of(page: Page, server: Server) -> list[str]:
    """Collect what the console says about our own pages; the site's are its own affair."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and message.location["url"].startswith(server.url):
            heard.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def test_register_confirm_create_an_app_sign_in_on_the_site_revoke(page: Page, server: Server, site: Site) -> None:
    complaints = complaints_of(page, server)
    page.goto(f"{server.url}/registration")
    fill_registration(page, "ada")
    confirm_from_the_mail(page, server, "ada")
    site.start(*create_app(page, server, site.callback))

    sign_in_on(page, site)
    page.wait_for_url("**/consent?flow=*")
    for shown in ("My site", "Ada", email("ada"), site.url):
        expect(page.get_by_text(shown).first).to_be_visible()
    agree(page)
    is_greeted(page, "ada")
    assert page.url == f"{site.url}/", "the code is gone from the address bar"

    leave(page, site)
    sign_in_on(page, site)
    is_greeted(page, "ada")  # whoever agreed once is not asked again

    page.goto(f"{server.url}/account/connections")
    connection = page.get_by_role("listitem").filter(has_text="My site")
    expect(connection.get_by_text("Your email address")).to_be_visible()
    connection.get_by_role("button", name="Revoke access").click()
    connection.get_by_role("button", name="Revoke access").click()  # it asks once
    expect(connection.get_by_role("button", name="Revoke access")).to_have_count(0)
    former = page.locator("section").filter(has_text="Sites without access")
    expect(former.get_by_role("heading", level=2, name="My site")).to_be_visible()

    leave(page, site)
    sign_in_on(page, site)
    page.wait_for_url("**/consent?flow=*")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_have_text("You did not agree, so nothing was shared.")
    assert complaints == []


def test_t074_a_visitor_is_led_through_sign_in_and_back_and_no_other_site_learns_of_it(
    page: Page, server: Server, site: Site
) -> None:
    member(server, "grace")
    app_of(server, "grace", site)
    told_away = referers_to_others(page, server)
    sign_in_on(page, site)
    page.wait_for_url("**/login?flow=*")
    sign_in(page, "grace", "wrong at first")
    page.wait_for_url("**/login?*error=*")
    expect(page.get_by_label("Username or email")).to_have_value("grace")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    agree(page)
    is_greeted(page, "grace")
    assert told_away == set(), "no other site learnt where the visitor came from"


def referers_to_others(page: Page, server: Server) -> set[str]:
    """Collect what requests to other places tell about ours."""
    told: set[str] = set()

    def hear(request: Request) -> None:
        referer = request.headers.get("referer", "")
        if not request.url.startswith(server.url) and referer.startswith(server.url):
            told.add(referer)

    page.on("request", hear)
    return told


def test_registering_in_the_middle_of_a_flow_comes_back_to_it(page: Page, server: Server, site: Site) -> None:
    member(server, "joan")
    app_of(server, "joan", site)
    sign_in_on(page, site)
    page.wait_for_url("**/login?flow=*")
    page.get_by_role("main").get_by_role("link", name="Create account").click()
    page.wait_for_url("**/registration?flow=*")
    fill_registration(page, "mary")
    confirm_from_the_mail(page, server, "mary")
    agree(page)
    is_greeted(page, "mary")


def test_t084_back_after_the_flow_leads_into_nothing(page: Page, server: Server, site: Site) -> None:
    member(server, "edith")
    app_of(server, "edith", site)
    sign_in_on(page, site)
    sign_in(page, "edith", PASSWORD)
    page.wait_for_url("**/consent?flow=*")
    consent = page.url
    agree(page)
    is_greeted(page, "edith")
    page.goto(consent)
    expect(page.get_by_role("heading", level=1)).to_have_text("You have answered this already")
    expect(page.get_by_role("button", name="Authorize")).to_have_count(0)


def test_on_a_phone_in_the_dark_the_story_is_the_same(browser: Browser, server: Server, site: Site) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{server.url}/registration")
    fill_registration(page, "hedy")
    confirm_from_the_mail(page, server, "hedy")
    site.start(*create_app(page, server, site.callback))
    sign_in_on(page, site)
    agree(page)
    is_greeted(page, "hedy")
    context.close()
