"""The Node site of docs/clients.md, started as the page says."""

import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.browsers.bare_browsers import sign_in
from tests.support.browsers.visitor import PASSWORD
from tests.support.clients import clients_page, node
from tests.support.clients.node_sites import Here
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port, stop, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SECTION = "A Node site with openid-client"


@pytest.fixture
def site(here: Here, tmp_path: Path) -> Generator[str]:
    port = free_port()
    url = f"http://localhost:{port}"
    words = clients_page.create(SECTION, here.server, url)
    text = clients_page.filled(clients_page.block(SECTION, "js"), here.server, url, **words)
    (tmp_path / "app.mjs").write_text(text, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(node.install() / "node_modules")
    program = shutil.which("node", path=node.path())
    assert program is not None
    with (tmp_path / "said.log").open("wb") as said:
        environment = {**os.environ, "PORT": str(port), "TRYING": "yes"}
        process = subprocess.Popen(
            [program, "app.mjs"], cwd=tmp_path, env=environment, stdout=said, stderr=said, start_new_session=True
        )
    try:
        up = wait_until(lambda: _answers(url), seconds=PATIENCE_S, alive=lambda: process.poll() is None)
        assert up, (tmp_path / "said.log").read_text()
        yield url
    finally:
        stop(process)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def test_the_node_site_of_the_docs_signs_people_in_and_out(site: str, page: Page) -> None:
    page.goto(site)
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "ada", PASSWORD)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("Hello Ada")).to_be_visible()
    page.goto(f"{site}/sign-out")
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_label("Username or email")).to_be_visible()  # signed out here, too
    page.goto(f"{site}/signed-in?code=stolen")
    expect(page.get_by_text("OAUTH_INVALID_RESPONSE")).to_be_visible()  # nothing the site had begun
