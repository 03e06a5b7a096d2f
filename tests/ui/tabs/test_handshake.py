"""What Reflex's event socket gets and answers without the layers of its HTTP."""

import asyncio
import json
from typing import Any

import pytest
from engineio import AsyncServer  # pyright: ignore[reportMissingTypeStubs]  (it has none)

from oauth2system.ui.tabs.event_socket import EventSocket


class Reflex:
    """An app of Reflex with its Engine.IO, which notes the handshakes of its sockets."""

    def __init__(self) -> None:
        self.sio = self
        self.eio: Any = AsyncServer(async_mode="asgi")
        self.known = self.lived = False
        self.seen: list[dict[str, Any]] = []
        for name in ("connect", "message", "disconnect"):
            self.eio.on(name, getattr(self, f"_{name}"))

    def _set_contexts_internal(self) -> None:
        self.known = True

    async def _connect(self, _sid: str, environ: dict[str, Any]) -> None:
        assert self.known
        self.seen.append(environ)

    async def _message(self, _sid: str, _text: str) -> None: ...

    async def _disconnect(self, _sid: str, _reason: str) -> None: ...

    async def __call__(self, _scope: Any, _receive: Any, _send: Any) -> None:
        self.lived = True


def sent_for(scope: dict[str, Any], reflex: Reflex) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    coming = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "3"}]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return coming.pop(0) if coming else {"type": "websocket.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def serve() -> None:
        await EventSocket(reflex, reflex)(scope, receive, send)

    asyncio.run(serve())
    return sent


@pytest.mark.parametrize(
    ("offered", "accepted"),
    [
        ([], {"type": "websocket.accept"}),
        (["0.10.1", "other"], {"type": "websocket.accept", "subprotocol": "0.10.1"}),
    ],
)
def test_a_browser_gets_the_subprotocol_that_it_asked_for(offered: list[str], accepted: dict[str, str]) -> None:
    """Without it, browsers hang up."""
    headers = [(b"cookie", b"handle=x"), (b"sec-websocket-protocol", b"0.10.1"), (b"user-agent", b"y")]
    scope = {"type": "websocket", "query_string": b"token=t", "headers": headers, "subprotocols": offered}
    reflex = Reflex()
    first, hello = sent_for(scope, reflex)
    assert first == accepted
    assert json.loads(hello["text"].removeprefix("0"))["upgrades"] == []
    assert reflex.seen == [
        {"QUERY_STRING": "token=t", "HTTP_COOKIE": "handle=x", "HTTP_SEC_WEBSOCKET_PROTOCOL": "0.10.1",
         "asgi.scope": scope},
    ]  # fmt: skip


def test_the_whole_of_reflex_starts_and_stops_with_the_server() -> None:
    reflex = Reflex()
    assert sent_for({"type": "lifespan"}, reflex) == []
    assert reflex.lived
