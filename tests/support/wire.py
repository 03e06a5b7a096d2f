"""A tab without a browser: speaks to the event socket as the pages do, and as an attacker would."""

import json
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from simple_websocket import Client, ConnectionClosed, ConnectionError  # noqa: A004  (the library's name)

ROOT = "reflex___state____state"
PATIENCE_S = 5.0


class Refused(Exception):  # noqa: N818
    """The handshake was answered with a refusal."""


class Tab:
    """One event socket. `origin` is where the page that opens it claims to be from."""

    def __init__(  # noqa: PLR0913  (a handshake has these parts)
        self, base: str, *, origin: str | None = "", cookie: str | None = None, token: str = "",
        headers: dict[str, str] | None = None, path: str = "/_event/",
    ) -> None:  # fmt: skip
        self.token = token or str(uuid4())
        sent = dict(headers or {})
        if origin is not None:
            sent["Origin"] = origin or base
        if cookie:
            sent["Cookie"] = cookie
        url = f"{base.replace('http', 'ws', 1)}{path}?token={self.token}&EIO=4&transport=websocket"
        try:
            self._socket = Client(url, headers=sent)  # pyright: ignore[reportArgumentType]  (it takes a dict)
        except (ConnectionError, ConnectionClosed, OSError) as error:
            raise Refused(str(error)) from error
        self.state: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self._greet()

    def _greet(self) -> None:
        try:
            assert self._socket.receive(PATIENCE_S) is not None  # Engine.IO's open
            self.send("40/_event,")
            while not str(self._socket.receive(PATIENCE_S)).startswith("40/_event"):
                pass
        except ConnectionClosed as error:
            raise Refused(str(error)) from error

    def send(self, text: str) -> None:
        """Send a raw packet."""
        self._socket.send(text)

    def event(self, name: str, payload: dict[str, Any] | None = None, path: str = "/") -> None:
        """Send an event by its full name, or by its name below the root state."""
        full = name if name.startswith(ROOT) else f"{ROOT}.{name}"
        data: dict[str, Any] = {
            "name": full,
            "payload": payload or {},
            "router_data": {"pathname": path, "asPath": path, "query": {}},
        }
        self.send(f"42/_event,{json.dumps(['event', data])}")

    def hear(self, patience: float = 0.4) -> list[dict[str, Any]]:
        """Collect updates until nothing has come for a while; they are also merged into `state`."""
        updates: list[dict[str, Any]] = []
        with suppress(ConnectionClosed):
            while (packet := self._socket.receive(patience)) is not None:
                if packet == "2":
                    self.send("3")
                elif str(packet).startswith("42/_event,"):
                    kind, *rest = json.loads(str(packet).removeprefix("42/_event,"))
                    if kind == "event" and rest:
                        updates.append(self._merged(rest[0]))
        return updates

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
        return self.hear()

    def hydrate(self, path: str = "/") -> Self:
        """Ask for everything, as a page does when it opens."""
        self.ask("hydrate", path=path)
        return self

    def is_open(self) -> bool:
        """Tell whether the server still holds the line."""
        self.hear(0.2)
        return self._socket.connected

    def close(self) -> None:
        """Hang up."""
        with suppress(ConnectionClosed, OSError):
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
