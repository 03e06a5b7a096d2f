"""Tabs without a browser: event sockets that open a page, send events and wait for what they change."""

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.servers import Server

ROOT = "reflex___state____state"
# The state of the page **Connections**.
_PAGE = "oauth2system___ui___pages___account___connections_state____connections_state"
CONNECTIONS = f"{ROOT}.oauth2system___ui___state____visitor.{_PAGE}"
CHANGES = "asks_about"  # the variable that the measured event changes, in the product and in the bare app
AT_ONCE = 32
_PATIENCE_S = 60


class Tab:
    """One open page."""

    def __init__(self, line: ClientConnection) -> None:
        """Listen to a socket that is open."""
        self._line = line
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []
        # An event that the server asks this page to send, and from where.
        self._asked_for: tuple[str, str] = ("", "")
        self._listening = asyncio.ensure_future(self._listen())

    async def ask(self, name: str, payload: dict[str, str], answer: str, path: str) -> None:
        """Send an event, and wait until an update names what it changes."""
        awaited = self.expect(answer)
        await self._send(name, payload, path)
        await asyncio.wait_for(awaited, _PATIENCE_S)

    def expect(self, answer: str) -> asyncio.Future[None]:
        """Return what is done when an update names this, after all that were expected before."""
        awaited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((answer, awaited))
        return awaited

    def follow(self, name: str, path: str) -> None:
        """Send this event whenever the server asks for it, as a page does."""
        self._asked_for = (name, path)

    async def _send(self, name: str, payload: dict[str, str], path: str) -> None:
        address: dict[str, object] = {"pathname": path, "asPath": path, "query": {}}
        data = {"name": name, "payload": payload, "router_data": address}
        await self._line.send(f"42/_event,{json.dumps(['event', data])}")

    async def close(self) -> None:
        """Hang up."""
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening
        await self._line.close()

    async def _listen(self) -> None:
        async for packet in self._line:
            text = str(packet)
            if text == "2":
                await self._line.send("3")
            name, path = self._asked_for
            if name and f'"name":"{name}"' in text:
                await self._send(name, {}, path)
            # A tab's events are answered one after another.
            if self._waiting and self._waiting[0][0] in text:
                self._waiting.pop(0)[1].set_result(None)


async def open_socket(server: Server, cookie: str = "", token: str = "") -> ClientConnection:
    """Open an event socket, and nothing on it."""
    address = f"{server.url.replace('http', 'ws', 1)}/_event/?token={token or uuid4()}&EIO=4&transport=websocket"
    headers = {"Cookie": cookie} if cookie else {}
    return await connect(
        address,
        origin=Origin(server.url),
        additional_headers=headers,
        compression=None,
        ping_interval=None,
    )


async def open_tab(  # noqa: PLR0913  (what a browser brings)
    server: Server, path: str, loads: Sequence[str], cookie: str = "", token: str = "", *, hydrates: bool = True
) -> Tab:
    """Open a page as a browser does: socket, state, and what the page loads; `loads` are events."""
    line = await open_socket(server, cookie, token)
    await line.send("40/_event,")
    tab = Tab(line)
    if hydrates:
        await tab.ask(f"{ROOT}.hydrate", {}, "is_hydrated", path)
    for name in loads:
        await tab.ask(name, {}, "42/_event", path)
    return tab


async def answer_times(
    tabs: Sequence[Tab], event: str, path: str, seconds: float, *, a_second: float = 0
) -> list[float]:
    """Send events for some seconds, each from the next tab; returns how long each took, in seconds.

    As many as the server takes from 32 at once; or so many `a_second`, however long the answers take.
    """
    took: list[float] = []
    turns = itertools.cycle(tabs)
    until = time.perf_counter() + seconds

    async def one(number: int) -> None:
        began = time.perf_counter()
        await next(turns).ask(event, {"client_id": str(number)}, CHANGES, path)
        took.append(time.perf_counter() - began)

    async def without_pause(numbers: "itertools.count[int]") -> None:
        while time.perf_counter() < until:
            await one(next(numbers))

    numbers = itertools.count()
    if not a_second:
        await asyncio.gather(*(without_pause(numbers) for _ in range(min(AT_ONCE, len(tabs)))))
        return took
    sent: list[asyncio.Task[None]] = []
    while time.perf_counter() < until:
        sent.append(asyncio.ensure_future(one(next(numbers))))
        await asyncio.sleep(1 / a_second)
    await asyncio.gather(*sent)
    return took
