"""The connections page in a browser: a read appears by itself, a scope is unticked, a revocation is undone."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.account.test_live_sessions import arrive, opened
from tests.support.browsers.populated_server import DESKTOP, PASSWORD, PHONE, World
from tests.support.browsers.visitor import query

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CALLBACK = "https://site.example/callback"


def owned_app(here: World, name: str) -> dict[str, str]:
    """Make a person and an app of theirs."""
    here.server.ask("user", "create", name, "--email", f"{name}@example.org", "--confirmed", "--password-stdin",
                    given=PASSWORD)  # fmt: skip
    return here.server.ask(
        "app", "create", "Harbour Library", "--owner", name, "--first-party", "--redirect-uri", CALLBACK
    )


def fetch(context: BrowserContext, here: World, app: dict[str, str]) -> int:
    """Sign in to the site in this browser, and fetch the person as the site does."""
    link = f"/oauth2/authorize?client_id={app['client_id']}&scope=identify+email"
    answer = context.request.get(link, max_redirects=0)
    shown = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    value = query(answer.headers["location"])["oauth_token"]
    return httpx.get(f"{here.url}/api/user", params={"oauth_token": value, **shown}).status_code


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_read_appears_by_itself_and_a_revocation_is_undone(browser: Browser, here: World, width: int) -> None:
    name = f"read{width}"
    app = owned_app(here, name)
    context = opened(browser, here, width)
    page = arrive(context, name, "/account/connections")
    expect(page.get_by_text("No site yet")).to_be_visible()
    assert fetch(context, here, app) == 200
    site = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Harbour Library", exact=True))
    expect(site.get_by_text("User id, Username, Display name, Avatar and Email")).to_be_visible()
    expect(site.get_by_text(re.compile("just now, from 127.0.0.0"))).to_be_visible()

    expect(site.get_by_label("Your username, display name, user id and avatar")).to_be_disabled()
    site.get_by_label("Your email address").click()
    expect(site.get_by_label("Your email address")).to_have_count(0)

    site.get_by_role("button", name="Revoke access of Harbour Library").click()
    expect(site.get_by_text("Should Harbour Library lose its access?")).to_be_visible()
    site.get_by_role("button", name="Revoke access of Harbour Library").click()
    expect(page.get_by_text("Harbour Library has no access any more.")).to_be_visible()
    expect(page.get_by_role("heading", name="Sites without access")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The site has access again.")).to_be_visible()
    expect(page.get_by_role("button", name="Revoke access of Harbour Library")).to_be_visible()
    context.close()


def test_the_undo_of_a_revocation_is_offered_for_a_while(browser: Browser, here: World) -> None:
    app = owned_app(here, "undo")
    context = opened(browser, here)
    page = arrive(context, "undo", "/account/connections")
    assert fetch(context, here, app) == 200
    page.get_by_role("button", name="Revoke access of Harbour Library").click()
    page.get_by_role("button", name="Revoke access of Harbour Library").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    context.close()
