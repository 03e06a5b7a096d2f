"""The last step of a flow leaves our site: whatever address an app registered, and wherever it sends people on."""

import itertools
from collections.abc import Generator
from contextlib import contextmanager, suppress
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Error, Page

from oauth2system.protocol.clients.redirect_uris import check_redirect_uri
from tests.support.browsers.bare_browsers import link_of, sign_in
from tests.support.browsers.chromium import Complaints
from tests.support.browsers.populated_server import PASSWORD, World
from tests.support.servers.redirecting_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# Addresses on a machine of one's own are made of these; those that registration accepts are tried.
SCHEMES = ("http", "HTTP")
HOSTS = ("localhost", "LocalHost", "127.0.0.1", "[::1]")
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


def arrives(page: Page) -> None:
    page.get_by_text("arrived", exact=True).wait_for()


def uris(away: Site) -> list[str]:
    """Generate addresses over scheme, host and port, each with the next of the paths and queries."""
    tails = itertools.cycle(TAILS)
    places = itertools.product(SCHEMES, HOSTS, (away.port, away.other))
    made = [f"{scheme}://{host}:{port}{next(tails)}" for scheme, host, port in places]
    return [uri for uri in made if check_redirect_uri(uri, allow_http=False) is None]


def test_addresses_of_every_kind_are_tried(away: Site) -> None:
    assert len(uris(away)) >= 12, "registration accepts fewer spellings now: generate others"


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
        sign_in(page, "grace", PASSWORD)
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
        page.goto(link_of(here, f"{name}@example.org"))
        page.get_by_role("button", name="Confirm email").click()
        arrives(page)
        assert page.url.startswith(f"http://127.0.0.1:{away.other}/landed")


def test_signing_out_ends_at_the_site_and_goes_on(browser: Browser, here: World, away: Site) -> None:
    uri = f"http://localhost:{away.port}/back?on=1"
    client_id = app_at(here, uri)
    for script in (True, False):
        with here.visit(browser, "grace", script=script) as (page, _complaints):
            page.goto(f"/oauth2/end_session?client_id={client_id}&post_logout_redirect_uri={uri}")
            page.get_by_role("button", name="Sign out").click()
            arrives(page)
            assert page.url.startswith(f"http://127.0.0.1:{away.other}/landed")


NATIVE = ("com.example.app:/back", "com.example.app:/back?x=1", "com.example.app://back/here", "Com.Example.App:/b")


@contextmanager
def leaves_for(page: Page, complaints: Complaints, uri: str) -> Generator[None]:
    """Expect the browser to go to a native app's address: no program has it here, and no policy of ours stops it."""
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.headers.get("location", "")))
    yield
    for _again in range(100):
        page.wait_for_timeout(100)
        if any(place.startswith(uri) for place in answers):
            break
    assert any(place.startswith(uri) for place in answers), answers
    assert [text for text in complaints if "olicy" in text] == [], "it refused to send the form's data"


@pytest.mark.parametrize("mode", ["query", "fragment"])
@pytest.mark.parametrize("uri", NATIVE)
def test_every_page_is_left_for_a_native_app(browser: Browser, here: World, uri: str, mode: str) -> None:
    asks, trusted = app_at(here, uri), app_at(here, uri, first_party=True)
    for button in ("Authorize", "Cancel"):
        with here.visit(browser, "grace") as (page, complaints):
            page.goto(link(here, asks, uri, mode, prompt="consent"))
            with leaves_for(page, complaints, uri):
                page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
    with here.visit(browser) as (page, complaints):
        page.goto(link(here, trusted, uri, mode))
        with leaves_for(page, complaints, uri):
            sign_in(page, "grace", PASSWORD)
    with here.visit(browser) as (page, complaints), leaves_for(page, complaints, uri), suppress(Error):
        # The browser knows no program for the address, and stays where it was.
        page.goto(link(here, asks, uri, mode, prompt="none"))


@pytest.mark.parametrize("uri", NATIVE)
def test_a_native_app_that_asks_for_a_form_gets_a_redirect(browser: Browser, here: World, uri: str) -> None:
    """A form needs a web address to post to."""
    client_id = app_at(here, uri)
    with here.visit(browser, "grace") as (page, complaints), leaves_for(page, complaints, uri), suppress(Error):
        page.goto(link(here, client_id, uri, "form_post"))


def test_confirming_the_email_is_left_for_a_native_app(browser: Browser, here: World) -> None:
    uri = NATIVE[0]
    client_id = app_at(here, uri, first_party=True)
    with here.visit(browser) as (page, complaints):
        page.goto(link(here, client_id, uri, "query", prompt="create"))
        page.get_by_label("Username").fill("native.person")
        page.get_by_label("Email").fill("native@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        page.goto(link_of(here, "native@example.org"))
        with leaves_for(page, complaints, uri):
            page.get_by_role("button", name="Confirm email").click()


def test_signing_out_is_left_for_a_native_app(browser: Browser, here: World) -> None:
    uri = NATIVE[0]
    client_id = app_at(here, uri)
    with here.visit(browser, "grace") as (page, complaints):
        page.goto(f"/oauth2/end_session?client_id={client_id}&post_logout_redirect_uri={uri}")
        with leaves_for(page, complaints, uri):
            page.get_by_role("button", name="Sign out").click()


@pytest.mark.parametrize("mode", MODES)
def test_an_error_arrives_and_goes_on_where_the_site_redirects(
    browser: Browser, here: World, away: Site, mode: str
) -> None:
    uri = f"http://localhost:{away.port}/back?on=1"
    client_id = app_at(here, uri)
    with here.visit(browser) as (page, _complaints):
        page.goto(link(here, client_id, uri, mode, prompt="none"))
        arrives(page)
        assert page.url.startswith(f"http://127.0.0.1:{away.other}/landed")
    with here.visit(browser, "grace") as (page, _complaints):
        page.goto(link(here, client_id, uri, mode, prompt="consent"))
        page.get_by_role("main").get_by_role("button", name="Cancel").click()
        arrives(page)
        assert page.url.startswith(f"http://127.0.0.1:{away.other}/landed")


def test_an_app_s_popup_can_tell_its_opener(browser: Browser, here: World, away: Site) -> None:
    uri = f"http://localhost:{away.port}/back"
    client_id = app_at(here, uri)
    with here.visit(browser) as (page, _complaints):
        page.goto(f"http://localhost:{away.port}/start")
        with page.expect_popup() as popup:
            address = link(here, client_id, uri, "query")
            page.evaluate("url => { window.open(url, 'login', 'width=500,height=700') }", address)
        window = popup.value
        sign_in(window, "grace", PASSWORD)
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
