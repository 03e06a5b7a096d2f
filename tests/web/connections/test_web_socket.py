"""The fast path of WebSockets reads and writes what wsproto does, in whatever pieces the bytes come."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from uvicorn.server import ServerState
from wsproto import ConnectionType, events
from wsproto.connection import Connection

from oauth2system.web.connections.server import configure
from oauth2system.web.connections.web_socket import SEND_TEXT, WebSocketConnection, read_text, write_text

HEAD = (
    b"GET /_event/ HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
LENGTHS = (0, 1, 3, 4, 5, 125, 126, 127, 65_535, 65_536)


class Line(asyncio.Transport):
    """The connection below a socket, which notes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.ended = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def hold(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await asyncio.Event().wait()


async def opened(kind: type[WSProtocol]) -> tuple[Any, Line]:
    """Return an open socket."""
    config = configure(lambda: hold, loop="asyncio")
    config.load()
    config.loaded_app = hold
    one, line = kind(config, ServerState(), {}), Line()
    one.connection_made(line)
    one.data_received(HEAD)
    for _ in range(5):
        await asyncio.sleep(0)
    assert one.handshake_complete
    line.written = b""
    return one, line


def heard(kind: type[WSProtocol], pieces: list[bytes]) -> tuple[list[Any], bytes, bool]:
    """Return what the app gets of these bytes, what is answered, and whether the connection ended."""

    async def story() -> tuple[list[Any], bytes, bool]:
        one, line = await opened(kind)
        for piece in pieces:
            if not line.ended:
                one.data_received(piece)
        return [one.queue.get_nowait() for _ in range(one.queue.qsize())], line.written, line.ended

    return asyncio.run(story())


def framed(data: Any) -> bytes:
    return Connection(ConnectionType.CLIENT).send(data)


texts = st.text(max_size=200) | st.sampled_from(LENGTHS).map(lambda length: "x" * length)
packets = st.one_of(
    texts.map(lambda text: framed(events.TextMessage(data=text))),
    texts.map(lambda text: framed(events.TextMessage(data=text, message_finished=False))),
    st.binary(max_size=50).map(lambda data: framed(events.BytesMessage(data=data))),
    st.just(framed(events.Ping(payload=b"x"))),
    st.just(framed(events.CloseConnection(code=1000))),
    st.binary(max_size=20),
    st.just(b"\x81\x82aaaa\xff\xff"),  # a text that is no UTF-8
    st.just(b"\x81\xfe\x00\x05aaaahello"),  # a length that is longer than it needs to be
    st.just(b"\x81\x05hello"),  # without a mask
    st.just(b"\xc1\x85aaaahello"),  # of an extension
)


@given(st.lists(packets, max_size=5), st.lists(st.integers(0, 400), max_size=4))
def test_t145_all_that_browsers_and_others_send_is_read_as_wsproto_reads_it(sent: list[bytes], cuts: list[int]) -> None:
    data = b"".join(sent)
    marks = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[begin:end] for begin, end in pairwise(marks) if begin < end]
    assert heard(WebSocketConnection, pieces) == heard(WSProtocol, pieces)
    assert heard(WebSocketConnection, sent) == heard(WSProtocol, sent)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_text_is_written_as_wsproto_writes_it_and_read_again(length: int) -> None:
    text = ("é" + "x" * length)[:length] if length < 60_000 else "x" * length
    plain = Connection(ConnectionType.SERVER).send(events.TextMessage(data=text))
    short = len(text.encode()) <= 65_535
    assert write_text(text) == (plain if short else None)
    sent = framed(events.TextMessage(data=text))
    assert read_text(sent + b"more") == ((text, len(sent)) if short else None)
    assert read_text(sent[:-1]) is None


def test_a_text_is_sent_at_once_only_while_the_browser_takes_it() -> None:
    async def story() -> None:
        one, line = await opened(WebSocketConnection)
        send = one.scope[SEND_TEXT]
        assert send("2")
        assert line.written == b"\x81\x012"
        assert not send("\ud800")
        one.pause_writing()
        assert not send("2")
        one.resume_writing()
        assert send("2")
        one.connection_lost(None)
        assert not send("2")
        assert SEND_TEXT not in one.scope

    asyncio.run(story())
