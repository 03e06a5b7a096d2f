"""A tab without a browser: speaks to the event socket as the pages do, and as an attacker would."""

import json
import socket
import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, RejectConnection, Request, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from tests.support.patience import PATIENCE_S

ROOT = "reflex___state____state"


class Refused(Exception):
    """The handshake was answered with a refusal."""


class Line:
    """One WebSocket, blocking and with a patience for every answer."""

    def __init__(self, base: str, target: str, headers: list[tuple[bytes, bytes]]) -> None:
        place = urlsplit(base)
        self._socket = socket.create_connection((place.hostname or "", place.port or 80), PATIENCE_S)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._texts: deque[str] = deque()
        self._piece = ""
        self.is_open = False
        self._transmit(self._protocol.send(Request(host=place.netloc, target=target, extra_headers=headers)))
        self._wait_until_open()

    def _wait_until_open(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while not self.is_open:
            if time.monotonic() > until or not self._read(until):
                self.close()
                raise Refused

    def _transmit(self, data: bytes) -> None:
        with suppress(OSError):
            self._socket.sendall(data)

    def _read(self, until: float) -> bool:
        """Read what has come by then; False when nothing more will."""
        self._socket.settimeout(max(0.001, until - time.monotonic()))
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return True
        except OSError:
            data = b""
        with suppress(RemoteProtocolError):
            self._protocol.receive_data(data or None)
        return self._take_in() and bool(data)

    def _take_in(self) -> bool:
        for event in self._protocol.events():
            match event:
                case AcceptConnection():
                    self.is_open = True
                case TextMessage():
                    self._piece += event.data
                    if event.message_finished:
                        self._texts.append(self._piece)
                        self._piece = ""
                case Ping():
                    self._transmit(self._protocol.send(event.response()))
                case CloseConnection() | RejectConnection():
                    self.is_open = False
                    return False
                case _:
                    pass
        return True

    def receive(self, patience: float) -> str | None:
        """Return the next message, or None when there is none in time."""
        until = time.monotonic() + patience
        while not self._texts and self.is_open and time.monotonic() < until:
            self.is_open = self._read(until) and self.is_open
        return self._texts.popleft() if self._texts else None

    def send(self, text: str) -> None:
        """Send a message."""
        with suppress(LocalProtocolError):
            self._transmit(self._protocol.send(TextMessage(data=text)))

    def send_piece(self, text: str) -> None:
        """Send a part of a message whose end does not come."""
        with suppress(LocalProtocolError):
            self._transmit(self._protocol.send(TextMessage(data=text, message_finished=False)))

    def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        with suppress(LocalProtocolError):
            self._transmit(self._protocol.send(BytesMessage(data=data)))

    def close(self) -> None:
        """Hang up."""
        with suppress(LocalProtocolError):
            self._transmit(self._protocol.send(CloseConnection(code=1000)))
        self.cut()

    def cut(self) -> None:
        """Let go without a word, as a laptop that is shut."""
        self._socket.close()


class Tab:
    """One event socket. `origin` is where the page that opens it claims to be from.

    The lab says when all that an event set off is over (`hears_ends`). Of another server, a short silence has to do.
    """

    def __init__(  # noqa: PLR0913  (a handshake has these parts)
        self, base: str, *, origin: str | None = "", cookie: str | None = None, token: str = "",
        headers: dict[str, str] | None = None, path: str = "/_event/", hears_ends: bool = False,
    ) -> None:  # fmt: skip
        self.token = token or str(uuid4())
        self._hears_ends = hears_ends
        self._asked = self._ended = 0
        sent = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        if origin is not None:
            sent.append((b"Origin", (origin or base).encode()))
        if cookie:
            sent.append((b"Cookie", cookie.encode()))
        self._line = Line(base, f"{path}?token={self.token}&EIO=4&transport=websocket", sent)
        self.state: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self._greet()

    def _greet(self) -> None:
        assert (self._line.receive(PATIENCE_S) or "").startswith("0")  # Engine.IO's open
        self.send("40/_event,")
        while (packet := self._line.receive(PATIENCE_S)) is not None:
            if packet.startswith("40/_event"):
                return
        raise Refused

    def send(self, text: str) -> None:
        """Send a raw packet."""
        self._line.send(text)

    def send_piece(self, text: str) -> None:
        """Send a part of a message whose end does not come."""
        self._line.send_piece(text)

    def send_bytes(self, data: bytes) -> None:
        """Send a binary frame, as no page does."""
        self._line.send_bytes(data)

    def event(self, name: str, payload: dict[str, Any] | None = None, path: str = "/") -> None:
        """Send an event by its full name, or by its name below the root state."""
        self._asked += 1
        full = name if name.startswith(ROOT) else f"{ROOT}.{name}"
        data: dict[str, Any] = {
            "name": full,
            "payload": payload or {},
            "router_data": {"pathname": path, "asPath": path, "query": {}},
            "number": self._asked,
        }
        self.send(f"42/_event,{json.dumps(['event', data])}")

    def hear(self, patience: float = 0.25) -> list[dict[str, Any]]:
        """Collect updates until nothing has come for a while; they are also merged into `state`."""
        updates: list[dict[str, Any]] = []
        while (packet := self._line.receive(patience)) is not None:
            updates += self._take(packet)
        return updates

    def _hear_end(self) -> list[dict[str, Any]]:
        """Collect updates until all that was asked for is over, or the line is closed."""
        updates: list[dict[str, Any]] = []
        while self._ended < self._asked:
            packet = self._line.receive(PATIENCE_S)
            if packet is None:
                assert not self._line.is_open, "the end of an answer did not come"
                return updates
            updates += self._take(packet)
        return updates

    def _take(self, packet: str) -> list[dict[str, Any]]:
        """Take in one packet, and return the update that it may be."""
        if packet == "2":
            self.send("3")
        elif packet.startswith("42/_event,"):
            kind, *rest = json.loads(packet.removeprefix("42/_event,"))
            if kind == "end":
                self._ended = max(self._ended, *rest)
            elif kind == "event" and rest:
                return [self._merged(rest[0])]
        return []

    def settle(self) -> None:
        """Wait until everything sent so far has been dealt with: a tab's events run one after another."""
        self.event("set_is_hydrated", {"value": True})
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self._line.is_open:
            if any("is_hydrated_rx_state_" in update.get("delta", {}).get(ROOT, {}) for update in self.hear(0.02)):
                return

    def _merged(self, update: Any) -> dict[str, Any]:
        update = json.loads(update) if isinstance(update, str) else update
        deltas: dict[str, dict[str, Any]] = update.get("delta") or {}
        for state, values in deltas.items():
            self.state.setdefault(state, {}).update(values)
        self.events += update.get("events") or []
        return update

    def ask(self, name: str, payload: dict[str, Any] | None = None, path: str = "/") -> list[dict[str, Any]]:
        """Send an event and return what comes back."""
        self.event(name, payload, path)
        return self._hear_end() if self._hears_ends else self.hear()

    def hydrate(self, path: str = "/") -> Self:
        """Ask for everything, as a page does when it opens."""
        self.ask("hydrate", path=path)
        return self

    def is_ended(self) -> bool:
        """Wait until the server has let go of the line; False when it never does."""
        until = time.monotonic() + PATIENCE_S
        while self._line.is_open and time.monotonic() < until:
            self.hear(0.05)
        return not self._line.is_open

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def vanish(self) -> None:
        """Let go without a word."""
        self._line.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
