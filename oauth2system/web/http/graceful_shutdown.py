"""Graceful shutdown: requests in flight finish, idle connections are not waited for.

The server waits for every connection to close, also for those a browser opened just in case, and is
then killed with its work half done. So once the last answer has left and the server still waits,
the app's own end is run here and the process goes.

granian can stop for good on its way out: it joins its threads while it holds the interpreter, and one of them may wait
for just that, above all for a connection that has just closed. So such connections get a moment before it is asked to
stop, and a timer of the system, which needs no interpreter, ends a process that hangs.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

# A connection that has just closed is given up by the server's own threads within this time.
SETTLE_S = 0.1
# After the last answer its bytes may still be on their way out of the server's own buffers.
BREATH_S = 1.0
END_S = 3.0
MARGIN_S = 1.0


def end_within(seconds: float) -> None:
    """Have the system end this process after so many seconds, whatever its threads wait for."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


class Farewell:
    """Counts the requests in flight of an app, and ends its lifespan at a signal."""

    def __init__(
        self,
        app: App,
        *,
        grace_s: float,
        leave: Callable[[int], object] = os._exit,
        end_within: Callable[[float], object] = end_within,
    ) -> None:
        self._app = app
        self._end_within = end_within
        self._grace_s = grace_s
        self._leave = leave
        self._in_flight = 0
        self._last_answer: asyncio.Event | None = None
        self._ending: asyncio.Event | None = None
        self._ended: asyncio.Event | None = None
        self._leaving: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        match scope["type"]:
            case "http":
                self._in_flight += 1
                try:
                    await self._app(scope, receive, send)
                finally:
                    self._in_flight -= 1
                    if self._last_answer is not None and not self._in_flight:
                        self._last_answer.set()
            case "lifespan":
                await self._live(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _live(self, scope: Message, receive: Receive, send: Send) -> None:
        """Give the app its start, and its end when the server or a signal says so, whichever is first."""
        ending = self._ending = asyncio.Event()
        ended = self._ended = asyncio.Event()
        # By now the server has installed its own handlers: it keeps SIGINT, by which we stop it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._start)
        started = False

        async def next_message() -> Message:
            nonlocal started
            if not started:
                started = True
                return await receive()
            asked = asyncio.ensure_future(receive())
            asked.add_done_callback(lambda _: ending.set())
            await ending.wait()
            return {"type": "lifespan.shutdown"}

        async def answered(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                ended.set()
            await send(message)

        try:
            await self._app(scope, next_message, answered)
        finally:
            ended.set()

    def _start(self) -> None:
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._go())

    async def _go(self) -> None:
        """Stop the server, wait for the answers and for it; then end the app here, and the process with it."""
        self._end_within(self._grace_s + SETTLE_S + BREATH_S + END_S + MARGIN_S)
        await asyncio.sleep(SETTLE_S)
        os.kill(os.getpid(), signal.SIGINT)
        await self._quiet()
        self._end_within(BREATH_S + END_S + MARGIN_S)
        await asyncio.sleep(BREATH_S)
        if self._ending is not None and self._ended is not None:
            self._ending.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), END_S)
        sys.stdout.flush()
        sys.stderr.flush()
        self._leave(0)

    async def _quiet(self) -> None:
        """Wait until no request is in flight, up to a limit."""
        if self._in_flight:
            self._last_answer = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._last_answer.wait(), self._grace_s)
