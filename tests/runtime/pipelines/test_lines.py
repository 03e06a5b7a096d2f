"""The connections of the lanes on PostgreSQL: whose loop they serve, how long they wait, and what they read."""

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Busy
from oauth2system.policy import quotas
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from tests.runtime.pipelines.stories import backend, look, running, together, write
from tests.storage.database.rows import keys


@pytest.fixture
def run(postgresql_url: str, tmp_path: Path) -> Generator[Runner]:
    with running(postgresql_url, tmp_path) as made:
        yield made


def sleep(ctx: Context, seconds: float) -> str:
    ctx.db.one("SELECT pg_sleep(?)", seconds)
    return "slept"


def test_a_slow_read_holds_no_other_reads_up(run: Runner) -> None:
    async def story() -> tuple[bool, str]:
        await run.read(NOBODY, look)
        slow = asyncio.ensure_future(run.read(NOBODY, sleep, 2.0))
        await asyncio.sleep(0.05)
        for _ in range(20):
            await run.read(NOBODY, look)
        return slow.done(), await slow

    assert asyncio.run(story()) == (False, "slept")


def test_a_new_event_loop_takes_the_idle_connection_along(run: Runner) -> None:
    first, second = (together(run.read(NOBODY, backend)) for _ in range(2))
    assert first == second


def test_jobs_of_a_loop_that_has_closed_are_left_behind_and_what_they_wrote_is_undone(run: Runner) -> None:
    def write_slowly(ctx: Context) -> None:
        write(ctx, b"left behind")
        sleep(ctx, 0.5)

    async def leave() -> None:
        jobs = [
            asyncio.ensure_future(run.read(NOBODY, sleep, 0.5)),
            asyncio.ensure_future(run.write(NOBODY, write_slowly)),
        ]
        await asyncio.sleep(0.2)
        assert not any(job.done() for job in jobs)

    asyncio.run(leave())
    assert together(run.write(NOBODY, write, b"a"), run.read(NOBODY, backend))[0] == b"a"
    assert keys(run.database) == [b"a"]


def test_a_second_event_loop_at_the_same_time_is_served_too(run: Runner) -> None:
    def elsewhere() -> list[Any]:
        return together(run.write(NOBODY, write, b"elsewhere"), run.read(NOBODY, sleep, 0.0))

    async def story() -> list[Any]:
        here = [run.write(NOBODY, write, b"here"), run.read(NOBODY, sleep, 0.3)]
        tasks = [asyncio.ensure_future(one) for one in here]
        await asyncio.sleep(0.1)
        with ThreadPoolExecutor(1) as threads:
            there = await asyncio.get_running_loop().run_in_executor(threads, elsewhere)
        return [*await asyncio.gather(*tasks), *there, await run.write(NOBODY, write, b"again")]

    assert asyncio.run(story()) == [b"here", "slept", b"elsewhere", "slept", b"again"]
    assert keys(run.database) == [b"again", b"elsewhere", b"here"]


def test_whoever_goes_away_stops_nobody_else(run: Runner) -> None:
    async def story() -> list[Any]:
        gone = [asyncio.ensure_future(run.write(NOBODY, write, b"a")), asyncio.ensure_future(run.read(NOBODY, look))]
        stays = [
            asyncio.ensure_future(run.write(NOBODY, write, b"b")),
            asyncio.ensure_future(run.read(NOBODY, backend)),
        ]
        await asyncio.sleep(0)
        for one in gone:
            one.cancel()
        return await asyncio.gather(*stays)

    assert asyncio.run(story())[0] == b"b"


def test_t153_who_would_wait_to_read_for_too_long_is_refused(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "WAITING_TO_READ", 3)
    answers = together(*(run.read(NOBODY, look) for _ in range(5)))
    assert [type(answer) for answer in answers] == [list] * 3 + [Busy] * 2
    assert together(run.read(NOBODY, look)) == [[]]


def test_what_runs_while_the_server_stops_is_answered_and_undone(postgresql_url: str, tmp_path: Path) -> None:
    def write_slowly(ctx: Context) -> None:
        write(ctx, b"late")
        sleep(ctx, 5)

    async def story() -> list[Any]:
        with running(postgresql_url, tmp_path) as run:
            works = [
                asyncio.ensure_future(run.write(NOBODY, write_slowly)),
                asyncio.ensure_future(run.read(NOBODY, sleep, 5.0)),
            ]
            await asyncio.sleep(0.3)
        return await asyncio.gather(*works, return_exceptions=True)

    assert [type(answer) for answer in asyncio.run(story())] == [Busy, Busy]


VALUES: list[tuple[str, Any]] = [
    *(("bigint", value) for value in (0, -1, 1, 40_000, 3_000_000_000, -(1 << 62), None)),
    *(("text", value) for value in ("", "ä%?$1", None)),
    *(("bytea", value) for value in (b"", b"\x00\xff", None)),
    *(("boolean", value) for value in (True, False, None)),
    ("float8", 1.5),
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_what_a_line_reads_is_what_the_driver_reads(run: Runner, kind: str, value: Any) -> None:
    def read(ctx: Context) -> Any:
        return ctx.db.all(f"SELECT CAST(? AS {kind}), ?, count(*), sum(9::bigint), '%' FROM throttles", value, 7)

    (line,) = together(run.read(NOBODY, read))
    driver = run.now(NOBODY, read)
    assert line == driver
    assert [type(one) for one in line[0]] == [type(one) for one in driver[0]]
