"""Reads of one turn share a view of the database, and yet no request misses what was confirmed before it came."""

import asyncio
import socket
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import pytest
import uvloop

from oauth2system.errors import Busy
from oauth2system.runtime.pipelines.looks import Looks
from oauth2system.storage.database.transactions import Database, Db, location
from tests.storage.database.rows import opened, put_plainly

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class Scene:
    """A database, its reads, and another process that writes."""

    def __init__(self, database: Database) -> None:
        self.database, self.looks = database, Looks(database)
        self._other = sqlite3.connect(location(database.url) or "", isolation_level=None, check_same_thread=False)

    def count(self) -> int:
        """Count the rows, in the way of a service that reads."""
        return self.looks.run(count)

    def write(self, key: bytes) -> None:
        """Write and commit at once, as another process does."""
        self._other.execute("INSERT INTO throttles (key, full_at) VALUES (?, 1)", (key,))

    async def share(self) -> None:
        """Make this turn one whose reads share a view: the turn before had several."""
        await asyncio.sleep(0)
        self.count()
        self.count()
        await asyncio.sleep(0)

    def close(self) -> None:
        self._other.close()


def count(db: Db) -> int:
    return db.all("SELECT COUNT(*) FROM throttles")[0][0]


@pytest.fixture
def scene(sqlite_url: str) -> Generator[Scene]:
    with opened(sqlite_url) as database:
        made = Scene(database)
        yield made
        made.close()


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, None]], None]:
    def run_to_the_end(story: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(story)

    return run_to_the_end


Run = Callable[[Coroutine[Any, Any, None]], None]


def test_reads_of_a_turn_share_a_view_and_the_next_turn_sees_what_was_written(run: Run, scene: Scene) -> None:
    async def story() -> None:
        await scene.share()
        assert scene.count() == 0
        scene.write(b"meanwhile")
        assert scene.count() == 0, "this turn has one view"
        await asyncio.sleep(0)
        assert scene.count() == 1

    run(story())


def test_a_request_that_came_after_a_confirmed_revocation_sees_it(run: Run, scene: Scene) -> None:
    """The request is on its way into this process while a view is open from before the revocation."""

    async def story() -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        class Door(asyncio.Protocol):
            def data_received(self, data: bytes) -> None:
                del data
                self.task = asyncio.get_running_loop().create_task(self.answer())

            async def answer(self) -> None:
                found.set_result(scene.count())

        transport, _ = await asyncio.get_running_loop().create_connection(Door, sock=ours)
        await scene.share()
        assert scene.count() == 0
        scene.write(b"revoked")
        theirs.send(b"request")
        assert await found == 1
        transport.close()
        theirs.close()

    run(story())


def test_what_this_thread_writes_is_read_in_the_same_turn(run: Run, scene: Scene) -> None:
    async def story() -> None:
        await scene.share()
        assert scene.count() == 0
        with scene.database.transaction() as db:
            put_plainly(db, b"one")
        assert scene.count() == 1
        await scene.share()
        assert scene.count() == 1
        scene.database.group([lambda db: put_plainly(db, b"two")])
        assert scene.count() == 2

    run(story())


def test_a_view_that_ended_by_itself_is_no_view_for_ever(run: Run, scene: Scene) -> None:
    async def story() -> None:
        await scene.share()
        assert scene.looks.run(lambda db: db.run("ROLLBACK")) == -1  # as SQLite does on a fault of the disk
        for key in (b"one", b"two"):
            await scene.share()
            before = scene.count()
            scene.write(key)
            await asyncio.sleep(0)
            assert scene.count() == before + 1

    run(story())


def test_nothing_can_be_written_in_a_view(run: Run, scene: Scene) -> None:
    async def story() -> None:
        await scene.share()
        for look in (scene.looks.run, scene.database.look_apart):
            with pytest.raises(Busy, match="readonly"):
                look(lambda db: put_plainly(db, b"no"))
        await asyncio.sleep(0)
        assert scene.count() == 0

    run(story())


def test_another_thread_does_not_see_through_the_view_of_this_one(run: Run, scene: Scene) -> None:
    async def look() -> int:
        return scene.count()

    async def story() -> None:
        await scene.share()
        assert scene.count() == 0
        scene.write(b"meanwhile")
        seen: list[int] = []
        other = threading.Thread(target=lambda: seen.append(asyncio.run(look())))
        other.start()
        other.join(20)
        assert seen == [1]
        assert scene.count() == 0, "nor did it end that view"

    run(story())


def test_a_turn_that_never_ended_is_over_with_its_loop(scene: Scene) -> None:
    loop = asyncio.new_event_loop()

    async def share_and_stop() -> None:
        await scene.share()
        scene.count()
        loop.stop()
        await asyncio.sleep(0)

    task = loop.create_task(share_and_stop())
    loop.run_forever()
    assert not task.done() or task.exception() is None
    task.cancel()
    loop.close()
    scene.write(b"meanwhile")

    async def look() -> int:
        return scene.count()

    assert asyncio.run(look()) == 1
