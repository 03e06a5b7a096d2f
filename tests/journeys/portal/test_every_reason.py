"""Every reason that can be provoked at a running server is on the owner's open page within a second or two.

One server, one page, no reload. The requests are those of tests/web/reasons; here they come over the network and are
about one app.
"""

import json
import re
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.reasons.reason import Reason
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime.runner import Runner
from tests.support.browsers.chromium import listen
from tests.support.in_process.door import person, runner_on
from tests.support.servers.recording_server import Sink, sink
from tests.support.servers.server import Server
from tests.web.reasons import bench, metadata
from tests.web.reasons.live_bench import LiveBench
from tests.web.rules.test_reasons import PROVOKED, fits

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("look"), pytest.mark.timeout(300)]

SETTINGS = {
    "FETCH_ALLOW": "127.0.0.1",
    "RATE_LIMIT_FACTOR": "1000",
    "DYNAMIC_REGISTRATION": "token",
    "SECRET_KEY": token_hex(32),
}
# Those that only a change inside the process brings about.
ONLY_INSIDE: dict[Reason, str] = {
    GrantReason.SUCCESSOR_LOST: "It needs a second node with another SECRET_KEY.",
    TokenReason.LOGOUT_TOO_MANY_WAIT: "It needs as many waiting notices as an app may have.",
}
# Of two apps, these are noted for the second.
FOR_THE_SECOND = {PageReason.SIGN_OUT_OF_ANOTHER_APP, ClientReason.CLIENT_ID_DIFFERS, ClientReason.ASSERTION_SUBJECT}
AT_A_TIME = 8
MOST_WITHIN_S, EACH_WITHIN_S, IN_ALL_S = 2.0, 10.0, 150.0
# Notes each text that a line of the log ever had, with its repair and the moment at which it was first there.
WATCH = """() => {
  window.seen = {};
  const look = () => document.querySelectorAll('ul.refused > li').forEach(line => {
    const repair = line.querySelector('.repair');
    window.seen[line.innerText] ??= [Date.now() / 1000, repair ? repair.innerText : ''];
  });
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


@dataclass
class Sent:
    """When the requests of a reason began and ended."""

    reason: Reason
    began: float
    ended: float


@pytest.fixture(scope="module")
def place() -> Generator[Sink]:
    with sink() as made:
        yield made


@pytest.fixture(scope="module")
def server(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    del pages
    running = Server(tmp_path_factory.mktemp("reasons") / "var", settings=SETTINGS).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def runner(server: Server) -> Generator[Runner]:
    url = f"sqlite:///{server.var / 'oauth2system.db'}"
    given: dict[str, Any] = {"PUBLIC_URL": server.url, **SETTINGS}
    with runner_on(url, server.var, **given) as running:
        yield running


def open_page(browser: Browser, live: LiveBench) -> Page:
    """Open the activity of the app, as its owner."""
    name, _is, value = live.house.ada.cookie.partition("=")
    context = browser.new_context(base_url=live.house.base)
    context.add_cookies([{"name": name, "value": value, "url": live.house.base}])
    page = context.new_page()
    page.goto(f"/apps/{live.page_id}/activity")
    page.get_by_role("heading", level=1).wait_for()
    page.get_by_text("Live, as of").wait_for()
    page.evaluate(WATCH)
    return page


def provoke(live: LiveBench, page: Page) -> list[Sent]:
    """Provoke one reason after the other; the page lists the newest events, so it gets to show a few at a time."""
    sent: list[Sent] = []
    for reason, how in PROVOKED.items():
        if how.unnoted or reason in ONLY_INSIDE:
            continue
        live.begin(2 if reason in FOR_THE_SECOND else 1)
        began = time.time()
        how.how(live)
        sent.append(Sent(reason, began, time.time()))
        if len(sent) % AT_A_TIME == 0:
            wait_for(page, sent[-AT_A_TIME:], EACH_WITHIN_S)
    return sent


def wait_for(page: Page, sent: list[Sent], seconds: float) -> dict[str, float | None]:
    """Wait until each of these is on the page; return how long each took, or None for one that is not there."""
    until = time.monotonic() + seconds
    while True:
        seen = read_seen(page)
        delays = {one.reason.name: find_delay(one, seen) for one in sent}
        if None not in delays.values() or time.monotonic() > until:
            return delays
        page.wait_for_timeout(50)


def find_delay(one: Sent, seen: dict[str, tuple[float, str]]) -> float | None:
    """Return how long after its request a reason was on the page with its repair; None if it never was."""
    found = [
        at for text, (at, repair) in seen.items()
        if at >= one.began and repair and fits(text, one.reason.sentence) and has_repair(one.reason, repair)
    ]  # fmt: skip
    return max(0.0, min(found) - one.ended) if found else None


def has_repair(reason: Reason, shown: str) -> bool:
    """Return whether the repair is that of the reason, or of the fault that it names."""
    return "{problem}" in reason.sentence or fits(shown, reason.repair)


def read_seen(page: Page) -> dict[str, tuple[float, str]]:
    found: dict[str, list[Any]] = json.loads(page.evaluate("() => JSON.stringify(window.seen)"))
    return {re.sub(r"\s+", " ", text): (at, re.sub(r"\s+", " ", repair)) for text, (at, repair) in found.items()}


def wait_for_delivery(_runner: Runner) -> None:
    """Give the server time, also on a busy machine: it delivers by itself."""
    time.sleep(1.5)


def test_each_reason_is_on_the_open_page_with_its_repair(
    browser: Browser, server: Server, runner: Runner, place: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in (bench, metadata):
        monkeypatch.setattr(room, "deliver", wait_for_delivery)
    began = time.monotonic()
    live = LiveBench(runner, person(runner, "ada"), place, server.url)
    page = open_page(browser, live)
    complaints = listen(page)
    delays = wait_for(page, provoke(live, page), EACH_WITHIN_S)
    took = time.monotonic() - began
    page.context.close()
    assert " ".join(name for name, delay in delays.items() if delay is None) == ""
    in_order = sorted(delay for delay in delays.values() if delay is not None)
    assert len(in_order) > 120
    assert median(in_order) < MOST_WITHIN_S, in_order
    assert in_order[-1] < EACH_WITHIN_S
    assert took < IN_ALL_S
    assert complaints == []
