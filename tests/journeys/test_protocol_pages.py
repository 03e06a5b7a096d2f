"""The pages of the full protocol in a real browser: a device is let in, an app signs out, a sign-in is cancelled."""

from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.chromium import listen
from tests.support.servers.recording_server import Sink, sink
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "correct horse battery staple"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    made = Server(tmp_path_factory.mktemp("protocol") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    yield made.start()
    made.stop()


@pytest.fixture(scope="module")
def ada(server: Server) -> str:
    who = ("ada", "--email", "ada@example.org", "--display-name", "Ada", "--confirmed", "--password-stdin")
    server.ask("user", "create", *who, given=PASSWORD)
    return "ada"


@pytest.fixture
def site() -> Generator[Sink]:
    with sink() as noted:
        noted.headers, noted.body = {"Content-Type": "text/html"}, b"<title>site</title>"
        yield noted


@pytest.fixture
def page(browser: Browser, server: Server) -> Generator[Page]:
    context = browser.new_context(base_url=server.url)
    yield context.new_page()
    context.close()


def test_a_device_is_let_in_by_whoever_holds_its_code(server: Server, ada: str, page: Page) -> None:
    app = server.ask("app", "create", "TV", "--owner", ada, "--public", "--grant", "device_code")
    asked = {"client_id": app["client_id"], "scope": "openid profile"}
    codes = httpx.post(f"{server.url}/oauth2/device_authorization", data=asked).json()
    page.goto(codes["verification_uri"])
    sign_in(page, ada, PASSWORD)
    page.get_by_label("Code").fill("BBBB-BBBB")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("No device has this code.").first).to_be_visible()
    page.get_by_label("Code").fill(codes["user_code"].lower())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("TV wants to be connected")).to_be_visible()
    expect(page.get_by_text(codes["user_code"])).to_be_visible()
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("The device is connected.")).to_be_visible()
    poll = {"grant_type": GRANT, "device_code": codes["device_code"], "client_id": app["client_id"]}
    brought = httpx.post(f"{server.url}/oauth2/token", data=poll)
    assert brought.status_code == 200, brought.text


def test_t080_a_link_with_the_code_in_it_still_asks(server: Server, ada: str, page: Page) -> None:
    app = server.ask("app", "create", "Phisher", "--owner", ada, "--public", "--grant", "device_code")
    asked = {"client_id": app["client_id"], "scope": "openid"}
    codes = httpx.post(f"{server.url}/oauth2/device_authorization", data=asked).json()
    page.goto(codes["verification_uri_complete"])
    sign_in(page, ada, PASSWORD)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The device was not connected.")).to_be_visible()
    poll = {"grant_type": GRANT, "device_code": codes["device_code"], "client_id": app["client_id"]}
    assert httpx.post(f"{server.url}/oauth2/token", data=poll).json()["error"] == "access_denied"


def test_an_app_signs_its_person_out_after_asking(server: Server, ada: str, page: Page, site: Sink) -> None:
    bye = f"{site.url}/bye"
    app = server.ask(
        "app", "create", "Leaver", "--owner", ada, "--redirect-uri", f"{site.url}/cb", "--post-logout-redirect-uri", bye
    )
    page.goto("/login")
    sign_in(page, ada, PASSWORD)
    page.wait_for_url("**/account")
    page.goto(f"/oauth2/end_session?{urlencode({'client_id': app['client_id'], 'post_logout_redirect_uri': bye})}")
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(bye)
    page.goto("/account")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_t105_a_sign_in_can_be_cancelled(server: Server, ada: str, page: Page, site: Sink) -> None:
    back = f"{site.url}/cb"
    app = server.ask("app", "create", "Cancelled", "--owner", ada, "--redirect-uri", back, "--no-pkce")
    query = {"client_id": app["client_id"], "response_type": "code", "redirect_uri": back, "scope": "openid"}
    page.goto(f"/oauth2/authorize?{urlencode({**query, 'prompt': 'login', 'state': 'st'})}")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url(f"{back}?error=access_denied*")
    assert "state=st" in page.url


def test_an_account_that_is_there_is_chosen_by_going_on(server: Server, ada: str, page: Page, site: Sink) -> None:
    back = f"{site.url}/cb"
    app = server.ask("app", "create", "Chooser", "--owner", ada, "--redirect-uri", back, "--no-pkce", "--first-party")
    page.goto("/login")
    sign_in(page, ada, PASSWORD)
    page.wait_for_url("**/account")
    query = {"client_id": app["client_id"], "response_type": "code", "redirect_uri": back, "scope": "openid"}
    page.goto(f"/oauth2/authorize?{urlencode({**query, 'prompt': 'select_account'})}")
    expect(page.get_by_text("You are signed in as ada")).to_be_visible()
    expect(page.get_by_text("Or use another account:")).to_be_visible()
    page.get_by_role("link", name="Continue").click()
    page.wait_for_url(f"{back}?code=*")


def test_where_a_new_sign_in_is_asked_for_no_button_leads_round_in_a_circle(
    server: Server, ada: str, page: Page, site: Sink
) -> None:
    back = f"{site.url}/cb"
    app = server.ask("app", "create", "Again", "--owner", ada, "--redirect-uri", back, "--no-pkce", "--first-party")
    page.goto("/login")
    sign_in(page, ada, PASSWORD)
    page.wait_for_url("**/account")
    query = {"client_id": app["client_id"], "response_type": "code", "redirect_uri": back, "scope": "openid"}
    for fresh in ({"prompt": "login"}, {"max_age": "0"}):
        page.goto(f"/oauth2/authorize?{urlencode({**query, **fresh})}")
        expect(page.get_by_text("this site asks you to sign in again")).to_be_visible()
        expect(page.get_by_role("link", name="Continue")).to_have_count(0)
    sign_in(page, ada, PASSWORD)
    page.wait_for_url(f"{back}?code=*")


def test_a_hint_fills_the_field_whether_or_not_there_is_such_an_account(
    server: Server, ada: str, page: Page, site: Sink
) -> None:
    back = f"{site.url}/cb"
    app = server.ask("app", "create", "Hinter", "--owner", ada, "--redirect-uri", back, "--no-pkce", "--first-party")
    query = {"client_id": app["client_id"], "response_type": "code", "redirect_uri": back, "scope": "openid"}
    for hint in (ada, "nobody@example.org"):
        page.goto(f"/oauth2/authorize?{urlencode({**query, 'login_hint': hint, 'ui_locales': 'xx tlh-Latn !!'})}")
        expect(page.get_by_label("Username or email")).to_have_value(hint)
        expect(page.locator(".notice")).to_have_count(0)


def test_a_new_account_is_asked_for_by_name(server: Server, ada: str, page: Page, site: Sink) -> None:
    back = f"{site.url}/cb"
    app = server.ask("app", "create", "Creator", "--owner", ada, "--redirect-uri", back, "--no-pkce")
    query = {"client_id": app["client_id"], "response_type": "code", "redirect_uri": back, "scope": "openid"}
    page.goto(f"/oauth2/authorize?{urlencode({**query, 'prompt': 'create'})}")
    expect(page.get_by_role("button", name="Create account")).to_be_visible()


def test_without_script_the_page_still_says_what_went_wrong(browser: Browser, server: Server, ada: str) -> None:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/login")
    expect(page.get_by_role("alert").filter(has_text="Wrong username or password")).to_have_count(0)
    sign_in(page, ada, "wrong")
    expect(page.get_by_role("alert").filter(has_text="Wrong username or password.")).to_be_visible()
    context.close()


def test_with_script_it_is_said_once_and_nothing_stumbles(page: Page) -> None:
    complaints = listen(page)
    page.goto("/login?error=credentials")
    expect(page.get_by_text("Wrong username or password.")).to_have_count(1)
    expect(page.get_by_text("Wrong username or password.")).to_be_visible()
    assert complaints == []


def test_a_form_post_answer_arrives(server: Server, ada: str, page: Page, site: Sink) -> None:
    back = f"{site.url}/cb"
    app = server.ask("app", "create", "Poster", "--owner", ada, "--redirect-uri", back, "--no-pkce", "--first-party")
    query = {"client_id": app["client_id"], "response_type": "code", "redirect_uri": back, "scope": "openid"}
    page.goto(f"/oauth2/authorize?{urlencode({**query, 'response_mode': 'form_post'})}")
    sign_in(page, ada, PASSWORD)
    page.wait_for_url(back)
    (posted,) = [seen for seen in site.seen if seen.method == "POST"]
    assert (posted.path, "code=" in posted.body) == ("/cb", True)
