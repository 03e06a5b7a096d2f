"""A transaction that PostgreSQL ends for a deadlock runs again: nothing of it was kept."""

import asyncio
from collections.abc import Generator
from pathlib import Path
from threading import Barrier

import pytest

from oauth2system.errors import Deadlock, Trouble
from oauth2system.runtime import runner
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from tests.runtime.pipelines.stories import direct, running, write

_RAISE = "UPDATE throttles SET full_at = full_at + 1 WHERE key = ?"


@pytest.fixture
def run(postgresql_url: str, tmp_path: Path) -> Generator[Runner]:
    with running(postgresql_url, tmp_path) as made:
        for key in (b"left", b"right"):
            made.now(NOBODY, write, key)
        yield made


class Crossing:
    """Two services that write two rows in opposite orders, and meet in the middle the first time."""

    def __init__(self) -> None:
        self.runs = 0
        self._middle = Barrier(2)

    def write(self, ctx: Context, first: bytes, second: bytes) -> None:
        ctx.db.run(_RAISE, first)
        self.runs += 1
        if self.runs <= 2:
            self._middle.wait(30)
        ctx.db.run(_RAISE, second)


def cross(run: Runner, crossing: Crossing) -> list[BaseException | None]:
    async def both() -> list[BaseException | None]:
        left = run.transact(NOBODY, crossing.write, b"left", b"right")
        right = run.transact(NOBODY, crossing.write, b"right", b"left")
        return list(await asyncio.gather(left, right, return_exceptions=True))

    return asyncio.run(both())


def test_a_service_that_postgresql_ended_for_a_deadlock_runs_again(run: Runner, postgresql_url: str) -> None:
    crossing = Crossing()
    assert cross(run, crossing) == [None, None]
    assert crossing.runs > 2  # a retry may meet the other one once more
    with direct(postgresql_url) as connection:
        assert connection.execute("SELECT full_at FROM throttles").fetchall() == [(3,), (3,)]


def test_a_service_that_meets_deadlocks_again_and_again_is_answered_busy(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "DEADLOCK_RETRIES", 0)
    ended = [one for one in cross(run, Crossing()) if one is not None]
    assert [type(one) for one in ended] == [Deadlock]
    assert [one.trouble for one in ended if isinstance(one, Deadlock)] == [Trouble.LOCK]
