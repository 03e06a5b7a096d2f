"""A house with apps, on both databases, under a clock the test holds."""

from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.runtime.runner import Runner
from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import App, Clock, House


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runner(database_url: str, tmp_path: Path, clock: Clock) -> Generator[Runner]:
    with runner_on(database_url, tmp_path, clock=clock) as running:
        yield running


@pytest.fixture
def house(runner: Runner) -> House:
    return House.open(runner)


@pytest.fixture
def c1(house: House) -> App:
    """A confidential app that may leave PKCE out."""
    return house.app("C1", require_pkce=False)


@pytest.fixture
def c2(house: House) -> App:
    return house.app("C2", require_pkce=False)


@pytest.fixture
def p1(house: House) -> App:
    """A public app."""
    return house.public("P1")
