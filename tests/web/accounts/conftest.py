"""A house that people visit with browsers, on both databases."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.in_process.browsers import House


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Generator[House]:
    made = House(database_url, tmp_path)
    yield made
    made.close()
