"""What goes through one event socket: too large, too fast, of a kind that no page sends, or silent, and it ends (T145).

A page sends Socket.IO packets as text. Binary frames, and packets that announce them, would be kept by the parser
without a limit.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from oauth2system import log
from oauth2system.policy import lifetimes, quotas
from oauth2system.web.http.message import Receive, Send

ENDED = {"type": "websocket.disconnect", "code": 1008}

# Engine.IO: the end, the answer to a ping, a message. Socket.IO, in a message: connect, disconnect, event.
_PACKETS = frozenset("134")
_MESSAGES = frozenset({"40", "41", "42"})
_CONNECT = "40"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may come through a socket: characters of a message, messages a second, and so many at once.

    With `may_idle` it stays open for as long as the browser answers pings, also when the page is not used.
    """

    largest: int
    a_second: float
    burst: int
    may_idle: bool


SIGNED_IN = Limits(quotas.SOCKET_MESSAGE, 30, 150, may_idle=True)
ANONYMOUS = Limits(quotas.SOCKET_MESSAGE_ANONYMOUS, 10, 60, may_idle=False)


class Deadline:
    """How long one task may wait at a time: `with deadline:` raises TimeoutError as `asyncio.timeout` does.

    Its timer runs on from one wait to the next, and is set again only when it rings: setting one for each message would
    cost more than the message does.
    """

    __slots__ = ("_cancelling", "_longest_s", "_passed", "_since", "_task", "_timer")

    def __init__(self, longest_s: float) -> None:
        """Allow so many seconds for each wait."""
        self._longest_s = longest_s
        # The task that waits now, and since when by the clock of the loop.
        self._task: asyncio.Task[Any] | None = None
        self._since = 0.0
        self._cancelling = 0
        self._passed = False
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        """Begin a wait."""
        loop = asyncio.get_running_loop()
        task: Any = asyncio.current_task()
        self._task, self._since, self._cancelling = task, loop.time(), task.cancelling()
        if self._timer is None:
            self._timer = loop.call_later(self._longest_s, self._ring, loop)

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        """End a wait; raises TimeoutError when it was too long."""
        task, self._task = self._task, None
        if not self._passed or task is None:
            return
        self._passed = False
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        """End a wait that is too long; look again when a shorter one would be."""
        self._timer = None
        if self._task is None:
            return
        until = self._since + self._longest_s
        if until > loop.time():
            self._timer = loop.call_at(until, self._ring, loop)
        else:
            self._passed = True
            self._task.cancel()


class Traffic:
    """Both directions of one socket; `receive` says that it ended as soon as a limit is passed."""

    def __init__(
        self, receive: Receive, send: Send, limits: Limits, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Wrap what the server gives."""
        self._receive = receive
        self._send = send
        self._limits = limits
        self._clock = clock
        self._left = float(limits.burst)
        self._at = self._used_at = clock()
        self._connected = False
        self._silence = Deadline(lifetimes.SOCKET_SILENT.total_seconds())
        # Set while the browser does not take what it asked for; it is set again when it did.
        self._taken: asyncio.Event | None = None

    async def receive(self) -> Mapping[str, Any]:
        """Return the next message, or the end of the connection.

        Nothing is read while the browser does not take what it asked for before.
        """
        try:
            with self._silence:
                if self._taken is not None:
                    await self._taken.wait()
                message = await self._receive()
        except TimeoutError:
            return self._end("silent")
        if message["type"] != "websocket.receive":
            return message
        text = message.get("text") or ""
        if len(text) > self._limits.largest:
            return self._end("large", size=len(text))
        if not self._is_ours(text):
            return self._end("foreign")
        if self._is_idle(text):
            return self._end("idle")
        return message if self._spend() else self._end("fast")

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message; raises TimeoutError when the browser does not take it in time."""
        taken = self._taken = self._taken or asyncio.Event()
        async with asyncio.timeout(lifetimes.SOCKET_READ.total_seconds()):
            await self._send(message)
        taken.set()
        self._taken = None

    def _is_ours(self, text: str) -> bool:
        """Return whether a page of ours would send this; it connects once, since each time makes a page state."""
        if text[:1] not in _PACKETS or (text[0] == "4" and text[:2] not in _MESSAGES):
            return False
        again = self._connected and text.startswith(_CONNECT)
        self._connected = self._connected or text.startswith(_CONNECT)
        return not again

    def _is_idle(self, text: str) -> bool:
        """Return whether the page has not been used for too long: a browser answers our pings by itself."""
        now = self._clock()
        if text[0] == "4":
            self._used_at = now
        return not self._limits.may_idle and now - self._used_at > lifetimes.SOCKET_IDLE.total_seconds()

    def _spend(self) -> bool:
        now = self._clock()
        self._left = min(self._limits.burst, self._left + (now - self._at) * self._limits.a_second)
        self._at = now
        self._left -= 1
        return self._left >= 0

    def _end(self, why: str, **facts: int) -> Mapping[str, Any]:
        log.anonymous("socket.ended", why=why, **facts)
        return ENDED
