"""A worker that is told to leave answers what it has begun, ends its app, and goes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from oauth2system.cli import supervisor
from oauth2system.web.http import graceful_shutdown
from oauth2system.web.http.graceful_shutdown import Farewell
from tests.support.patience import PATIENCE_S

Message = dict[str, Any]


class Worker:
    """An app, and a server that waits for its connections for ever unless told otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, grace_s: float = 5) -> None:
        monkeypatch.setattr(graceful_shutdown, "SETTLE_S", 0.01)
        monkeypatch.setattr(graceful_shutdown, "BREATH_S", 0.05)
        monkeypatch.setattr(graceful_shutdown, "END_S", 0.3)
        self.happened: list[str] = []
        self.up, self.gone = asyncio.Event(), asyncio.Event()
        self.from_server: asyncio.Queue[Message] = asyncio.Queue()
        self.release = asyncio.Event()
        self.ends_slowly = False
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self.happened.append, "server told")
        self.limits: list[float] = []
        self.app = Farewell(self._app, grace_s=grace_s, leave=self._leave, end_within=self.limits.append)
        self.living = asyncio.ensure_future(self.app({"type": "lifespan"}, self.from_server.get, self._heard))
        self.from_server.put_nowait({"type": "lifespan.startup"})

    async def _app(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            assert (await receive())["type"] == "lifespan.shutdown"
            if self.ends_slowly:
                await asyncio.sleep(10)
            self.happened.append("app ended")
            await send({"type": "lifespan.shutdown.complete"})
            return
        await self.release.wait()
        self.happened.append("answered")

    async def _heard(self, message: Message) -> None:
        self.happened.append(message["type"])
        self.up.set()

    def _leave(self, code: int) -> None:
        self.happened.append(f"left {code}")
        self.gone.set()

    def request(self, kind: str = "http") -> "asyncio.Task[None]":
        return asyncio.create_task(self.app({"type": kind}, self.from_server.get, self._heard))

    async def started(self) -> None:
        await asyncio.wait_for(self.up.wait(), PATIENCE_S)
        self.happened.clear()

    def tell(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    async def close(self) -> None:
        self.living.cancel()
        for told in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(told)
        await asyncio.sleep(0)


def run(monkeypatch: pytest.MonkeyPatch, story: Callable[[Worker], Awaitable[None]], **more: Any) -> list[str]:
    async def whole() -> list[str]:
        worker = Worker(monkeypatch, **more)
        await worker.started()
        await asyncio.wait_for(story(worker), PATIENCE_S)
        await worker.close()
        return worker.happened

    return asyncio.run(whole())


def test_an_idle_worker_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(worker: Worker) -> None:
        worker.tell()
        await worker.gone.wait()

    assert run(monkeypatch, story) == ["server told", "app ended", "lifespan.shutdown.complete", "left 0"]


def test_a_worker_that_hangs_on_its_way_out_is_ended_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []

    async def story(worker: Worker) -> None:
        worker.tell()
        await worker.gone.wait()
        limits.extend(worker.limits)

    run(monkeypatch, story)
    first, after_the_last_answer = limits
    assert after_the_last_answer < first < supervisor.KILL_S
    hangs = "from oauth2system.web.http.graceful_shutdown import end_within; import ctypes; end_within(0.2)"
    holding = "ctypes.PyDLL(None).sleep(60)"  # with the interpreter, as granian does
    ended = subprocess.run([sys.executable, "-c", f"{hangs}; {holding}"], timeout=30, check=False)
    assert ended.returncode == -signal.SIGALRM


def test_requests_in_flight_are_answered_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(worker: Worker) -> None:
        worker.request()
        await asyncio.sleep(0)
        worker.tell()
        await asyncio.sleep(0.2)
        assert worker.happened == ["server told"]
        worker.release.set()
        await worker.gone.wait()

    assert run(monkeypatch, story)[:3] == ["server told", "answered", "app ended"]


def test_a_request_that_never_ends_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(worker: Worker) -> None:
        stuck = worker.request()
        await asyncio.sleep(0)
        worker.tell()
        await worker.gone.wait()
        stuck.cancel()

    assert run(monkeypatch, story, grace_s=0.2)[-1] == "left 0"


def test_an_open_page_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(worker: Worker) -> None:
        socket = worker.request("websocket")
        await asyncio.sleep(0)
        worker.tell()
        await worker.gone.wait()
        socket.cancel()

    assert run(monkeypatch, story)[-1] == "left 0"


def test_an_app_that_does_not_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(worker: Worker) -> None:
        worker.ends_slowly = True
        worker.tell()
        await worker.gone.wait()

    assert run(monkeypatch, story) == ["server told", "left 0"]


def test_a_server_that_ends_by_itself_ends_the_app_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(worker: Worker) -> None:
        worker.from_server.put_nowait({"type": "lifespan.shutdown"})
        await worker.living
        worker.tell()
        await worker.gone.wait()

    assert run(monkeypatch, story).count("app ended") == 1


def test_being_told_twice_is_being_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(worker: Worker) -> None:
        worker.tell()
        await asyncio.sleep(0)
        worker.tell()
        await worker.gone.wait()
        await asyncio.sleep(0.1)

    assert run(monkeypatch, story).count("left 0") == 1
