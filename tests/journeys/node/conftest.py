"""One server and one Node process, for a worker's journeys with openid-client and oauth4webapi."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsers.visitor import PASSWORD, member
from tests.support.clients.node_sites import Here, NodeSites
from tests.support.servers.server import Server

LIBRARIES = ("openid-client", "oauth4webapi")
SETTINGS = {"RATE_LIMIT_FACTOR": "1000", "FETCH_ALLOW": "localhost"}


@pytest.fixture(scope="session")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Here]:
    del pages
    server = Server(tmp_path_factory.mktemp("node") / "var", settings=SETTINGS)
    try:
        server.start()
        ada = member(server, "ada")
        token = server.ask("registration-token", "create", "--owner", "ada", "--uses", "1000")
        with NodeSites(server.url) as sites:
            yield Here(server, sites, ada, token["initial_access_token"])
    finally:
        server.stop()


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def home(browser: Browser, here: Here) -> Generator[Page]:
    """Open a browser in which Ada is signed in with the server, for journeys that end before she leaves."""
    context = browser.new_context()
    url = here.server.url
    form: dict[str, str | float | bool] = {"login": "ada", "password": PASSWORD}
    answer = context.request.post(f"{url}/session", form=form, headers={"origin": url}, max_redirects=0)
    assert answer.status == 303, answer.text()
    yield context.new_page()
    context.close()
