"""The first hour of an administrator, and what people do on their own pages, in a real browser."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.visitor import PASSWORD, Visitor, member, signed_in
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    made = Server(tmp_path_factory.mktemp("admin") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    yield made.start()
    made.stop()


@pytest.fixture
def boss(page: Page, server: Server) -> Page:
    """Sign the administrator in, whom the first test has made by the set-up link."""
    links = re.findall(r"http://\S+/setup\?token=\S+", server.log)
    if not any(user["username"] == "boss" for user in server.ask("user", "list")):
        page.goto(links[0])
        page.get_by_label("Username").fill("boss")
        page.get_by_label("Email").fill("boss@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
    else:
        enter(page, server, "boss")
        page.goto(f"{server.url}/admin")
    page.wait_for_url("**/admin*")
    expect(page.get_by_role("heading", level=1, name="Administration")).to_be_visible()
    return page


def enter(page: Page, server: Server, username: str) -> None:
    page.goto(f"{server.url}/login")
    sign_in(page, username, PASSWORD)
    page.wait_for_url("**/account*")


def test_after_set_up_the_administrator_reads_what_is_still_open(boss: Page) -> None:
    expect(boss.get_by_text("You are the administrator of this server.")).to_be_visible()
    expect(boss.get_by_role("heading", name="Next steps")).to_be_visible()
    for step in ("Mail is not set up", "can be opened on this machine only", "There is no app yet."):
        expect(boss.get_by_text(step)).to_be_visible()
    expect(boss.get_by_text("No apps yet.")).to_be_visible()
    expect(boss.get_by_text("1 person", exact=True)).to_be_visible()
    boss.get_by_role("link", name="Create your first app").click()
    expect(boss.get_by_role("heading", level=1, name="Your apps")).to_be_visible()


def test_nobody_is_disabled_by_one_click(boss: Page, server: Server) -> None:
    member(server, "lin")
    boss.reload()
    row = boss.get_by_role("listitem").filter(has_text="lin@example.org")
    with signed_in(server, "lin") as lin:
        row.get_by_role("button", name="Disable lin").click()
        expect(row.get_by_text("It signs them out everywhere")).to_be_visible()
        row.get_by_role("button", name="Keep").click()
        expect(row.get_by_text("It signs them out everywhere")).to_have_count(0)
        assert lin.http.get("/account").status_code == 200
        row.get_by_role("button", name="Disable lin").click()
        row.get_by_role("button", name="Disable lin").click()
        expect(boss.get_by_text("lin is disabled and signed out everywhere.")).to_be_visible()
        assert lin.http.get("/account").status_code != 200
    row.get_by_role("button", name="Enable lin").click()
    expect(boss.get_by_text("lin can sign in again.")).to_be_visible()


def test_an_administrator_sends_the_mail_that_lets_somebody_in(boss: Page, server: Server) -> None:
    member(server, "kim")
    with Visitor(server.url) as somebody:
        fields = {"username": "ada", "display_name": "", "email": "boss@example.org", "password": PASSWORD}
        somebody.post("/registration", **fields)
    boss.reload()
    pretender = boss.get_by_role("listitem").filter(has_text="not confirmed")
    expect(pretender.get_by_text("Asked for an address that belongs to boss.")).to_be_visible()
    boss.get_by_role("button", name="Send a link kim").click()
    expect(boss.get_by_text("A link for a new password goes to kim@example.org.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 640, 768])
def test_the_header_keeps_its_end_at_its_end(boss: Page, width: int) -> None:
    """640 pixels are a window of 1280 at 200 %."""
    boss.set_viewport_size({"width": width, "height": 740})
    ends, brand = boss.get_by_role("button", name="Sign out").bounding_box(), boss.locator(".brand").bounding_box()
    assert ends is not None
    assert brand is not None
    assert abs(ends["y"] - brand["y"]) < 12, "in the row of the name"
    assert width - (ends["x"] + ends["width"]) < 40
    assert boss.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_all_sites_lose_their_access_after_a_question(page: Page, server: Server) -> None:
    user_id = member(server, "rosa")
    with signed_in(server, "rosa") as rosa:
        for name in ("Poetry", "Prose"):
            uri = ("--redirect-uri", "https://site.example/cb")
            app = server.ask("app", "create", name, "--owner", "rosa", *uri)
            link = f"/oauth2/authorize?client_id={app['client_id']}&scope=identify"
            rosa.come_back(user_id, link)
    enter(page, server, "rosa")
    page.goto(f"{server.url}/account/connections")
    expect(page.get_by_role("listitem").filter(has_text="Poetry")).to_be_visible()
    page.get_by_role("button", name="End all connections").click()
    page.get_by_role("button", name="Keep them").click()
    expect(page.get_by_role("listitem").filter(has_text="Prose")).to_be_visible()
    page.get_by_role("button", name="End all connections").click()
    page.get_by_role("button", name="End all connections").click()
    expect(page.get_by_text("No site has access any more.")).to_be_visible()
    expect(page.get_by_text("No site yet")).to_be_visible()


def test_who_cannot_create_an_app_yet_is_not_sent_to_a_field_that_is_not_there(page: Page, server: Server) -> None:
    with Visitor(server.url) as somebody:
        fields = {"username": "nina", "display_name": "", "email": "nina@example.org", "password": PASSWORD}
        somebody.post("/registration", **fields)
    enter(page, server, "nina")
    page.goto(f"{server.url}/apps")
    expect(page.get_by_text("Confirm your email first")).to_be_visible()
    expect(page.get_by_text("Give your first one a name above")).to_have_count(0)
