"""What Reflex's event socket gets and answers without the layers of its HTTP."""

import asyncio
from typing import Any

import pytest

from oauth2system.ui.event_socket import EventSocket


class Reflex:
    """An app of Reflex, and its Socket.IO server, which accepts every socket and says something."""

    def __init__(self) -> None:
        self.sio = self
        self.known = self.lived = False

    def _set_contexts_internal(self) -> None:
        self.known = True

    async def handle_request(self, _scope: Any, _receive: Any, send: Any) -> None:
        assert self.known
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "0"})

    async def __call__(self, _scope: Any, _receive: Any, _send: Any) -> None:
        self.lived = True


def sent_for(scope: dict[str, Any], reflex: Reflex) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def serve() -> None:
        await EventSocket(reflex, reflex)(scope, None, send)

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
    scope = {"type": "websocket", "path": "/_event/", "subprotocols": offered}
    assert sent_for(scope, Reflex()) == [accepted, {"type": "websocket.send", "text": "0"}]


def test_the_whole_of_reflex_starts_and_stops_with_the_server() -> None:
    reflex = Reflex()
    assert sent_for({"type": "lifespan"}, reflex) == []
    assert reflex.lived
