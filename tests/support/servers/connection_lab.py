"""The HTTP server of the product with a small app, in a thread, and clients that talk bytes to it."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvloop

from oauth2system.web.connections.connection import WebConnection
from oauth2system.web.connections.open_connections import OpenConnections
from oauth2system.web.connections.server import WebServer, configure
from oauth2system.web.connections.sockets import bind
from oauth2system.web.connections.whole_answers import SEND_WHOLE
from tests.support.servers.processes import wait_until

READY: tuple[int, list[tuple[bytes, bytes]], bytes] = (200, [(b"content-length", b"5")], b"ready")
Messages = tuple[dict[str, Any], dict[str, Any]]
_DATE = re.compile(rb"date: [^\r]*")


def messages(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> Messages:
    """Return an answer as ASGI sends it."""
    return {"type": "http.response.start", "status": status, "headers": headers}, {
        "type": "http.response.body",
        "body": body,
    }


@dataclass
class SmallApp:
    """An ASGI app: /whole and /messages answer with `answer`, in the two ways that there are."""

    answer: tuple[int, list[tuple[bytes, bytes]], bytes] = (200, [(b"content-length", b"2")], b"ok")
    scopes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    release: asyncio.Event = field(default_factory=asyncio.Event)
    proxy: str = ""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer by the path."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        self.scopes.append(scope)
        path = scope["path"]
        if path == "/slow":
            await self.release.wait()
        if path == "/body":
            body = await _body(receive)
            await self._whole(scope, (200, [(b"content-length", str(len(body)).encode())], body))
        elif path == "/pieces":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for piece in (b"one", b"two"):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        elif path == "/ready":  # it was not asked for first
            await self._whole(scope, READY)
        elif path == "/messages":
            for message in messages(*self.answer):
                await send(message)
        else:
            await self._whole(scope, self.answer)

    async def _whole(self, scope: dict[str, Any], answer: tuple[int, list[tuple[bytes, bytes]], bytes]) -> None:
        assert scope[SEND_WHOLE](*answer)

    def find_ready(self, scope: dict[str, Any]) -> Messages | None:
        """Return a ready answer for /ready only."""
        return messages(*READY) if scope["path"] == "/ready" else None

    def is_proxy(self, address: str) -> bool:
        """Return whether that is the address of the proxy."""
        return address == self.proxy


async def _live(receive: Any, send: Any) -> None:
    for _ in range(2):
        message = await receive()
        await send({"type": f"{message['type']}.complete"})


async def _body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


@dataclass
class ConnectionLab:
    """A server that runs in a thread."""

    app: SmallApp
    port: int
    server: WebServer
    loop: asyncio.AbstractEventLoop
    ends: list[float]

    def line(self, *sent: bytes) -> socket.socket:
        """Connect, and send something."""
        line = socket.create_connection(("127.0.0.1", self.port), 10)
        for piece in sent:
            line.sendall(piece)
        return line

    def talk(self, *sent: bytes) -> bytes:
        """Send bytes, and return all that comes until the server ends the connection; dates are left out."""
        with self.line(*sent) as line:
            return read_all(line)

    def in_loop(self, work: Callable[[], Any]) -> Any:
        """Run a function in the thread of the server, and return its result."""

        async def run() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def connections(self) -> list[WebConnection]:
        """Return the connections that are open."""
        return self.in_loop(lambda: list(self.server.server_state.connections))

    def stop(self) -> None:
        """Ask the server to stop, as a signal does."""
        self.loop.call_soon_threadsafe(setattr, self.server, "should_exit", True)


def read_all(line: socket.socket) -> bytes:
    """Return what comes until the other side ends the connection; dates are left out."""
    found = b""
    while piece := line.recv(65536):
        found += piece
    return _DATE.sub(b"date: -", found)


@contextmanager
def connection_lab(most: int | None = None) -> Generator[ConnectionLab]:
    """Run the server; `most` is how many connections it takes."""
    made: list[ConnectionLab] = []

    async def serve() -> None:
        app, ends = SmallApp(), list[float]()
        server = WebServer(configure(lambda: app, loop="uvloop"), end_within=ends.append)
        if most is not None:
            server.server_state = OpenConnections(most)
        place = bind("127.0.0.1", 0)
        made.append(ConnectionLab(app, place.getsockname()[1], server, asyncio.get_running_loop(), ends))
        await server.serve([place])

    thread = threading.Thread(target=lambda: uvloop.run(serve()), daemon=True)
    thread.start()
    assert wait_until(lambda: bool(made) and made[0].server.started, seconds=20)
    lab = made[0]
    try:
        yield lab
    finally:
        if thread.is_alive():
            lab.loop.call_soon_threadsafe(lab.app.release.set)
            lab.stop()
            thread.join(20)
        assert not thread.is_alive()
