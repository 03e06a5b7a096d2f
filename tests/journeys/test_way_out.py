"""The last step of a flow leaves our site: the browser must let it, for this app's address and for no other."""

import http.server
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers.page_world import PASSWORD, World, world

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

POPUP = "<script>opener && opener.postMessage(location.search, '*')</script>came back"
OPENER = "<script>onmessage = event => { document.title = 'told ' + event.data }</script>a site"


class Site(http.server.BaseHTTPRequestHandler):
    """An app on another site: a page that opens popups, and the place where its visitors come back."""

    def do_GET(self) -> None:
        body = (POPUP if self.path.startswith("/back") else OPENER).encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing."""


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("leaving")) as made:
        yield made


@pytest.fixture
def site() -> Generator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def authorize_url(here: World, site: str) -> str:
    made = here.server.ask("app", "create", "Popup Site", "--owner", "grace", "--redirect-uri", f"{site}/back")
    return f"{here.url}/oauth2/authorize?client_id={made['client_id']}&scope=identify"


def sign_in(page: Page) -> None:
    page.get_by_label("Username or email").fill("grace")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("script", [True, False])
def test_sign_in_and_consent_lead_back_to_the_app(browser: Browser, here: World, site: str, script: bool) -> None:
    address = authorize_url(here, site)
    with here.visit(browser, script=script) as (page, complaints):
        page.goto(address)
        sign_in(page)
        if script:  # the consent page shows live values; without script it cannot ask
            page.get_by_role("button", name="Authorize").click()
            page.wait_for_url(f"{site}/back?*")
            expect(page.get_by_text("came back")).to_be_visible()
            # The second time nothing is asked: the sign-in form's own redirect leaves the site.
            page.context.clear_cookies()
            page.goto(address)
            sign_in(page)
            page.wait_for_url(f"{site}/back?*")
        assert complaints == []


def test_an_app_s_popup_can_tell_its_opener(browser: Browser, here: World, site: str) -> None:
    address = authorize_url(here, site)
    with here.visit(browser) as (page, _complaints):
        page.goto(f"{site}/start")
        with page.expect_popup() as popup:
            page.evaluate("url => { window.open(url, 'login', 'width=500,height=700') }", address)
        window = popup.value
        sign_in(window)
        window.get_by_role("button", name="Authorize").click()
        page.wait_for_function("document.title.startsWith('told ?code=')")


def test_a_form_of_ours_goes_nowhere_else(browser: Browser, here: World, site: str) -> None:
    address = authorize_url(here, site)
    with here.visit(browser) as (page, complaints):
        page.goto(address)
        make = "url => Object.assign(document.createElement('form'), {action: url, method: 'post'})"
        page.evaluate(f"url => document.body.appendChild(({make})(url)).submit()", "https://evil.example/collect")
        page.wait_for_timeout(500)
        assert page.url.startswith(here.url)
        assert any("form-action" in text for text in complaints)
