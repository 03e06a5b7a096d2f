"""One thing that happens to an app whose Activity is open many times: how long until all of these pages show it.

A push carries nothing: each page is asked to look again, sends an event like any other, and gets what is new.
"""

import asyncio
import http.client
import time
from urllib.parse import urlencode, urlsplit

from benchmarks.open_pages import tabs
from benchmarks.people import App
from benchmarks.servers import Server, cpu_seconds

ROUNDS = 4
_PAGE = "oauth2system___ui___pages___apps___activity___activity_state____activity_state"
_ACTIVITY = f"{tabs.ROOT}.oauth2system___ui___state____visitor.{_PAGE}"
_OPENING_AT_ONCE = 16
_PATIENCE_S = 60


async def measure(server: Server, app: App, cookie: str, pages: int) -> None:
    """Open the pages, let the app fail, and print when the first and the last of them show it."""
    path = f"/apps/{app.client_id}/activity"
    opened: list[tabs.Tab] = []
    for begun in range(0, pages, _OPENING_AT_ONCE):
        several = range(min(_OPENING_AT_ONCE, pages - begun))
        opened += await asyncio.gather(*(tabs.open_tab(server, path, [f"{_ACTIVITY}.load"], cookie) for _ in several))
    for tab in opened:
        tab.follow(f"{_ACTIVITY}.look_again", path)
    await asyncio.sleep(1)
    for number in range(ROUNDS):
        before, seen = cpu_seconds(server.pid), [tab.expect('"entries_rx_state_"') for tab in opened]
        began = time.perf_counter()
        await asyncio.to_thread(_fail, server, app, number)
        await asyncio.wait(seen, return_when=asyncio.FIRST_COMPLETED)
        first = time.perf_counter() - began
        await asyncio.wait_for(asyncio.gather(*seen), _PATIENCE_S)
        last = time.perf_counter() - began
        cpu_us = (cpu_seconds(server.pid) - before) / pages * 1e6
        print(f"one refusal, {pages} pages of Activity: shown by the first after {first:.2f} s, "
              f"by all {last - first:.2f} s later; {cpu_us:.0f} us of processor time a page", flush=True)  # fmt: skip
    await asyncio.gather(*(tab.close() for tab in opened))


def _fail(server: Server, app: App, number: int) -> None:
    """Send a request that is refused. Each has another address: equal ones would be one line of the log."""
    query = urlencode({"client_id": app.client_id, "redirect_uri": f"http://wrong.example/{number}"})
    line = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    line.request("GET", f"/oauth2/authorize?{query}")
    line.getresponse().read()
    line.close()
