"""Pages of the way in, read as they are in the first answer."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.in_process.browsers import Browser
from tests.support.in_process.pages import Read, visited
from tests.support.in_process.story import Story

Open = Callable[[Browser, str], Read]


@pytest.fixture
def opened(story: Story, tmp_path: Path) -> Open:
    """Give a function that opens a page of ours in a browser."""

    def visit(browser: Browser, path: str) -> Read:
        return visited(story, browser, path, tmp_path)

    return visit
