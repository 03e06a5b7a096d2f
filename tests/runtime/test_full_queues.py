"""More callers than anybody can serve are refused at once, and those before them are served (T153)."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Busy
from oauth2system.policy import quotas
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from tests.storage.database.rows import put_plainly
from tests.support.in_process.door import runner_on
from tests.support.patience import PATIENCE_S


def test_t153_who_would_wait_for_a_thread_for_too_long_is_refused(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "WAITING_FOR_A_THREAD", 3)
    held = threading.Event()

    def hold(_ctx: Context) -> str:
        held.wait(PATIENCE_S)
        return "done"

    def look(_ctx: Context) -> str:
        return "done"

    async def story() -> list[Any]:
        with runner_on(database_url, tmp_path) as runner:
            asked = [asyncio.ensure_future(runner.transact(NOBODY, hold)) for _ in range(5)]
            await asyncio.sleep(0.05)
            held.set()
            answers = await asyncio.gather(*asked, return_exceptions=True)
            return [*answers, await runner.transact(NOBODY, look)]

    answers = asyncio.run(story())
    assert answers[:3] == ["done"] * 3
    assert [type(answer) for answer in answers[3:5]] == [Busy, Busy]
    assert answers[5] == "done"


def test_t153_who_would_wait_to_write_for_too_long_is_refused(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "WAITING_TO_WRITE", 3)

    def write(ctx: Context, number: int) -> int:
        put_plainly(ctx.db, bytes([number]))
        return number

    async def story() -> list[Any]:
        with runner_on(sqlite_url, tmp_path) as runner:
            asked = [runner.write(NOBODY, write, number) for number in range(5)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            return [*answers, await runner.write(NOBODY, write, 5)]

    answers = asyncio.run(story())
    assert answers[:3] == [0, 1, 2]
    assert [type(answer) for answer in answers[3:5]] == [Busy, Busy]
    assert answers[5] == 5


def test_a_writer_of_a_second_event_loop_is_refused_at_once(sqlite_url: str, tmp_path: Path) -> None:
    """Its answer would be given by the first loop, and its own would sleep on: no timeout says why."""

    def look(_ctx: Context) -> str:
        return "done"

    def from_another_loop(runner: Runner) -> str:
        return asyncio.run(runner.write(NOBODY, look))

    async def story() -> tuple[str, BaseException | None]:
        with runner_on(sqlite_url, tmp_path) as runner, ThreadPoolExecutor(1) as threads:
            first = asyncio.ensure_future(runner.write(NOBODY, look))
            await asyncio.sleep(0)
            refused = threads.submit(from_another_loop, runner).exception(PATIENCE_S)
            return await first, refused

    done, refused = asyncio.run(story())
    assert (done, type(refused)) == ("done", RuntimeError)
