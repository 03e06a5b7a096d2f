"""The fast path of WebSockets: a short text message that came in one piece, and a text that the browser takes at once.

Everything else takes the way of uvicorn and wsproto. A browser sends each event of a page in one piece. Once something
came otherwise, or whatever is no text, wsproto reads all that follows of this connection. A property test compares the
two ways.
"""

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

# Sends a text; False when the browser does not take it now, so that the server's way must wait.
SendText = Callable[[str], bool]
# Where the scope of a socket has it.
SEND_TEXT = "oauth2system.send_text"

# The first two bytes of a frame (RFC 6455 §5.2): a whole text message without extensions; masked, and its length.
_WHOLE_TEXT = 0x81
_MASKED = 0x80
_SHORT, _TWO_BYTES = 125, 126
_LONGEST = 0xFFFF


class WebSocketConnection(WSProtocol):
    """A connection of one WebSocket."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # Whether all that came so far was read here.
        self._is_plain = True

    def handle_connect(self, event: Any) -> None:
        """Begin a socket, and offer the short way of sending."""
        super().handle_connect(event)
        scope: Any = self.scope
        scope[SEND_TEXT] = self._send_text

    def connection_lost(self, exc: Exception | None) -> None:
        """End the socket; its scope holds this connection and is held by it, and only the collector could free both."""
        scope: Any = getattr(self, "scope", {})
        scope.pop(SEND_TEXT, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        while self._is_plain and data and self.handshake_complete and not self.close_sent:
            read = read_text(data)
            if read is None:
                self._is_plain = False
                break
            text, length = read
            self._take(text)
            data = data[length:]
        if data:
            super().data_received(data)

    def _take(self, text: str) -> None:
        """Pass a message on; the next is read when this one was taken."""
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _send_text(self, text: str) -> bool:
        if not self.handshake_complete or self.disconnected or self.close_sent or self.response_started:
            return False
        if not self.writable.is_set() or self.transport.is_closing():
            return False
        frame = write_text(text)
        if frame is None:
            return False
        self.transport.write(frame)
        return True


def read_text(data: bytes) -> tuple[str, int] | None:
    """Return the text message that bytes of a browser begin with, and the number of its bytes.

    None where they begin with anything else, with a part of a message, or with one of more than 65,535 bytes.
    """
    if len(data) < 6 or data[0] != _WHOLE_TEXT or not data[1] & _MASKED:  # noqa: PLR2004  (two bytes and the mask)
        return None
    length, begin = data[1] & ~_MASKED, 2
    if length == _TWO_BYTES:
        length, begin = int.from_bytes(data[2:4], "big"), 4
        if length <= _SHORT:  # not the shortest way to say it
            return None
    elif length > _TWO_BYTES:
        return None
    end = begin + 4 + length
    if len(data) < end:
        return None
    mask = data[begin : begin + 4] * (length // 4 + 1)
    bits = int.from_bytes(data[begin + 4 : end], "big") ^ int.from_bytes(mask[:length], "big")
    try:
        return bits.to_bytes(length, "big").decode(), end
    except UnicodeDecodeError:
        return None


def write_text(text: str) -> bytes | None:
    """Return a text message as a server sends it, in one frame without a mask; None where it is longer than 65,535."""
    try:
        payload = text.encode()
    except UnicodeEncodeError:
        return None
    length = len(payload)
    if length <= _SHORT:
        return bytes((_WHOLE_TEXT, length)) + payload
    if length <= _LONGEST:
        return bytes((_WHOLE_TEXT, _TWO_BYTES)) + length.to_bytes(2, "big") + payload
    return None
