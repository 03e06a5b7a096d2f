"""The event socket without a network: a stand-in for Reflex, handshakes, and what a tab says."""

import asyncio
from typing import Any

from oauth2system.web.edge import Edge
from tests.support.in_process.door import BASE

Messages = list[dict[str, Any]]


class Reflex:
    """Stands in for Reflex: remembers the handshake, accepts, and reads until the line is cut."""

    def __init__(self, *, hold: bool = False) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.heard: Messages = []
        self.hold = hold

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await send({"type": "websocket.accept"})
        if self.hold:
            await asyncio.sleep(10)
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            self.heard.append(message)

    def header(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.scopes[-1]["headers"] if key == name]


def handshake(  # noqa: PLR0913  (a handshake has these parts)
    *, origin: str | None = BASE, cookie: str | None = None, query: str = "token=t-1", path: str = "/_event/",
    peer: str = "127.0.0.1", extra: tuple[tuple[bytes, bytes], ...] = (),
) -> dict[str, Any]:  # fmt: skip
    headers = [(b"host", BASE.partition("://")[2].encode()), (b"upgrade", b"websocket"), *extra]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if cookie is not None:
        headers.append((b"cookie", cookie.encode()))
    return {
        "type": "websocket", "path": path, "query_string": query.encode(), "headers": headers, "client": (peer, 1),
    }  # fmt: skip


async def connect(edge: Edge, scope: dict[str, Any], *messages: dict[str, Any]) -> Messages:
    """Open a socket, say something, hang up; return what was answered."""
    coming = [{"type": "websocket.connect"}, *messages, {"type": "websocket.disconnect", "code": 1000}]
    answered: Messages = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    await edge(scope, receive, send)
    return answered


def visit(edge: Edge, scope: dict[str, Any], *messages: dict[str, Any]) -> bool:
    """Tell whether the socket was let through."""
    return asyncio.run(connect(edge, scope, *messages))[0]["type"] == "websocket.accept"


EVENT = '42/_event,["event",{}]'


def text(packet: str = EVENT) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": packet}


def lengths(reflex: Reflex) -> list[int]:
    return [len(message["text"]) for message in reflex.heard if message["type"] == "websocket.receive"]
