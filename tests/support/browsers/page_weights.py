"""What a page weighs, in bytes and requests, and how it comes on a slow line."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

# 1.6 Mbit/s and 300 ms, as a phone has them far from the next mast.
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 96_000}


@dataclass
class Weight:
    """What a page has fetched so far: for each request its kind, and its bytes with headers."""

    requests: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def bytes_of(self, *kinds: str) -> int:
        """Return the bytes of these kinds of requests; without kinds, of all."""
        return sum(size for kind, size in self.requests if not kinds or kind in kinds)


def weigh(page: Page) -> Weight:
    """Weigh what a page fetches from now on."""
    weight = Weight()

    def on_finished(request: Any) -> None:
        sizes = request.sizes()
        weight.requests.append((request.resource_type, sizes["responseBodySize"] + sizes["responseHeadersSize"]))

    page.on("requestfinished", on_finished)
    return weight


def slow_down(page: Page) -> None:
    """Let a page come over a slow line from now on."""
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)  # pyright: ignore[reportUnknownMemberType]  (Playwright is only partly typed)
