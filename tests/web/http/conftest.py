"""An edge with a stand-in for Reflex behind it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.runtime.runner import Runner
from oauth2system.web.edge import Edge
from tests.support.in_process.door import Person, person, runner_on
from tests.support.in_process.sockets import Reflex


@pytest.fixture
def runner(database_url: str, tmp_path: Path) -> Generator[Runner]:
    with runner_on(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def reflex() -> Reflex:
    return Reflex()


@pytest.fixture
def edge(runner: Runner, reflex: Reflex, tmp_path: Path) -> Edge:
    return Edge(runner, tmp_path / "no-pages", reflex)


@pytest.fixture
def ada(runner: Runner) -> Person:
    return person(runner, "ada")
