"""One house for all modules of a file, on SQLite: what a database could change is tried elsewhere."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import App, Clock, House


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def house(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Generator[House]:
    folder = tmp_path_factory.mktemp("conformance")
    url = f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'oauth2system.db')}"
    with runner_on(url, folder, clock=clock, RATE_LIMIT_FACTOR="1000") as runner:
        yield House.open(runner)


@pytest.fixture(scope="module")
def client(house: House) -> App:
    """A client as the suite's: confidential, and without PKCE in all modules but one."""
    return house.app("Suite", require_pkce=False)
