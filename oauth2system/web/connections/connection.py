"""One HTTP connection: what uvicorn's does, with a limit on everything that a client may send or wait for.

uvicorn limits neither the size of a head, nor how long it takes, nor what comes after a refused body.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from oauth2system.policy import lifetimes, quotas
from oauth2system.web.connections.open_connections import OpenConnections
from oauth2system.web.connections.whole_answers import SEND_WHOLE, Header, encode_head, with_close

FindReady = Callable[[Mapping[str, Any]], tuple[dict[str, Any], dict[str, Any]] | None]


class HeadTooLarge(Exception):
    """The head of a request is larger than any that a browser sends: 431."""


class WebConnection(HttpToolsProtocol):
    """A connection of HTTP/1.1. `server_state` is that of all connections of this process."""

    server_state: OpenConnections

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        config: Any = self.config  # uvicorn's type of its app is open
        self._find_ready: FindReady | None = getattr(config.loaded_app, "find_ready", None)
        # Bytes that the parser took since it last passed something on: of a head, of chunk sizes, of trailers.
        self._unfinished = 0
        self._refusal = 400
        # Since when nothing is asked here, by the clock of the loop; and what was still to be sent at the last look.
        self._since = 0.0
        self._unsent = 0
        self._is_ending = False
        # The request that is being answered; `cycle` is the newest, which may still wait for its turn.
        self._answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  (as uvicorn has it)
        """Take a new connection, or end it when there are too many."""
        super().connection_made(transport)
        self._since = self.loop.time()
        if not self.server_state.admit(self):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give its place back."""
        self.server_state.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came; nothing more after the last answer of a connection."""
        if self._is_ending:
            return
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > quotas.HEAD_LARGEST and not self.transport.is_closing():
            self._refusal = 431
            self.send_400_response("The head of the request is too large.")

    def on_headers_complete(self) -> None:
        """Begin a request; what comes after its head is no header of it (RFC 9112 §7.1.2: trailers)."""
        if self._unfinished > quotas.HEAD_LARGEST or len(self.headers) > quotas.HEADERS_OF_A_REQUEST:
            size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if size > quotas.HEAD_LARGEST or len(self.headers) > quotas.HEADERS_OF_A_REQUEST:
                self._refusal = 431
                raise HeadTooLarge
        self._unfinished = 0
        http: Any = self.parser
        super().on_headers_complete()
        self.scope["headers"] = self.headers.copy()
        if self.cycle and http.should_upgrade():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        self._unfinished = 0
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Answer at once what is ready; everything else in a task, which may send a whole answer."""
        self._answering = cycle
        scope: Any = cycle.scope
        # With requests waiting behind this one, answers from here would call each other.
        if self._find_ready is not None and not self.pipeline and (ready := self._find_ready(scope)) is not None:
            start, body = ready
            if self._send(cycle, start["status"], start["headers"], body["body"], is_read=True):
                return
        scope[SEND_WHOLE] = partial(self._send, cycle)
        super()._start_asgi_task(cycle, app)

    def _send(
        self, cycle: RequestResponseCycle, status: int, headers: list[Header], body: bytes, *, is_read: bool = False
    ) -> bool:
        """Send a whole answer, as `SendWhole` says; the last of a connection if the request did not come whole."""
        if cycle.response_started or self.flow.write_paused:
            return False
        is_read = is_read or not cycle.more_body
        stays = cycle.keep_alive and is_read
        lines = [*self.server_state.default_headers, *headers]
        answer = encode_head(status, lines if stays else with_close(lines)) + body
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        scope: Any = cycle.scope
        scope.pop(SEND_WHOLE, None)  # it holds the cycle, which holds the scope: only the collector could free them
        if cycle.disconnected:
            return True
        if stays:
            self.server_state.outgoing.add(self.transport, answer, self.loop)
            self.on_response_complete()
        else:
            self._end(answer, is_read=is_read)
        return True

    def _end(self, last: bytes, *, is_read: bool) -> None:
        """Send the last answer of the connection.

        What the client still sends is thrown away for a while: if it met a closed connection, the client would see that
        instead of the answer (RFC 9112 section 9.6).
        """
        self.server_state.outgoing.flush()
        if self.transport.is_closing():
            return
        self.transport.write(last)
        if is_read:
            self.transport.close()
            return
        self._is_ending = True
        self._since = self.loop.time()
        self.flow.resume_reading()
        self.transport.write_eof()

    def on_response_complete(self) -> None:
        """Go on with the next request that waits, or wait for one; `is_overdue` ends what waits for too long."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._since = self.loop.time()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def is_overdue(self, now: float) -> bool:
        """Return whether this connection has waited for too long: for a request, or for its client to read."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        # While we work on an answer, the body of the request has a limit of its own.
        is_busy = bool(self.cycle and not self.cycle.response_complete)
        is_moving = self._unsent != before if self._unsent else is_busy
        if is_moving and not self._is_ending:
            self._since = now
        longest = lifetimes.CONNECTION_LAST if self._is_ending else lifetimes.CONNECTION_IDLE
        return now - self._since > longest.total_seconds()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request of HTTP/1.1, and end the connection; who works on an answer sees it as closed."""
        if self._is_ending:
            return
        self.pipeline.clear()
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
        body = msg.encode()
        kind = (b"content-type", b"text/plain; charset=utf-8")
        headers = [*self.server_state.default_headers, kind, (b"content-length", str(len(body)).encode())]
        self._end(encode_head(self._refusal, with_close(headers)) + body, is_read=False)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket protocol, after the answers that were asked for before."""
        self.server_state.outgoing.flush()
        self.server_state.leave(self)
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """End the connection, after the answer that it waits for."""
        self.server_state.outgoing.flush()
        if self._is_ending:
            self.transport.close()
        else:
            super().shutdown()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: any client may ask for another protocol, and gets its answer by this one (RFC 9110 §7.8)."""
