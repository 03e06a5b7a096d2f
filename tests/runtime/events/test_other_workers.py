"""Workers of one server hear of each other's changes through Redis, and again after it was away."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from oauth2system.runtime import app_log
from oauth2system.runtime.events import other_workers
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.events.changes import Changes
from tests.support.in_process.story import Story
from tests.support.patience import PATIENCE_S

Body = Callable[[], Awaitable[None]]


@pytest.fixture
def two(migrated_sqlite: Path, tmp_path: Path, redis_url: str) -> Generator[tuple[Story, Story]]:
    """Two workers of one server: one database, one Redis."""
    database = shutil.copy(migrated_sqlite, tmp_path / "oauth2system.db")

    def start(name: str) -> Story:
        folder = tmp_path / name
        folder.mkdir()
        return Story(f"sqlite:///{database}", folder, SECRET_KEY="f" * 64, REDIS_URL=redis_url)

    first, second = start("first"), start("second")
    yield first, second
    first.close()
    second.close()


def run_both(two: tuple[Story, Story], body: Body) -> None:
    """Run something while both workers carry changes."""

    async def together() -> None:
        stop = asyncio.Event()
        carriers = [asyncio.ensure_future(other_workers.carry_until(one.runner, stop)) for one in two]
        try:
            await _have_subscribed(two[0].runner.settings.redis_url or "", len(two))
            await body()
        finally:
            stop.set()
            await asyncio.gather(*carriers)

    asyncio.run(together())


async def _have_subscribed(url: str, workers: int) -> None:
    redis: Any = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]  (redis leaves this untyped)
    async with redis, asyncio.timeout(PATIENCE_S):
        have = 0
        while have < workers:
            await asyncio.sleep(0.01)
            have = sum(client["sub"] == "1" for client in await redis.client_list())


async def wait_for(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), PATIENCE_S)
    event.clear()


def test_a_tab_of_another_worker_hears_of_an_event(two: tuple[Story, Story]) -> None:
    first, second = two
    app = first.app(first.member())

    async def body() -> None:
        heard, foreign = asyncio.Event(), asyncio.Event()
        second.runner.server.of(Changes).watch(app.client_id, "tab", heard.set)
        second.runner.server.of(Changes).watch("404", "another", foreign.set)
        first.ask(app_log.note_act, app.client_id, Act.USER_READ)
        await app_log.save(first.runner)
        await wait_for(heard)
        assert not foreign.is_set()

    run_both(two, body)


def test_its_own_message_wakes_a_worker_once(two: tuple[Story, Story]) -> None:
    async def body() -> None:
        heard: list[str] = []
        changes = two[0].runner.server.of(Changes)
        changes.watch("1", "tab", lambda: heard.append("1"))
        changes.announce(["1"])
        await asyncio.sleep(0.3)
        assert heard == ["1"]

    run_both(two, body)


def test_after_redis_was_away_every_tab_looks_again_and_hears_on(two: tuple[Story, Story], redis_url: str) -> None:
    async def body() -> None:
        heard = asyncio.Event()
        two[1].runner.server.of(Changes).watch("1", "tab", heard.set)
        redis: Any = Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]  (redis leaves this untyped)
        async with redis:
            await redis.client_kill_filter(_type="pubsub", skipme=True)
        await wait_for(heard)
        await asyncio.sleep(0.3)
        heard.clear()
        two[0].runner.server.of(Changes).announce(["1"])
        await wait_for(heard)

    run_both(two, body)
