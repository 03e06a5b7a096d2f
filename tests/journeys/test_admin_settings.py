"""An administrator restricts who may have an account, and a person changes their username, in a real browser."""

import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.visitor import PASSWORD
from tests.support.servers.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    made = Server(tmp_path_factory.mktemp("settings") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    yield made.start()
    made.stop()


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desktop"])
def boss(request: pytest.FixtureRequest, page: Page, server: Server) -> Page:
    """Sign the administrator in, whom the first test has made by the set-up link."""
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    if not any(user["username"] == "boss" for user in server.ask("user", "list")):
        page.goto(re.findall(r"http://\S+/setup\?token=\S+", server.log)[0])
        page.get_by_label("Username").fill("boss")
        page.get_by_label("Email").fill("boss@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        page.wait_for_url("**/admin*")
        return page
    page.goto(f"{server.url}/login")
    sign_in(page, "boss@example.org", PASSWORD)
    page.wait_for_url("**/account*")
    return page


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("SHOTS")
    if folder:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=f"{folder}/identity-{name}-{width}.png", full_page=True)


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_administrator_changes_settings_and_undoes_it(boss: Page, server: Server) -> None:
    boss.goto(f"{server.url}/admin/settings")
    mode = boss.get_by_label("Who may create an account")
    mode.select_option("closed")
    mode.select_option("invite")
    expect(boss.get_by_text("Saved")).to_be_visible()
    domains = boss.get_by_label("Allowed mail domains")
    domains.fill("not a domain")
    domains.blur()
    expect(boss.get_by_text("Write a domain like example.org")).to_be_visible()
    domains.fill("example.org *.example.net")
    domains.blur()
    expect(boss.get_by_text("Saved")).to_be_visible()
    shot(boss, "settings")
    assert fits(boss)
    boss.get_by_role("button", name="Undo").click()
    expect(domains).to_have_value("")
    boss.reload()
    expect(boss.get_by_label("Who may create an account")).to_have_value("invite")
    expect(boss.get_by_label("Allowed mail domains")).to_have_value("")


def test_an_administrator_makes_an_invitation_somebody_uses_it_and_it_is_revoked(boss: Page, server: Server) -> None:
    boss.goto(f"{server.url}/admin/invitations")
    boss.get_by_label("Accounts").fill("2")
    boss.get_by_role("button", name="Create invitation").click()
    link = boss.get_by_text(re.compile(r"/registration\?invite=ov_")).inner_text()
    shot(boss, "invitations")
    assert fits(boss)
    row = boss.get_by_role("listitem").filter(has_text="0 of 2 used").first
    row.get_by_role("button", name="Revoke").click()
    expect(boss.get_by_text("The invitation is revoked.")).to_be_visible()
    expect(boss.get_by_text("revoked", exact=True).first).to_be_visible()
    boss.goto(link)
    expect(boss.get_by_text("This invitation was taken back.")).to_be_visible()
    shot(boss, "revoked")


def test_a_person_changes_their_username(boss: Page, server: Server) -> None:
    boss.goto(f"{server.url}/account")
    before = boss.evaluate("window.innerWidth")
    boss.get_by_text("Change username").first.click()
    field = boss.get_by_label("New username")
    field.fill("admin")
    expect(boss.get_by_text("This name is reserved.")).to_be_visible()
    shot(boss, "username")
    field.fill(f"chief{before}")
    boss.get_by_role("button", name="Change username").click()
    expect(boss.get_by_text("Your username is changed.")).to_be_visible()
    assert fits(boss)
    # The account is found again by its address; the name of the fixture comes back.
    boss.get_by_text("Change username").first.click()
    boss.get_by_label("New username").fill("boss")
    boss.get_by_role("button", name="Change username").click()
    expect(boss.get_by_text("Your username is changed.")).to_be_visible()
