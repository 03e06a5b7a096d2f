"""`python -m benchmarks.workers`: two workers on PostgreSQL and Redis next to one worker, and what Redis costs.

Three servers take turns under each load: one worker without Redis, one with it, two with it. Each worker gets 32
connections, since twice the capacity means twice the load. They are compared by the processor time of a request, with
that of PostgreSQL and Redis: with all cores busy, capacity is the number of cores divided by it. A control shows how
much of the difference is the machine's: two servers of one worker each, with a database each, are loaded at once; they
share nothing but the processor and PostgreSQL. Then pages are opened on the two workers, and opened again with the
state that they had.
"""

import argparse
import asyncio
import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from benchmarks import oauth, people, servers
from benchmarks.load import CONNECTIONS, Slice, Total, slice_of
from benchmarks.oauth import SCRIPT, Cast
from benchmarks.open_pages import tabs
from benchmarks.servers import Server, cpu_seconds
from oauth2system.policy import quotas
from tests.support.servers.postgres import cluster
from tests.support.servers.redis import redis_server

LOADS = ("client_credentials", "userinfo", "introspection", "code_flow", "refresh")
# So many that no tab sends more in a second than the server lets through (socket_traffic.py).
PAGES = 200
_PAGE = "/account/connections"
# After this time wrk has read its values from the environment.
_STARTED_S = 0.1


@dataclass(frozen=True)
class Side:
    """One server, and who uses it."""

    name: str
    server: Server
    cast: Cast
    around: tuple[int, ...]
    workers: int


def main() -> None:
    """Measure all three, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=main.__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="duration of each load")
    seconds = parser.parse_args().seconds
    with cluster(durable=True) as postgres, redis_server() as redis, contextlib.ExitStack() as ends:
        around = tuple(_pid_of(name) for name in (str(postgres.folder), redis.rpartition(":")[2].partition("/")[0]))
        kinds = (("one", 1, ""), ("one, Redis", 1, redis), ("two, Redis", 2, redis))
        sides: list[Side] = []
        for name, workers, store in (*kinds, ("one more", 1, "")):
            settings = {"OAUTH2SYSTEM_DATABASE_URL": postgres.create()}
            if store:
                settings["OAUTH2SYSTEM_REDIS_URL"] = f"{store[:-1]}{len(sides)}"
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
            server = ends.enter_context(servers.product(folder, settings, workers=workers))
            people.person(server, "ada")
            sides.append(Side(name, server, oauth.make_cast(server), around, workers))
        at_rest = ", ".join(f"{side.name} {servers.pss_mib(side.server.pid):.0f}" for side in sides)
        print(f"memory at rest in MiB PSS, each next to the others: {at_rest}")
        twin = sides.pop()
        _compare(sides, twin, seconds)
        asyncio.run(_open_pages(sides, seconds))


def _pid_of(mark: str) -> int:
    """Return the process whose command line has this in it: the server that was just started."""
    found = subprocess.run(["pgrep", "-of", re.escape(mark)], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])


def _compare(sides: list[Side], twin: Side, seconds: int) -> None:
    print("processor time of a request in us: the server's, and with PostgreSQL and Redis")
    print(
        f"{'':20}"
        + "".join(f"{side.name:>22}" for side in sides)
        + f"{'two / one':>11}{'two apart':>11}{'/ one':>7}{'wrong':>7}"
    )
    for what in LOADS:
        slices: list[list[Slice]] = [[] for _ in sides]
        others, apart = [0.0] * len(sides), list[Slice]()
        for _ in range(seconds):
            for place, side in enumerate(sides):
                os.environ.update(oauth.fresh(side.server, side.cast, what).environment(what))
                before = _cpu(side)
                slices[place].append(slice_of(side.server, replace(SCRIPT, connections=CONNECTIONS * side.workers)))
                others[place] += _cpu(side) - before
            apart += _load_at_once((sides[0], twin), what)
        totals = [Total(tuple(one)) for one in slices]
        print("".join(_columns(what, totals, others, Total(tuple(apart)))), flush=True)


def _load_at_once(pair: tuple[Side, Side], what: str) -> list[Slice]:
    """Load two servers for the same second."""
    fresh = [oauth.fresh(side.server, side.cast, what).environment(what) for side in pair]
    loads: list[Future[Slice]] = []
    with ThreadPoolExecutor(len(pair)) as pool:
        for side, values in zip(pair, fresh, strict=True):
            os.environ.update(values)
            loads.append(pool.submit(slice_of, side.server, SCRIPT))
            time.sleep(_STARTED_S)
        return [load.result() for load in loads]


def _columns(what: str, totals: list[Total], others: list[float], apart: Total) -> Iterator[str]:
    yield f"{what:20}"
    for total, other in zip(totals, others, strict=True):
        yield f"{total.cpu_us:11.0f}{total.cpu_us + other / max(1, total.requests) * 1e6:11.0f}"
    # One worker uses one core; two use two.
    yield f"{2 * totals[0].cpu_us / totals[2].cpu_us:11.2f}"
    yield f"{apart.cpu_us:11.0f}{2 * totals[0].cpu_us / apart.cpu_us:7.2f}"
    yield f"{sum(total.wrong for total in (*totals, apart)):7}"


def _cpu(side: Side) -> float:
    return sum(cpu_seconds(pid) for pid in side.around)


async def _open_pages(sides: list[Side], seconds: float) -> None:
    """Measure an event of a page on each; open pages on two workers, and again, wherever that leads."""
    for side in sides:
        opened = [await _open(side, str(uuid4())) for _ in range(PAGES)]
        before, around = cpu_seconds(side.server.pid), _cpu(side)
        took = await tabs.answer_times(opened, f"{tabs.CONNECTIONS}.ask_about", _PAGE, seconds)
        own, other = cpu_seconds(side.server.pid) - before, _cpu(side) - around
        per = 1e6 / len(took)
        print(
            f"{side.name}: an event of a page {own * per:.0f} us, with PostgreSQL and Redis {(own + other) * per:.0f}"
        )
        await asyncio.gather(*(tab.close() for tab in opened))
    await _move(sides[-1])


async def _move(side: Side) -> None:
    """Open pages, ask on each, open each again with its state, and ask again: the second question ends the first."""
    # Of one session, no more closed tabs keep their state.
    tokens = [str(uuid4()) for _ in range(quotas.PAGE_STATES_OF_A_SESSION)]
    for token in tokens:
        tab = await _open(side, token)
        await tab.ask(f"{tabs.CONNECTIONS}.ask_about", {"client_id": "7"}, '"asks_about_rx_state_":"7"', _PAGE)
        await tab.close()
    again = [await _open(side, token, hydrates=False) for token in tokens]
    workers = _files(side.server)
    for tab in again:
        await tab.ask(f"{tabs.CONNECTIONS}.ask_about", {"client_id": "7"}, '"asks_about_rx_state_":""', _PAGE)
    print(f"{len(tokens)} pages opened again on two workers went on with their state; files open by worker: {workers}")
    await asyncio.gather(*(tab.close() for tab in again))


def _files(server: Server) -> list[int]:
    """Return how many files and sockets each worker has open."""
    return [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in servers.children(server.pid)]


async def _open(side: Side, token: str, *, hydrates: bool = True) -> tabs.Tab:
    loads = (f"{tabs.CONNECTIONS}.load",) if hydrates else ()
    return await tabs.open_tab(side.server, _PAGE, loads, side.cast.cookie, token, hydrates=hydrates)


if __name__ == "__main__":
    main()
