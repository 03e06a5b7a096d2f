"""Which tests stay together on one worker: those that share what is dear to start. A plugin of pytest."""

from typing import Any

import pytest
from xdist.scheduler.loadscope import (  # pyright: ignore[reportMissingTypeStubs]  (it comes without)
    LoadScopeScheduling,
)

# The longest unit builds the pages too. Alone at the front, it makes no other worker wait for them.
LONGEST = "tests/journeys/every_page/test_accessibility.py"
# Servers, browsers and clusters take their time: what uses them begins first, so that no worker ends with them alone.
FIRST = ("tests/journeys/", "tests/attacks/", "tests/cli/")
ENGINES = ("postgresql", "sqlite")


def unit_of(nodeid: str) -> str:
    """Return the unit a test belongs to: its module, and the database engine it runs on, if it says one."""
    module, _, rest = nodeid.partition("::")
    parameters = rest.partition("[")[2]
    return f"{module} {next((engine for engine in ENGINES if engine in parameters), '')}"


class Units(LoadScopeScheduling):
    """Hands out whole units, in the order they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring what takes long to the front and leave the rest as it is."""
    items.sort(key=lambda item: (not item.nodeid.startswith(LONGEST), not item.nodeid.startswith(FIRST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Units:
    """Let xdist hand out units (`make test` runs several workers)."""
    config.option.loadscopereorder = False
    return Units(config, log)
