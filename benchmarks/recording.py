"""What the log of an app costs: each event in memory, each line that is written, and a flood of bad requests.

`python -m benchmarks.recording` runs without a server. The flood is 100,000 requests that differ, to one app. Printed
are the waits of another app's requests without it and during it, and what is left in memory and in the database. The
log of the server goes to stderr.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import in_process
from oauth2system import settings
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import app_log
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.events.noted import NotedEvents
from oauth2system.runtime.runner import Runner
from oauth2system.services.clients import records
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database
from oauth2system.web.app import Web

SYSTEM = Caller(system=True)
CALLBACK = "https://site.example/callback"
SLICE, ROUNDS = 200, 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=main.__doc__)
    parser.add_argument("--flood", type=int, default=100_000, help="number of bad requests")
    flood = parser.parse_args().flood
    with tempfile.TemporaryDirectory() as folder:
        given = settings.load({f"{settings.PREFIX}VAR_DIR": folder}, folder=Path(folder))
        runner = Runner(given, Database(given.database_url))
        migrations.upgrade(runner.database, progress=lambda _line: None)
        asyncio.run(_measure(runner, flood))
        runner.close()


async def _measure(runner: Runner, flood: int) -> None:
    quiet, noisy = (runner.now(SYSTEM, _add, name) for name in ("Quiet", "Noisy"))
    noted = runner.server.of(NotedEvents)
    print(f"note a success: {_time(lambda: noted.note(quiet, Act.USER_READ, 0)):.2f} us")
    print(f"write: {await _write(runner, quiet):.0f} us of processor time a line")
    web = Web(runner)
    on, off = await _compare(web, runner, quiet)
    print(f"a request that is refused: {on:.0f} us with the log, {off:.0f} us without: {on / off:.3f}")
    alone = await _wait(web, quiet, 2000)
    with patch.object(app_log, "note", _ignore):
        unlogged, _most = await _wait_during(web, quiet, _flood(web, runner, noisy, flood // 5))
    during, most = await _wait_during(web, quiet, _flood(web, runner, noisy, flood))
    rows = runner.now(SYSTEM, lambda ctx: ctx.db.one("SELECT COUNT(*) FROM app_log WHERE client_id = ?", noisy))
    print(
        f"p99 of another app: {_p99(alone):.2f} ms alone, {_p99(unlogged):.2f} ms during a flood without the log,"
        f" {_p99(during):.2f} ms with it"
    )
    print(f"after {flood:,} bad requests: {rows[0] if rows else 0} lines, at most {most} waited in memory")


async def _wait_during(web: Web, client_id: str, work: Coroutine[Any, Any, int]) -> tuple[list[float], int]:
    """Return how long requests took while the other work was done, and what that returned."""
    working, took = asyncio.ensure_future(work), list[float]()
    while not working.done():
        took += await _wait(web, client_id, 20)
        await asyncio.sleep(0.01)
    return took, working.result()


def _add(ctx: Context, name: str) -> str:
    client = Client(id=str(ctx.new_id(1)), owner_id=None, name=name, redirect_uris=(CALLBACK,))
    records.add(ctx, client)
    return client.id


def _time(work: Callable[[], None], times: int = 200_000) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times * 1e6


async def _write(runner: Runner, client_id: str) -> float:
    """Return the processor time for each line of full writes."""
    took = list[float]()
    for number in range(20):
        for act in Act:
            runner.server.of(NotedEvents).note(client_id, act, number * 600_000)
        began = time.process_time()
        await app_log.save(runner)
        took.append((time.process_time() - began) / len(Act) * 1e6)
    return statistics.median(took)


async def _compare(web: Web, runner: Runner, client_id: str) -> tuple[float, float]:
    """Return the processor time of a request with and without the log, measured in turns."""
    took = dict[bool, list[float]]({True: [], False: []})
    for number in range(ROUNDS):
        for is_on in (True, False) if number % 2 else (False, True):
            began = time.process_time()
            with nullcontext() if is_on else patch.object(app_log, "note", _ignore):
                await _wait(web, client_id, SLICE)
            took[is_on].append((time.process_time() - began) / SLICE * 1e6)
        await app_log.save(runner)
    return statistics.median(took[True]), statistics.median(took[False])


def _ignore(*_args: object) -> None:
    """Note nothing."""


async def _wait(web: Web, client_id: str, times: int) -> list[float]:
    """Send requests one after another and return how long each took, in milliseconds."""
    took = list[float]()
    for _ in range(times):
        began = time.perf_counter()
        await _ask(web, client_id, CALLBACK)
        took.append((time.perf_counter() - began) * 1e3)
    return took


async def _flood(web: Web, runner: Runner, client_id: str, times: int) -> int:
    """Send requests that all differ, write as the job does, and return the most that waited in memory."""
    most, due = 0, time.monotonic()
    for number in range(times):
        await _ask(web, client_id, f"https://other.example/{number}")
        if time.monotonic() >= due:
            most, due = max(most, runner.server.of(NotedEvents).waiting()), time.monotonic() + 0.5
            await app_log.save(runner)
        await asyncio.sleep(0)
    await app_log.save(runner)
    return most


async def _ask(web: Web, client_id: str, uri: str) -> None:
    """Send one authorization request, which is refused."""
    await in_process.get(
        web, f"/oauth2/authorize?client_id={client_id}&response_type=code&scope=made_up&redirect_uri={uri}"
    )


def _p99(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.99)]


if __name__ == "__main__":
    main()
