"""A house with an app whose owner is in its playground."""

import pytest

from oauth2system.runtime.runner import Runner
from tests.support.in_process.oauth_apps import House
from tests.support.playgrounds import GRANTS, Owner


@pytest.fixture
def house(runner: Runner) -> House:
    return House.open(runner)


@pytest.fixture
def owner(house: House) -> Owner:
    """Ada, in the playground of a confidential app that asks people, and may do everything."""
    app = house.app("Harbour", first_party=False, grant_types=GRANTS, simple_flow=True)
    return Owner(house, app, house.ada)
