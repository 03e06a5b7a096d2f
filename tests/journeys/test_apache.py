"""Sites behind Debian's Apache: mod_auth_openidc signs people in, by the configuration that docs/clients.md gives."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.visitor import PASSWORD, member
from tests.support.clients import apache_sites
from tests.support.clients.apache import Apache
from tests.support.clients.apache_sites import Sites, Words
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import wait_until
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    # Apache is told of sign-outs, and asked for its keys, on this very machine.
    settings = {"RATE_LIMIT_FACTOR": "1000", "FETCH_ALLOW": "localhost"}
    made = Server(tmp_path_factory.mktemp("apache") / "var", settings=settings)
    yield made.start()
    made.stop()


@pytest.fixture(scope="module")
def ada(server: Server) -> str:
    return member(server, "ada")


@pytest.fixture(scope="module")
def sites(server: Server, ada: str) -> Generator[Sites]:
    with Apache() as apache:
        yield apache_sites.make(apache, server)


@pytest.fixture(scope="module")
def inside(browser: Browser, sites: Sites) -> Any:
    """Sign in at the documented site once, and keep the browser's cookies for the tests that need them."""
    context = browser.new_context()
    enter(context.new_page(), sites.url("docs"))
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def known(browser: Browser, inside: Any) -> Generator[Page]:
    """Open a page in a browser that has signed in before."""
    context = browser.new_context(storage_state=inside)
    yield context.new_page()
    context.close()


def told(page: Page) -> dict[str, str]:
    """Return what the module says to the site about the person who is signed in."""
    expect(page.get_by_role("heading", name="A site", exact=True)).to_be_visible()
    lines = page.locator("pre").inner_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line.startswith(("OIDC_", "REMOTE_USER")))


def enter(page: Page, site: str) -> dict[str, str]:
    """Ask for a protected page, sign in, and agree where that is asked; returns what the site then knows."""
    page.goto(site)
    sign_in(page, "ada", PASSWORD)
    return agree(page)


def agree(page: Page) -> dict[str, str]:
    arrived, button = (
        page.get_by_role("heading", name="A site", exact=True),
        page.get_by_role("button", name="Authorize"),
    )
    expect(arrived.or_(button)).to_be_visible()
    if button.is_visible():
        button.click()
    return told(page)


def expect_out(page: Page, site: str) -> None:
    """See that the site sends to our sign-in page, because neither side knows this browser any more."""
    page.goto(site)
    expect(page.get_by_label("Username or email")).to_be_visible()


def introspected(server: Server, words: Words, token: str) -> dict[str, Any]:
    basic = (words["CLIENT_ID"], words["CLIENT_SECRET"])
    return httpx.post(f"{server.url}/oauth2/introspect", data={"token": token}, auth=basic).json()


def test_a_protected_page_signs_a_person_in(server: Server, sites: Sites, ada: str, known: Page) -> None:
    known.goto(sites.url("docs"))
    claims = told(known)
    assert (claims["REMOTE_USER"], claims["OIDC_CLAIM_sub"]) == (f"{ada}@{server.url}", ada)
    # From userinfo: the ID token of a code flow says who, not what (OIDC Core §5.4).
    assert (claims["OIDC_CLAIM_email"], claims["OIDC_CLAIM_email_verified"]) == ("ada@example.org", "1")
    assert (claims["OIDC_CLAIM_name"], claims["OIDC_CLAIM_preferred_username"]) == ("Ada", "ada")
    # From the ID token, whose signature, nonce and times the module has checked.
    assert (claims["OIDC_CLAIM_iss"], claims["OIDC_CLAIM_aud"]) == (server.url, sites.docs["CLIENT_ID"])
    headers = {"authorization": f"Bearer {claims['OIDC_access_token']}"}
    assert httpx.get(f"{server.url}/api/user", headers=headers).json()["username"] == "ada"


def test_the_authorization_request_carries_an_s256_challenge(sites: Sites) -> None:
    asked = httpx.get(sites.url("docs")).headers["location"]
    assert "code_challenge_method=S256" in asked


def test_a_second_visit_asks_nothing(sites: Sites, ada: str, known: Page) -> None:
    known.context.clear_cookies(name="docs")
    known.goto(sites.url("docs"))
    assert told(known)["OIDC_CLAIM_sub"] == ada


def test_the_access_token_is_renewed_before_it_expires(server: Server, sites: Sites, known: Page) -> None:
    known.goto(sites.url("docs"))
    before = told(known)
    known.goto(f"{sites.url('docs')}/fresh.html")
    after = told(known)
    assert before["OIDC_access_token"] != after["OIDC_access_token"]
    assert introspected(server, sites.docs, after["OIDC_access_token"])["active"]
    known.goto(f"{sites.url('docs')}/fresh.html")  # by the refresh token that the first renewal brought
    assert told(known)["OIDC_refresh_token"] != after["OIDC_refresh_token"]


def test_a_link_at_the_site_signs_out_here_and_there(server: Server, sites: Sites, page: Page) -> None:
    enter(page, sites.url("docs"))
    page.goto(f"{sites.url('docs')}/fresh.html")
    held = told(page)
    page.goto(sites.leave("docs"))
    assert page.url == f"{sites.url('docs')}/bye.html"
    expect_out(page, sites.url("docs"))
    for name in ("OIDC_access_token", "OIDC_refresh_token"):  # the module revokes what it held (RFC 7009)
        assert introspected(server, sites.docs, held[name]) == {"active": False}


def test_a_sign_out_here_ends_the_site_s_session_by_the_back_channel(
    server: Server, sites: Sites, page: Page, browser: Browser
) -> None:
    enter(page, sites.url("docs"))
    cookies = page.context.cookies(sites.url("docs"))
    page.goto(f"{server.url}/account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{server.url}/login*")
    # The site's own cookie alone, so that nothing but the site's own session can open its page.
    kept = {cookie.get("name", ""): cookie.get("value", "") for cookie in cookies if cookie.get("name") == "docs"}

    def is_shut() -> bool:
        return httpx.get(sites.url("docs"), cookies=kept).status_code == 302

    assert kept
    assert wait_until(is_shut, seconds=PATIENCE_S), sites.apache.log


def test_everything_by_post_and_a_sign_out_by_the_browser(server: Server, sites: Sites, ada: str, page: Page) -> None:
    claims = enter(page, sites.url("posts"))
    assert (claims["OIDC_CLAIM_sub"], claims["OIDC_CLAIM_email"]) == (ada, "ada@example.org")
    with page.expect_response(lambda answer: "logout=get" in answer.url) as frame:
        page.goto(f"{server.url}/account")
        page.get_by_role("button", name="Sign out").click()
    assert frame.value.status == 200
    page.wait_for_url(f"{server.url}/login*")
    expect_out(page, sites.url("posts"))


def test_a_site_signs_its_requests_and_itself(sites: Sites, ada: str, page: Page) -> None:
    claims = enter(page, sites.url("signs"))
    assert (claims["OIDC_CLAIM_sub"], claims["OIDC_CLAIM_email"]) == (ada, "ada@example.org")


def test_leaving_by_another_sign_in_than_today_s_asks_first(server: Server, sites: Sites, page: Page) -> None:
    enter(page, sites.url("signs"))
    page.context.clear_cookies(name=re.compile("^oauth2system"))
    page.goto(f"{server.url}/login")
    sign_in(page, "ada", PASSWORD)
    page.wait_for_url(f"{server.url}/account")
    page.goto(sites.leave("signs"))
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{sites.url('signs')}/bye.html")
    expect_out(page, sites.url("signs"))


def test_a_site_registers_itself_and_is_told_in_signed_words(
    server: Server, sites: Sites, ada: str, page: Page
) -> None:
    page.goto(sites.url("stranger"))
    page.locator("input[name=iss]").fill(server.url)
    page.locator("input[type=submit]").click()
    sign_in(page, "ada", PASSWORD)
    claims = agree(page)
    assert (claims["OIDC_CLAIM_sub"], claims["OIDC_CLAIM_email"]) == (ada, "ada@example.org")
    registered = sites.registered()
    assert registered["response_types"] == ["code"]  # it had asked for all that it can do
    assert registered["jwks_uri"].startswith(sites.url("stranger"))
    assert [registered[name] for name in apache_sites.SIGNED] == ["private_key_jwt", "ES256", "RS256"]


def test_an_api_opens_to_whoever_was_given_a_token_for_it(server: Server, sites: Sites) -> None:
    api = f"{sites.url('api')}/api"
    machine = server.ask(
        *("app", "create", "A machine", "--owner", "ada", "--grant", "client_credentials", "--resource", api)
    )
    basic = (machine["client_id"], machine["client_secret"])

    def asked(**more: str) -> int:
        form = {"grant_type": "client_credentials", **more}
        brought = httpx.post(f"{server.url}/oauth2/token", data=form, auth=basic).json()
        headers = {"authorization": f"Bearer {brought['access_token']}"}
        return httpx.get(sites.url("api"), headers=headers).status_code

    assert asked(resource=api) == 200
    assert asked() == 401  # a token for nobody in particular
    assert httpx.get(sites.url("api"), headers={"authorization": "Bearer made-up"}).status_code == 401
    assert httpx.get(sites.url("api")).status_code == 401
