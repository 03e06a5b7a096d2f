"""The server, the site and the app of the journeys through the way in and out."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.browsers.populated_server import World, world
from tests.support.servers.redirecting_site import Site, site


@pytest.fixture(scope="session")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """Run an inhabited server, once for all modules that a worker runs."""
    del pages
    with world(tmp_path_factory.mktemp("way-in")) as made:
        yield made


@pytest.fixture(scope="module")
def away() -> Generator[Site]:
    """Run a site that people come from."""
    with site() as made:
        yield made


@pytest.fixture(scope="module")
def app(here: World, away: Site) -> dict[str, str]:
    """Register the app of the site, which may also let devices in."""
    uri = f"http://localhost:{away.port}/back"
    grants = ["--grant", "authorization_code", "--grant", "urn:ietf:params:oauth:grant-type:device_code"]
    flags = ["--redirect-uri", uri, "--post-logout-redirect-uri", uri, *grants, "--no-pkce"]
    made = here.server.ask("app", "create", "Flask demo", "--owner", "grace", *flags)
    return {"client_id": made["client_id"], "client_secret": made["client_secret"], "uri": uri}
