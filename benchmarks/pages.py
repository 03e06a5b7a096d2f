"""`python -m benchmarks.pages [--rounds N]`: how long every page takes until its content is there, in Chromium.

Cold is a browser that was never here, warm one that has just seen the page, slow a cold one on a line of 1.6 Mbit/s
and 300 ms. Ready is the heading without anything that is still to come; the times are medians. The pages are those of
anonymous visitors, of a person with ten apps and some connections, of one who has not confirmed their address, and of
an administrator.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page

from oauth2system.build import ensure_built
from oauth2system.web.http.page_gate import route_of
from tests.support.browsers import page_weights
from tests.support.browsers.chromium import chromium
from tests.support.browsers.populated_server import World, world

APPS = 10
CONNECTED = 5
_PATIENCE_MS = 60_000
READY = "() => document.querySelector('h1') && !document.querySelector('.skeleton, .needs')"


@dataclass
class Measured:
    """One page: seconds until it is ready in each round, and what a cold visit fetches."""

    cold: list[float] = field(default_factory=list[float])
    warm: list[float] = field(default_factory=list[float])
    slow: list[float] = field(default_factory=list[float])
    kb: float = 0.0
    requests: int = 0


def main() -> None:
    """Measure every page, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="visits of each kind")
    parser.add_argument("--only", help="measure only pages with this in their address")
    asked = parser.parse_args()
    ensure_built(print)
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as here, chromium() as browser:
        _add_data(browser, here)
        print("| page | cold, s | warm, s | slow line, s | kB | requests |\n|---|---|---|---|---|---|")
        for who, path in _select(here, asked.only or ""):
            measured = _measure(browser, here, who, path, asked.rounds)
            times = " | ".join(f"{statistics.median(one):.2f}" for one in (measured.cold, measured.warm, measured.slow))
            name = route_of(path.partition("?")[0].partition("#")[0]) or path.partition("?")[0]
            print(f"| {name}, {who or 'anonymous'} | {times} | {measured.kb:.0f} | {measured.requests} |", flush=True)


def _add_data(browser: Browser, here: World) -> None:
    """Give grace ten apps, and connect her to some."""
    with here.visit(browser, "grace") as (page, _complaints):
        for number in range(APPS - 2):
            app = ("app", "create", f"App {number}", "--owner", "grace", "--first-party")
            made = here.server.ask(*app, "--redirect-uri", f"https://app-{number}.example/signed-in")
            if number < CONNECTED:
                ask = f"/oauth2/authorize?client_id={made['client_id']}&scope=identify+email"
                page.context.request.get(ask, max_redirects=0)


def _select(here: World, part: str) -> list[tuple[str, str]]:
    """Return who visits which address, one address for each page and person."""
    chosen: dict[tuple[str, str], str] = {}
    for who, paths in here.pages().items():
        for path in paths:
            bare = path.partition("?")[0].partition("#")[0]
            if part in path:
                chosen.setdefault((who, route_of(bare) or bare), path)
    return [(who, path) for (who, _route), path in chosen.items()]


def _measure(browser: Browser, here: World, who: str, path: str, rounds: int) -> Measured:
    measured = Measured()
    for _ in range(rounds):
        with here.visit(browser, who) as (page, _complaints):
            weight = page_weights.weigh(page)
            measured.cold.append(_arrive(page, path))
            page.wait_for_load_state("networkidle")
            measured.kb, measured.requests = weight.bytes_of() / 1000, len(weight.requests)
            page.goto("about:blank")
            measured.warm.append(_arrive(page, path))
        with here.visit(browser, who) as (page, _complaints):
            page_weights.slow_down(page)
            measured.slow.append(_arrive(page, path))
    return measured


def _arrive(page: Page, path: str) -> float:
    began = time.monotonic()
    page.goto(path, wait_until="commit", timeout=_PATIENCE_MS)
    page.wait_for_function(READY, timeout=_PATIENCE_MS)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
