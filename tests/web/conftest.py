"""Door one on a database of its own."""

from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.services.runner import Runner
from oauth2system.web.app import Web
from tests.support.door import Door, runner_on


@pytest.fixture
def runner(database_url: str, tmp_path: Path) -> Generator[Runner]:
    with runner_on(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def door(runner: Runner) -> Door:
    return Door(Web(runner))
