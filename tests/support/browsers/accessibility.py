"""What a page is to people who do not see it, and what it weighs on a slow line."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # pyright: ignore[reportMissingTypeStubs]  (it comes without)
from playwright.sync_api import Page

# What passed would be the larger part of the answer.
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(results => results.violations)"


def faults(page: Page) -> list[str]:
    """Return every fault that axe-core finds on the page as it is now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(VIOLATIONS)
    return [f"{one['impact']} {one['id']} at {one['nodes'][0]['target']}" for one in found]


class Scales:
    """Weighs what comes over the wire for a page, from now on."""

    def __init__(self, page: Page) -> None:
        self.answers: list[float] = []
        wire: Any = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.loadingFinished", self._came)

    def _came(self, event: dict[str, Any]) -> None:
        self.answers.append(event["encodedDataLength"])

    @property
    def total(self) -> float:
        """All bytes so far, headers included, as they were sent."""
        return sum(self.answers)
