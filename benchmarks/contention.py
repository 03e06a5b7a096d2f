"""How long readers and writers of one process wait for each other on SQLite, alone and during a purge.

`python -m benchmarks.contention` writes tokens from 32 tasks and reads one every few milliseconds. Then
it does the same while the purge deletes a table full of ended tokens.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path

from oauth2system import settings
from oauth2system.policy import lifetimes
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.services.server import jobs
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.tokens import Token

SYSTEM = Caller(system=True)
WRITERS = 32
READ_EVERY_S = 0.002
AT_ONCE = 5000


@dataclass
class Waits:
    """The time that each write and each read took, in milliseconds."""

    writes: list[float] = field(default_factory=list[float])
    reads: list[float] = field(default_factory=list[float])


def main() -> None:
    """Measure the waiting times, and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.contention", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="duration of the run without a purge")
    parser.add_argument("--ended", type=int, default=50_000, help="number of ended tokens to purge")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        given = settings.load({f"{settings.PREFIX}VAR_DIR": folder}, folder=Path(folder))
        runner = Runner(given, Database(given.database_url))
        migrations.upgrade(runner.database, progress=lambda _line: None)
        for begun in range(0, asked.ended, AT_ONCE):
            runner.now(SYSTEM, _insert, min(AT_ONCE, asked.ended - begun), -lifetimes.ENDED_TOKEN_KEPT.in_ms - 1)
        asyncio.run(_measure(runner, asked.seconds))
        runner.close()


async def _measure(runner: Runner, seconds: float) -> None:
    started = time.perf_counter()
    alone = await _load(runner, asyncio.sleep(seconds))
    _print("alone", alone, time.perf_counter() - started)
    before, started = await runner.read(SYSTEM, _ended), time.perf_counter()
    everything = {job.name: 0.0 for job in jobs.JOBS}
    purging = await _load(runner, jobs.run_due(runner, asyncio.Event(), everything))
    took = time.perf_counter() - started
    _print("purging", purging, took)
    print(f"purged {before - await runner.read(SYSTEM, _ended):,} tokens in {took:.1f} s")


async def _load(runner: Runner, meanwhile: Awaitable[None]) -> Waits:
    """Write and read until the other work is done."""
    waits, ends = Waits(), asyncio.Event()
    works = [asyncio.ensure_future(_write(runner, waits, ends)) for _ in range(WRITERS)]
    works.append(asyncio.ensure_future(_read(runner, waits, ends)))
    await meanwhile
    ends.set()
    await asyncio.gather(*works)
    return waits


async def _write(runner: Runner, waits: Waits, ends: asyncio.Event) -> None:
    while not ends.is_set():
        began = time.perf_counter()
        await runner.write(SYSTEM, _insert, 1, lifetimes.ACCESS_TOKEN.in_ms)
        waits.writes.append((time.perf_counter() - began) * 1000)


async def _read(runner: Runner, waits: Waits, ends: asyncio.Event) -> None:
    while not ends.is_set():
        await asyncio.sleep(READ_EVERY_S)
        began = time.perf_counter()
        await asyncio.sleep(0)  # a request that arrives now waits for its turn on the loop
        await runner.read(SYSTEM, lambda ctx: tokens.find(ctx.db, 1))
        waits.reads.append((time.perf_counter() - began) * 1000)


def _insert(ctx: Context, count: int, lives_ms: int) -> None:
    for _ in range(count):
        row = Token(
            id=ctx.new_id(), family_id=None, client_id="1", access_digest=os.urandom(32),
            access_expires_ms=ctx.now_ms + lives_ms, refresh_digest=None, refresh_expires_ms=None,
            scopes="identify", resources="", jkt=None,
        )  # fmt: skip
        tokens.add(ctx.db, row)


def _ended(ctx: Context) -> int:
    return ctx.db.all("SELECT COUNT(*) FROM tokens WHERE ends_at < ?", ctx.now_ms - lifetimes.ENDED_TOKEN_KEPT.in_ms)[
        0
    ][0]


def _print(name: str, waits: Waits, seconds: float) -> None:
    rate = len(waits.writes) / seconds
    print(f"{name:8} {rate:7,.0f} writes/s, each {_percentiles(waits.writes)}; reads {_percentiles(waits.reads)}")


def _percentiles(values: list[float]) -> str:
    found = sorted(values)
    return ", ".join(
        f"{name} {found[min(len(found) - 1, int(len(found) * part))]:.2f} ms"
        for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    )


if __name__ == "__main__":
    main()
