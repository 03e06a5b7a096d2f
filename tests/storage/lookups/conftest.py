"""A house with apps, on both databases, under a clock the test holds."""

import pytest

from oauth2system.runtime.runner import Runner
from tests.support.in_process.oauth_apps import House


@pytest.fixture
def house(runner: Runner) -> House:
    return House.open(runner)
