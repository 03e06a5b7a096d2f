"""A house with apps, on both databases, under a clock the test holds."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import Clock, House


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: Clock) -> Generator[House]:
    with runner_on(database_url, tmp_path, clock=clock) as running:
        yield House.open(running)
