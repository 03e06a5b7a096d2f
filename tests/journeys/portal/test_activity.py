"""The activity of an app in a real browser, on one worker and on two: it appears, is paused, and is repaired."""

import time
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers.populated_server import PASSWORD, PHONE, World, world
from tests.support.browsers.visitor import member
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("look"), pytest.mark.timeout(300)]

CB, SLIP = "https://garden.example/signed-in", "https://garden.example/signed_in"
# What is refused, and a part of what its owner reads.
REFUSED = (
    ("GET", "/oauth2/authorize", {"redirect_uri": SLIP, "response_type": "code"}, "redirect_uri"),
    ("GET", "/oauth2/authorize", {"redirect_uri": CB, "response_type": "code", "scope": "made_up"}, "no scope known"),
    ("POST", "/oauth2/token", {"grant_type": "authorization_code", "client_secret": "wrong"}, "secret"),
    ("GET", "/api/user", {"oauth_token": "oz_x", "client_secret": "wrong"}, "secret"),
)
WITHIN_S = 1.0
# A machine that does much else gets more time.


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("activity")) as made:
        yield made


def provoke(url: str, client_id: str, method: str, path: str, sent: dict[str, str]) -> None:
    data = {"client_id": client_id, **sent}
    with httpx.Client(base_url=url, trust_env=False) as http:
        if method == "GET":
            http.get(path, params=data)
        else:
            http.post(path, data=data)


def see_each(page: Page, url: str, client_id: str) -> list[float]:
    """Provoke each refusal and return how long each took to appear."""
    entries, took = page.locator("ul.refused > li"), list[float]()
    for number, (method, path, sent, word) in enumerate(REFUSED):
        provoke(url, client_id, method, path, sent)
        began = time.monotonic()
        expect(entries).to_have_count(number + 1)
        took.append(time.monotonic() - began)
        expect(entries.first).to_contain_text(word)
    return took


@pytest.mark.parametrize("width", [PHONE, 1280])
def test_each_refusal_appears_within_a_second_and_the_address_is_repaired(
    browser: Browser, here: World, width: int
) -> None:
    made = here.server.ask("app", "create", f"Live {width}", "--owner", "grace", "--redirect-uri", CB)
    client_id = str(made["client_id"])
    with here.visit(browser, "grace", width=width) as (page, complaints):
        page.goto(f"/apps/{client_id}/activity")
        expect(page.get_by_text("Nothing has happened so far")).to_be_visible()
        assert min(see_each(page, here.url, client_id)) < WITHIN_S
        slip = page.locator("li", has_text=SLIP)
        expect(slip.locator("mark")).to_have_text(["_", "-"])
        expect(slip).to_contain_text("The path differs.")
        slip.get_by_role("button", name="Register this address").click()
        expect(slip.get_by_role("alert")).to_contain_text("garden.example")
        slip.get_by_role("button", name="Yes, register it").click()
        expect(slip).to_contain_text("This address is registered now.")
        page.get_by_label("Outcome").select_option("done")
        expect(page.get_by_text("Nothing was found.")).to_be_visible()
        page.get_by_label("Outcome").select_option("")
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("Paused.", exact=True)).to_be_visible()
        provoke(here.url, client_id, *REFUSED[1][:3])
        expect(page.get_by_text("Paused. There is news.")).to_be_visible()
        page.get_by_role("button", name="Resume").click()
        expect(page.locator("li", has_text="2 times")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert complaints == []


def test_the_next_steps_tick_themselves_in_an_open_page(browser: Browser, here: World) -> None:
    made = here.server.ask("app", "create", "Ticking", "--owner", "grace", "--redirect-uri", CB)
    client_id = str(made["client_id"])
    asked = {"response_type": "code", "redirect_uri": CB, "scope": "openid"}
    pkce = {"code_challenge": "A" * 43, "code_challenge_method": "S256"}
    with here.visit(browser, "grace") as (page, complaints):
        page.goto(f"/apps/{client_id}")
        first = page.locator("li", has_text="Your site sends a visitor here")
        third = page.locator("li", has_text="Your server exchanges the code")
        expect(first).to_contain_text("Waiting")
        provoke(here.url, client_id, "GET", "/oauth2/authorize", {**asked, **pkce})
        expect(first).to_contain_text("Works")
        provoke(here.url, client_id, *REFUSED[2][:3])
        expect(third).to_contain_text("Does not work")
        assert complaints == []


def test_with_two_workers_each_open_page_hears_of_every_request(
    browser: Browser, start_server: Callable[..., Server], redis_url: str
) -> None:
    server = start_server("--workers", "2", REDIS_URL=redis_url, RATE_LIMIT_FACTOR="1000")
    member(server, "ada")
    client_id = str(server.ask("app", "create", "Poetry", "--owner", "ada", "--redirect-uri", CB)["client_id"])
    context = browser.new_context(base_url=server.url)
    try:
        first = context.new_page()
        first.goto("/login")
        first.get_by_label("Username or email").fill("ada")
        first.get_by_label("Password", exact=True).fill(PASSWORD)
        first.get_by_role("button", name="Sign in", exact=True).click()
        first.wait_for_url(lambda url: "/login" not in url)
        second = context.new_page()
        for page in (first, second):
            page.goto(f"/apps/{client_id}/activity")
            expect(page.get_by_text("Nothing has happened so far")).to_be_visible()
        # Each request has a connection of its own, so both workers answer some.
        assert min(see_each(first, server.url, client_id)) < WITHIN_S
        expect(second.locator("ul.refused > li")).to_have_count(len(REFUSED))
    finally:
        context.close()
