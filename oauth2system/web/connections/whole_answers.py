"""The fast path of answers: a whole one is one piece of bytes, and all of one turn of the event loop leave together.

The server's own way sends the head and the body apart, each with a system call, and wakes the client for both. A test
compares what the two ways send. What is no whole answer takes the server's way, piece by piece.
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus

Header = tuple[bytes, bytes]
# Sends status, headers and body; False when the client does not take it now, so that the server's way must wait.
SendWhole = Callable[[int, list[Header], bytes], bool]
# Where a request's scope has it.
SEND_WHOLE = "oauth2system.send_whole"

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}".encode() for status in HTTPStatus}
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = bytes([*range(9), *range(10, 32), 127])
_CLOSE: Header = (b"connection", b"close")


# Names of headers stand in the code; a name that a request could choose would have no place here.
@lru_cache(maxsize=256)
def _start_line(name: bytes) -> bytes:
    """Return what a line of that header begins with; raises ValueError for what is no name (RFC 9110 §5.1)."""
    if _NAME.fullmatch(name) is None:
        raise ValueError("not the name of a header")
    return b"\r\n" + name.lower() + b": "


def encode_head(status: int, headers: Iterable[Header]) -> bytes:
    """Return the head of an answer up to its empty line (RFC 9112 §3, §5).

    Raises ValueError for a header with a control character: it could begin a line of its own.
    """
    parts = [_STATUS_LINES[status]]
    for name, value in headers:
        parts.append(_start_line(name))
        parts.append(value)
    lines = len(parts) // 2
    parts.append(b"\r\n\r\n")
    head = b"".join(parts)
    # Each line ends with the only two control characters that it has.
    if len(head.translate(None, _CONTROLS)) != len(head) - 2 * (lines + 2):
        raise ValueError("a header with a control character")
    return head


class Outgoing:
    """Answers that leave at the end of this turn of the event loop.

    A client that waits on the same machine is woken by the first of them and awake for the others.
    """

    def __init__(self) -> None:
        """Start with nothing to send."""
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def add(self, transport: asyncio.Transport, answer: bytes, loop: asyncio.AbstractEventLoop) -> None:
        """Let an answer leave at the end of this turn."""
        if not self._waiting:
            loop.call_soon(self.flush)
        self._waiting.append((transport, answer))

    def flush(self) -> None:
        """Send everything that waits now, before something else is sent or a connection is closed."""
        leaving, self._waiting = self._waiting, []
        for transport, answer in leaving:
            if not transport.is_closing():
                transport.write(answer)


def with_close(headers: list[Header]) -> list[Header]:
    """Return the headers of an answer after which the connection ends (RFC 9112 §9.6)."""
    return [*headers, _CLOSE]
