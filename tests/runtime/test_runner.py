"""Where services run, and what becomes of them when the database is locked, lost or full."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Busy, TooManyAttempts
from oauth2system.runtime import group_commit, runner
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.settings import load
from oauth2system.storage.database import group_commit as storage_groups
from oauth2system.storage.database.transactions import Database, Db
from tests.storage.database.rows import keys, names, opened, put, put_plainly
from tests.support.patience import PATIENCE_S


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Generator[Runner]:
    yield from _runner(database_url, tmp_path)


@pytest.fixture
def on_sqlite(sqlite_url: str, tmp_path: Path) -> Generator[Runner]:
    yield from _runner(sqlite_url, tmp_path)


def _runner(url: str, folder: Path) -> Generator[Runner]:
    made = Runner(load({}, folder=folder), Database(url))
    yield made
    made.close()


def write(ctx: Context, key: bytes) -> bytes:
    put_plainly(ctx.db, key)
    return key


def add(ctx: Context, name: str) -> str:
    put(ctx.db, name)
    return name


def crash(ctx: Context) -> None:
    put_plainly(ctx.db, b"crashed")
    raise ZeroDivisionError


def refuse(ctx: Context) -> None:
    put_plainly(ctx.db, b"refused")
    raise TooManyAttempts(60)


def look(ctx: Context) -> list[bytes]:
    return [bytes(row[0]) for row in ctx.db.all("SELECT key FROM throttles ORDER BY key")]


def together(*works: Coroutine[Any, Any, Any]) -> list[Any]:
    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*works, return_exceptions=True)

    return asyncio.run(all_of_them())


def test_all_ways_in_do_the_same(run: Runner) -> None:
    ways: tuple[Callable[..., Awaitable[bytes]], ...] = (run.write, run.transact)

    async def story() -> None:
        for number, way in enumerate(ways):
            assert await way(NOBODY, write, str(number).encode()) == str(number).encode()
            assert await run.read(NOBODY, look) == [str(n).encode() for n in range(number + 1)]
        assert run.now(NOBODY, write, b"2") == b"2"

    asyncio.run(story())
    assert keys(run.database) == [b"0", b"1", b"2"]


def test_writers_of_one_moment_are_answered_each_for_itself(run: Runner) -> None:
    answers = together(
        run.write(NOBODY, write, b"a"),
        run.write(NOBODY, crash),
        run.write(NOBODY, add, "ada"),
        run.write(NOBODY, refuse),
        run.write(NOBODY, write, b"b"),
    )
    assert (answers[0], answers[2], answers[4]) == (b"a", "ada", b"b")
    assert isinstance(answers[1], ZeroDivisionError)
    assert isinstance(answers[3], TooManyAttempts)
    assert (keys(run.database), names(run.database)) == ([b"a", b"b", b"refused"], ["ada"])


def test_many_writers_share_few_commits(on_sqlite: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    group = on_sqlite.database.open_group

    def counted(jobs: list[Callable[[Db], Any]]) -> list[Any]:
        sizes.append(len(jobs))
        return group(jobs)

    monkeypatch.setattr(on_sqlite.database, "open_group", counted)
    together(*(on_sqlite.write(NOBODY, write, str(number).encode()) for number in range(200)))
    assert len(keys(on_sqlite.database)) == 200
    assert sizes == [64, 64, 64, 8]


def test_an_answer_leaves_only_after_the_commit(on_sqlite: Runner, sqlite_url: str) -> None:
    async def story() -> list[bytes]:
        await on_sqlite.write(NOBODY, write, b"a")
        with opened(sqlite_url) as other:
            return keys(other)

    assert asyncio.run(story()) == [b"a"]


def test_a_commit_that_fails_is_told_to_everybody_and_tried_only_once(
    on_sqlite: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def failing(jobs: list[Callable[[Db], Any]]) -> list[Any]:
        tried.append(len(jobs))
        raise Busy("database or disk is full")

    monkeypatch.setattr(on_sqlite.database, "open_group", failing)
    answers = together(*(on_sqlite.write(NOBODY, write, bytes([number])) for number in range(3)))
    assert [type(answer) for answer in answers] == [Busy, Busy, Busy]
    assert tried == [3]


def test_a_commit_that_fails_on_disk_is_told_and_the_next_one_works(
    on_sqlite: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> list[Any]:
        with monkeypatch.context() as broken:
            broken.setattr(storage_groups, "commit", _broken)
            writes = [on_sqlite.write(NOBODY, write, name) for name in (b"a", b"b")]
            first = await asyncio.gather(*writes, return_exceptions=True)
        return [*first, await on_sqlite.write(NOBODY, write, b"c")]

    answers = asyncio.run(story())
    assert [type(answer) for answer in answers] == [Busy, Busy, bytes]
    assert keys(on_sqlite.database) == [b"c"]


def _broken(_connection: object) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    raise error


def test_a_disk_that_takes_its_time_blocks_no_reader_and_gathers_one_larger_group(
    on_sqlite: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    opening, commit = on_sqlite.database.open_group, on_sqlite.database.commit_group

    def counted(jobs: list[Callable[[Db], Any]]) -> list[Any]:
        sizes.append(len(jobs))
        return opening(jobs)

    all_have_read = threading.Event()

    def slowly() -> None:
        all_have_read.wait(PATIENCE_S)
        commit()

    async def story() -> None:
        monkeypatch.setattr(on_sqlite.database, "open_group", counted)
        monkeypatch.setattr(on_sqlite.database, "commit_group", slowly)
        writes = [asyncio.ensure_future(on_sqlite.write(NOBODY, write, b"first"))]
        for number in range(10):
            await asyncio.sleep(0.005)
            await on_sqlite.read(NOBODY, look)
            writes.append(asyncio.ensure_future(on_sqlite.write(NOBODY, write, bytes([number]))))
        assert not any(one.done() for one in writes)
        all_have_read.set()
        await asyncio.gather(*writes)

    asyncio.run(story())
    assert sizes == [1, 10]


def test_t153_a_lock_of_another_process_blocks_no_reader(on_sqlite: Runner, sqlite_url: str) -> None:
    async def story() -> bytes:
        with opened(sqlite_url) as other, other.transaction():  # it ends when all have read
            writing = asyncio.ensure_future(on_sqlite.write(NOBODY, write, b"a"))
            for _ in range(30):
                await on_sqlite.read(NOBODY, look)
                await asyncio.sleep(0.005)
            assert not writing.done()
        return await writing

    assert asyncio.run(story()) == b"a"


def test_t153_whoever_waits_too_long_is_told_busy_and_nothing_is_written(
    on_sqlite: Runner, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "LOCK_PATIENCE_S", 1.0)

    async def story() -> list[Any]:
        with opened(sqlite_url) as other, other.transaction():
            early = asyncio.ensure_future(on_sqlite.write(NOBODY, write, b"early"))
            await asyncio.sleep(0.8)
            late = asyncio.ensure_future(on_sqlite.write(NOBODY, write, b"late"))
            with pytest.raises(Busy):
                await early
        return [await late]

    assert asyncio.run(story()) == [b"late"]
    assert keys(on_sqlite.database) == [b"late"]


def test_clicks_and_groups_of_one_process_get_out_of_each_others_way(on_sqlite: Runner) -> None:
    async def story() -> None:
        clicks = [on_sqlite.transact(NOBODY, write, f"c{number}".encode()) for number in range(40)]
        writes = [on_sqlite.write(NOBODY, write, f"w{number}".encode()) for number in range(200)]
        await asyncio.gather(*clicks, *writes)

    asyncio.run(story())
    assert len(keys(on_sqlite.database)) == 240


def test_clicks_are_not_starved_by_an_endless_stream_of_writers(on_sqlite: Runner) -> None:
    async def story() -> None:
        done = asyncio.Event()

        async def stream(name: str) -> None:
            number = 0
            while not done.is_set():
                await on_sqlite.write(NOBODY, write, f"{name}{number}".encode())
                number += 1

        streams = [asyncio.ensure_future(stream(f"w{number}.")) for number in range(16)]
        async with asyncio.timeout(PATIENCE_S):  # without turns a click waits until the stream ends, and it never does
            for number in range(20):
                await on_sqlite.transact(NOBODY, write, f"c{number}".encode())
        done.set()
        await asyncio.gather(*streams)

    asyncio.run(story())


def test_whoever_goes_away_stops_nobody_else(on_sqlite: Runner) -> None:
    async def story() -> bytes:
        gone = asyncio.ensure_future(on_sqlite.write(NOBODY, write, b"a"))
        stays = asyncio.ensure_future(on_sqlite.write(NOBODY, write, b"b"))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(story()) == b"b"


def test_t152_slow_work_is_bounded_and_beside_the_loop(on_sqlite: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SLOW_QUEUE", 4)

    async def story() -> list[Any]:
        goes_on = threading.Event()
        works = [on_sqlite.slow(lambda: goes_on.wait(PATIENCE_S)) for _ in range(6)]
        gathered = asyncio.gather(*works, return_exceptions=True)
        await asyncio.sleep(0)
        goes_on.set()  # the loop gets here while they work
        return await gathered

    answers = asyncio.run(story())
    assert [type(answer) for answer in answers] == [bool] * 4 + [TooManyAttempts] * 2


def test_t165_two_runners_on_one_file_lose_nothing(sqlite_url: str, tmp_path: Path) -> None:
    def work(prefix: str) -> None:
        made = Runner(load({}, folder=tmp_path), Database(sqlite_url))

        async def story() -> None:
            for turn in range(20):
                await asyncio.gather(*(made.write(NOBODY, write, f"{prefix}{turn}.{n}".encode()) for n in range(10)))

        asyncio.run(story())
        made.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, "ab"))
    with opened(sqlite_url) as database:
        assert len(keys(database)) == 400
