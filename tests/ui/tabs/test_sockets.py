"""The socket of a tab: the order of what is sent, pings, how it ends, and that it says what Socket.IO would."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from engineio import AsyncServer  # pyright: ignore[reportMissingTypeStubs]  (it has none)
from hypothesis import example, given
from hypothesis import strategies as st
from reflex.state import StateUpdate
from reflex_base.event import Event
from reflex_base.utils import format as reflex_format
from socketio.packet import EVENT, Packet  # pyright: ignore[reportMissingTypeStubs]  (it has none)

from oauth2system.ui.namespace import write_event
from oauth2system.ui.tabs.sockets import Pings, TabSocket

Story = Callable[["Browser"], Awaitable[None]]
END = {"type": "websocket.disconnect"}


class Browser:
    """The other end of a socket; it takes texts at once, or only while `takes` is set."""

    def __init__(self, *, every_s: float = 60) -> None:
        self.engine: Any = AsyncServer(async_mode="asgi")
        self.got: list[str] = []
        self.heard: list[str] = []
        self.ends: list[str] = []
        self.is_quick = True
        self.is_broken = False
        self.takes = asyncio.Event()
        self.says: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.engine.on("connect", self._connect)
        self.engine.on("message", self._message)
        self.engine.on("disconnect", self._disconnect)
        self.socket = TabSocket(self.engine, Pings(every_s), self._send, self._send_now)

    async def _connect(self, _sid: str, _environ: dict[str, Any]) -> None: ...

    async def _message(self, _sid: str, text: str) -> None:
        if text == "2bad":
            raise ValueError(text)
        self.heard.append(text)

    async def _disconnect(self, _sid: str, reason: str) -> None:
        self.ends.append(reason)

    async def _send(self, message: dict[str, Any]) -> None:
        await self.takes.wait()
        if self.is_broken:
            raise TimeoutError
        self.got.append(message.get("text", message["type"]))

    def _send_now(self, text: str) -> bool:
        if self.is_quick:
            self.got.append(text)
        return self.is_quick

    def say(self, text: str) -> None:
        self.says.put_nowait({"type": "websocket.receive", "text": text})


def play(story: Story, *, every_s: float = 60) -> Browser:
    """Serve a socket while the story goes on, and end it."""

    async def both() -> Browser:
        browser = Browser(every_s=every_s)
        serving = asyncio.ensure_future(browser.socket.serve({}, browser.says.get))
        await asyncio.sleep(0)
        await story(browser)
        browser.says.put_nowait(END)
        await serving
        return browser

    return asyncio.run(both())


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@given(st.lists(st.sampled_from(["send", "slow", "quick", "take", "hold", "turn"]), min_size=8, max_size=40))
@example(["slow", "send", "quick", "send"])
def test_texts_arrive_in_their_order_however_slowly_a_browser_takes_them(steps: list[str]) -> None:
    sent: list[str] = []

    async def story(browser: Browser) -> None:
        for step in steps:
            if step == "send":
                sent.append(f"4{len(sent)}")
                browser.socket.send_text(sent[-1])
            elif step in {"slow", "quick"}:
                browser.is_quick = step == "quick"
            elif step == "turn":
                await turns(2)
            elif step == "take":
                browser.takes.set()
            else:
                browser.takes.clear()
        browser.takes.set()
        await turns(len(sent) + 5)
        assert browser.got[1:] == sent

    sent.clear()
    play(story)


def test_t145_a_browser_that_does_not_take_what_is_sent_loses_its_socket_and_nobody_waits_for_it() -> None:
    async def story(browser: Browser) -> None:
        browser.is_quick = False
        for number in range(100):
            browser.socket.send_text(f"4{number}")
        await turns()
        assert browser.got[1:] == []
        browser.is_broken = True  # what the limit on a browser that reads nothing does
        browser.takes.set()
        await turns()
        assert browser.socket.closed
        assert not browser.engine.sockets

    assert len(play(story).ends) == 1


def test_a_ping_follows_so_long_after_each_pong_and_pongs_that_nobody_asked_for_bring_none() -> None:
    async def story(browser: Browser) -> None:
        for _ in range(200):
            browser.say("3")
        await asyncio.sleep(0.07)
        assert browser.got[1:] == ["2"]
        browser.say("3")
        browser.say("3")
        await asyncio.sleep(0.07)
        assert browser.got[1:] == ["2", "2"]

    play(story, every_s=0.05)


def test_messages_are_passed_on_in_their_order_and_the_socket_ends_once() -> None:
    async def story(browser: Browser) -> None:
        for number in range(5):
            browser.say(f"4{number}")
        await turns(20)
        browser.takes.set()
        await browser.socket.close()
        await browser.socket.close()

    browser = play(story)
    assert browser.heard == ["0", "1", "2", "3", "4"]
    assert len(browser.ends) == 1


@pytest.mark.parametrize("last", ["1", "", "42bad"])
def test_the_end_a_packet_without_a_kind_and_a_malformed_one_end_the_socket(last: str) -> None:
    async def story() -> Browser:
        browser = Browser()
        browser.say(last)
        if last == "42bad":
            with pytest.raises(ValueError, match="bad"):
                await browser.socket.serve({}, browser.says.get)
        else:
            await browser.socket.serve({}, browser.says.get)
        return browser

    browser = asyncio.run(story())
    assert len(browser.ends) == 1
    assert not browser.engine.sockets
    browser.socket.ping()
    browser.socket.send_text("4more")
    assert len(browser.got) == 1


def test_an_update_is_what_socket_io_would_send() -> None:
    packet: Any = Packet(EVENT, data=["event", update()], namespace="/_event")
    packet.json = SimpleNamespace(dumps=vars(reflex_format)["json_dumps"])
    assert write_event("/_event", update()) == f"4{packet.encode()}"


def update() -> StateUpdate:
    return StateUpdate(delta={"state.x": {"a": "é\u2028<", "b": [1, None, {"c": 2.5}]}}, events=[Event(name="a.b")])
