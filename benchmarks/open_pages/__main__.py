"""`python -m benchmarks.open_pages [--pages N]`: memory of each open page, events a second, and the slowest of them.

The page is **Connections** of a person who is signed in; its event asks a question on the page. The bare app has one
page with the same event and neither sign-in nor guard. Both servers run side by side and take turns. Then as many
pages of Activity wait for news of their app.
"""

import argparse
import asyncio
import os
import resource
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import people, servers
from benchmarks.open_pages import news, tabs
from benchmarks.open_pages.bare import EVENT, bare
from benchmarks.open_pages.tabs import CONNECTIONS, Tab
from benchmarks.servers import LOAD_CORE, Server, cpu_seconds, pss_mib

TURNS = 4
OPENING_AT_ONCE = 16
SPARE_FILES = 500
PACED = 100.0


@dataclass
class Side:
    """One server, its page, and what was measured of it."""

    name: str
    server: Server
    path: str
    event: str
    loads: tuple[str, ...] = ()
    cookie: str = ""
    tabs: list[Tab] = field(default_factory=list[Tab])
    page_kb: float = 0.0
    opened_cpu_s: float = 0.0
    rates: list[float] = field(default_factory=list[float])
    events: int = 0
    cpu_s: float = 0.0
    waits: list[float] = field(default_factory=list[float])


def main() -> None:
    """Measure both, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.open_pages", description=main.__doc__)
    parser.add_argument("--pages", type=int, default=500, help="number of pages that are open at a time")
    parser.add_argument("--seconds", type=float, default=2, help="duration of each turn")
    asked = parser.parse_args()
    _raise_file_limit(asked.pages)
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as other,
        servers.product(Path(folder)) as product,
        bare(Path(other)) as floor,
    ):
        people.person(product, "ada")
        app = people.app(product, "Bench", "ada")
        people.value(product, app, cookie := people.sign_in(product, "ada"))
        sides = (
            Side("bare", floor, "/", EVENT),
            Side(
                *("ours", product, "/account/connections", f"{CONNECTIONS}.ask_about"),
                loads=(f"{CONNECTIONS}.load",), cookie=cookie,
            ),
        )  # fmt: skip
        asyncio.run(_measure(sides, asked.pages, asked.seconds))
        asyncio.run(news.measure(product, app, cookie, asked.pages))


def _raise_file_limit(pages: int) -> None:
    """Each page of both servers takes a file here, and so does each socket alone; the servers inherit the limit."""
    needed = 3 * pages + SPARE_FILES
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SystemExit(f"{pages} pages need {needed} files, and this system allows {hard}.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {int(LOAD_CORE)})


async def _measure(sides: tuple[Side, ...], pages: int, seconds: float) -> None:
    for side in sides:
        await _open(side, pages)
    for _ in range(TURNS):
        for side in sides:
            before = cpu_seconds(side.server.pid)
            took = await tabs.answer_times(side.tabs, side.event, side.path, seconds)
            side.cpu_s += cpu_seconds(side.server.pid) - before
            side.events += len(took)
            side.rates.append(len(took) / seconds)
    for side in sides:
        side.waits = await tabs.answer_times(side.tabs, side.event, side.path, 2 * seconds, a_second=PACED)
    _print(sides, pages)
    await _sockets(sides[0].server, pages)
    for side in sides:
        await asyncio.gather(*(tab.close() for tab in side.tabs))


async def _open(side: Side, pages: int) -> None:
    """Open the pages, a few at a time; the first ones warm the server up and are not counted."""
    warm = [await tabs.open_tab(side.server, side.path, side.loads, side.cookie) for _ in range(OPENING_AT_ONCE)]
    await tabs.answer_times(warm, side.event, side.path, 0.5)
    memory, cpu = pss_mib(side.server.pid), cpu_seconds(side.server.pid)
    for begun in range(0, pages, OPENING_AT_ONCE):
        several = range(min(OPENING_AT_ONCE, pages - begun))
        one = (tabs.open_tab(side.server, side.path, side.loads, side.cookie) for _ in several)
        side.tabs += await asyncio.gather(*one)
    await asyncio.sleep(1)
    side.page_kb = (pss_mib(side.server.pid) - memory) * 1024 / pages
    side.opened_cpu_s = cpu_seconds(side.server.pid) - cpu
    await asyncio.gather(*(tab.close() for tab in warm))


async def _sockets(server: Server, pages: int) -> None:
    """Open event sockets alone, without any page: what granian and Engine.IO keep for each."""
    before = pss_mib(server.pid)
    lines = [await tabs.open_socket(server) for _ in range(pages)]
    await asyncio.sleep(1)
    print(f"an event socket without a page, in the bare app: {(pss_mib(server.pid) - before) * 1024 / pages:.1f} kB")
    await asyncio.gather(*(line.close() for line in lines))


def _print(sides: tuple[Side, ...], pages: int) -> None:
    print(f"{pages} open pages; {PACED:.0f} events a second for p50 and p99")
    print(
        f"{'':6}{'kB a page':>11}{'opening, ms':>13}{'events/s':>10}{'cpu us':>9}{'p50 ms':>8}{'p99 ms':>8}{'MiB':>7}"
    )
    for side in sides:
        waits = sorted(side.waits)
        print(
            f"{side.name:6}{side.page_kb:11.1f}{side.opened_cpu_s / pages * 1e3:13.2f}{max(side.rates):10,.0f}"
            f"{side.cpu_s / side.events * 1e6:9.0f}{waits[len(waits) // 2] * 1e3:8.1f}"
            f"{waits[int(len(waits) * 0.99)] * 1e3:8.1f}{pss_mib(side.server.pid):7.0f}",
            flush=True,
        )
    floor, ours = sides
    ratio = floor.cpu_s / floor.events / (ours.cpu_s / ours.events)
    print(f"events a second, of the bare app's, by processor time: {ratio:.2f}")


if __name__ == "__main__":
    main()
