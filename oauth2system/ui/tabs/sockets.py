"""The event socket of one tab: Engine.IO over a WebSocket, as much of its fourth version as Reflex's script uses.

The package keeps a queue, three tasks and four deadlines for each socket, and starts a task for each packet. Here a
socket has the task that it came with, and all share one timer for pings. How large, how fast and how silent a socket
may be is limited in web/http/socket_traffic.py.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
# Sends a text; False when the browser does not take it now.
SendText = Callable[[str], bool]

_OPEN, _CLOSE, _PING, _PONG, _MESSAGE = "01234"
# What Reflex reads of a handshake, apart from the scope itself.
_HEADERS = {b"cookie": "HTTP_COOKIE", b"sec-websocket-protocol": "HTTP_SEC_WEBSOCKET_PROTOCOL"}


class Pings:
    """Sends each socket a ping, so many seconds after its last pong."""

    def __init__(self, every_s: float) -> None:
        """Begin without any socket."""
        self._every_s = every_s
        self._due: deque[tuple[float, TabSocket]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, socket: "TabSocket") -> None:
        """Send this socket one ping, when it is time."""
        loop = asyncio.get_running_loop()
        self._due.append((loop.time() + self._every_s, socket))
        if self._timer is None:
            self._timer = loop.call_later(self._every_s, self._send_due, loop)

    def _send_due(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._due and self._due[0][0] <= loop.time():
            self._due.popleft()[1].ping()
        self._timer = loop.call_at(self._due[0][0], self._send_due, loop) if self._due else None


class TabSocket:
    """One socket, with the methods that Socket.IO calls at a socket of Engine.IO."""

    __slots__ = ("_engine", "_is_pinged", "_leaving", "_pings", "_send", "_send_now", "_writer", "closed", "sid")

    def __init__(self, engine: Any, pings: Pings, send: Send, send_now: SendText | None) -> None:
        """Give it an id; `engine` is Engine.IO's server."""
        self.sid: str = engine.generate_id()
        self.closed = False
        self._engine = engine
        self._pings = pings
        self._send = send
        self._send_now = send_now
        self._is_pinged = False
        # What the browser has not taken yet, and the task that waits for it; None while it takes everything at once.
        self._leaving: deque[str] | None = None
        self._writer: asyncio.Task[None] | None = None

    async def serve(self, environ: dict[str, Any], receive: Receive) -> None:
        """Open the socket, pass on its messages, and end with it."""
        engine = self._engine
        engine.sockets[self.sid] = self
        try:
            hello = {
                "sid": self.sid, "upgrades": [], "pingTimeout": int(engine.ping_timeout * 1000),
                "pingInterval": int(engine.ping_interval * 1000), "maxPayload": engine.max_http_buffer_size,
            }  # fmt: skip
            self.send_text(_OPEN + json.dumps(hello))
            await engine.handlers["connect"](self.sid, environ)
            self._pings.add(self)
            await self._listen(engine.handlers["message"], receive)
        finally:
            await self._end(engine.reason.TRANSPORT_CLOSE)

    async def _listen(self, take: Callable[[str, str], Awaitable[None]], receive: Receive) -> None:
        while not self.closed:
            message = await receive()
            text = message.get("text") if message["type"] == "websocket.receive" else None
            if not text or text[0] == _CLOSE:
                return
            if text[0] == _MESSAGE:
                await take(self.sid, text[1:])
            elif text[0] == _PONG and self._is_pinged:
                self._is_pinged = False
                self._pings.add(self)

    def ping(self) -> None:
        """Ask the browser whether it is there."""
        if not self.closed:
            self._is_pinged = True
            self.send_text(_PING)

    async def send(self, packet: Any) -> None:
        """Send a packet of Engine.IO."""
        self.send_text(packet.encode())

    def send_text(self, text: str) -> None:
        """Send a text now; or after all others that the browser does not take now, without waiting for it."""
        if self.closed or (self._writer is None and self._send_now is not None and self._send_now(text)):
            return
        if self._leaving is None:
            self._leaving = deque()
        self._leaving.append(text)
        if self._writer is None:
            self._writer = asyncio.ensure_future(self._write(self._leaving))

    async def _write(self, leaving: deque[str]) -> None:
        """Send what waits, in its order; a browser that does not take it in time loses the socket."""
        try:
            while leaving:
                await self._send({"type": "websocket.send", "text": leaving[0]})
                leaving.popleft()
        except Exception:  # noqa: BLE001  (whatever it is, the socket takes nothing more)
            leaving.clear()
            await self.close()
        finally:
            self._writer = None

    async def close(self, *_how: Any, reason: str = "", **_more: Any) -> None:
        """End the socket from our side."""
        await self._end(reason or self._engine.reason.SERVER_DISCONNECT)
        with suppress(Exception):
            await self._send({"type": "websocket.close"})

    async def _end(self, reason: str) -> None:
        """Have Socket.IO forget it, once."""
        if self.closed:
            return
        self.closed = True
        if self._writer is not None and self._writer is not asyncio.current_task():
            self._writer.cancel()
        self._engine.sockets.pop(self.sid, None)
        await self._engine.handlers["disconnect"](self.sid, reason)


async def serve(socket: TabSocket, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Accept a socket and serve it until it ends.

    The first subprotocol that a browser offers is named, or it would hang up. It is the version of Reflex's script.
    """
    if (await receive())["type"] != "websocket.connect":
        return
    offered = scope.get("subprotocols")
    accept = {"type": "websocket.accept"}
    await send({**accept, "subprotocol": offered[0]} if offered else accept)
    await socket.serve(_describe(scope), receive)


def _describe(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Reflex reads of a handshake."""
    environ: dict[str, Any] = {"QUERY_STRING": scope["query_string"].decode("latin-1"), "asgi.scope": scope}
    for name, value in scope["headers"]:
        if name in _HEADERS:
            environ[_HEADERS[name]] = value.decode("latin-1")
    return environ
