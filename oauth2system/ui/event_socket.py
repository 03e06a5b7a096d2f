"""Reflex's event socket without the layers that it has for HTTP.

HTTP never reaches Reflex (web/edge.py). Its CORS, its routes and its error pages, eleven layers, would only cost each
socket their memory and each packet their time.
"""

from collections.abc import Awaitable, Mapping
from typing import Any


class EventSocket:
    """The part of Reflex that the edge calls: the event sockets, and the start and stop of the server."""

    def __init__(self, app: Any, reflex: Any) -> None:
        """Take the app, and all of it as Reflex would serve it."""
        self._reflex = reflex
        self._sockets = app.sio
        self._make_registries_known = app._set_contexts_internal  # noqa: SLF001  (what the outermost layer of Reflex does)

    def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """Serve a socket, or the lifespan of the server."""
        if scope["type"] != "websocket":
            return self._reflex(scope, receive, send)
        self._make_registries_known()
        offered = scope.get("subprotocols")
        return self._sockets.handle_request(scope, receive, _accept_as(offered[0], send) if offered else send)


def _accept_as(subprotocol: str, send: Any) -> Any:
    """Name the subprotocol in the handshake: a browser hangs up without it. It is the version of Reflex's script."""

    def sending(message: dict[str, Any]) -> Any:
        return send({**message, "subprotocol": subprotocol} if message["type"] == "websocket.accept" else message)

    return sending
