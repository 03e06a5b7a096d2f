"""The quick starts of an app's page, saved and started as the page says: each of them signs Ada in."""

import shutil
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from oauth2system.ui.docs.quick_starts.catalog import ALL
from tests.support.browsers.visitor import PASSWORD, Visitor, member, query, signed_in
from tests.support.clients.guides import link_in
from tests.support.clients.quick_start_site import QuickStartSite
from tests.support.servers.server import Server

pytestmark = [pytest.mark.xdist_group("quick-starts"), pytest.mark.timeout(180)]

# Sites that run on a server, and the path at which each begins a sign-in.
SITES = {
    "flask": "/sign-in",
    "django": "/sign-in",
    "fastapi": "/sign-in",
    "node": "/sign-in",
    "express": "/sign-in",
    "php": "/callback.php",
    "go": "/sign-in",
}


class Town:
    """A running server, and Ada in her browser."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.user_id = member(server, "ada")
        self.visitor: Visitor = signed_in(server, "ada")

    def come_back(self, link: str) -> str:
        """Follow a link and agree."""
        return self.visitor.come_back(self.user_id, link)


@pytest.fixture(scope="module")
def town(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Town]:
    del pages
    server = Server(tmp_path_factory.mktemp("quick") / "var", settings={"RATE_LIMIT_FACTOR": "1000"})
    try:
        server.start()
        town = Town(server)
        with town.visitor:
            yield town
    finally:
        server.stop()


@pytest.mark.parametrize("name", SITES)
def test_a_site_signs_ada_in(town: Town, tmp_path: Path, name: str) -> None:
    if name == "go" and shutil.which("go") is None:
        pytest.skip("Go is not installed here")
    site = QuickStartSite(town.server, tmp_path, name)
    with site.running(), httpx.Client(base_url=site.url, timeout=30) as browser:
        back = town.come_back(browser.get(SITES[name]).headers["location"])
        assert back.startswith(f"{site.filled.returns[0]}?")
        greeted = browser.get(back)
        greeted = browser.get("/") if greeted.status_code in {302, 303, 307} else greeted
        assert greeted.text == "Hello Ada"
        assert _starts_again(browser.get(back)), "the state was for this one time"
        forged = httpx.get(f"{site.filled.returns[0]}?code=oc_x&state=guessed", timeout=30)
        assert _starts_again(forged), "a link that an attacker sends (T107)"


def _starts_again(answer: httpx.Response) -> bool:
    return answer.status_code == 400 or "again" in answer.text


def test_curl_signs_ada_in(town: Town, tmp_path: Path) -> None:
    site = QuickStartSite(town.server, tmp_path, "curl")

    def paste(line: str) -> str | None:
        link = link_in(line)
        return None if link is None else query(town.come_back(link))["code"]

    assert '"name":"Ada"' in site.finish(paste)


def test_a_desktop_program_signs_ada_in(town: Town, tmp_path: Path) -> None:
    site = QuickStartSite(town.server, tmp_path, "desktop")

    def browse(line: str) -> None:
        if link := link_in(line):
            assert httpx.get(town.come_back(link)).text == "You can close this window."

    assert "Hello Ada" in site.finish(browse)


@pytest.mark.browser
def test_a_page_in_the_browser_signs_ada_in(town: Town, tmp_path: Path, browser: Browser) -> None:
    site = QuickStartSite(town.server, tmp_path, "page")
    context = browser.new_context(base_url=town.server.url)
    posted = context.request.post(
        "/session", form={"login": "ada", "password": PASSWORD}, headers={"origin": town.server.url}, max_redirects=0
    )
    assert posted.status == 303
    with site.running():
        page = context.new_page()
        page.goto(site.url)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Authorize").click()
        expect(page.get_by_text("Hello Ada")).to_be_visible()
    context.close()


def test_what_is_run_here_is_what_the_page_says_is_run() -> None:
    """Those of the simple flow run in test_simple_flow_clients, the settings of Apache in test_apache."""
    elsewhere = {"simple-curl", "simple-flask", "simple-node", "simple-php", "apache"}
    here = {*SITES, "curl", "desktop", "page"}
    assert {name for name, start in ALL.items() if start.proof == "run"} == here | elsewhere
