"""The server of the journeys of people who look after their account: each test makes people of its own."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.browsers.populated_server import World, world
from tests.support.servers.server import Server


@pytest.fixture(scope="session")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """Run an inhabited server, once for all modules that a worker runs."""
    del pages
    with world(tmp_path_factory.mktemp("account")) as made:
        yield made


@pytest.fixture(scope="session")
def server(here: World) -> Server:
    """Return that server, for tests that need nobody who is there already."""
    return here.server
