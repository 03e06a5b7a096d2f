"""Reflex's event socket without the layers that it has for HTTP.

HTTP never reaches Reflex (web/edge.py). Its CORS, its routes and its error pages, eleven layers, would only cost each
socket their memory and each packet their time.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

from oauth2system.ui.tabs import sockets
from oauth2system.ui.tabs.sockets import Pings, TabSocket


class EventSocket:
    """The part of Reflex that the edge calls: the event sockets, and the start and stop of the server."""

    def __init__(self, app: Any, reflex: Any, send_text: str = "") -> None:
        """Take the app, and all of it as Reflex would serve it.

        `send_text` names the part of a scope that sends a text at once.
        """
        self._reflex = reflex
        self._send_text = send_text
        self._engine = app.sio.eio
        self._pings = Pings(self._engine.ping_interval)
        self._make_registries_known = app._set_contexts_internal  # noqa: SLF001  (what the outermost layer of Reflex does)

    def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """Serve a socket, or the lifespan of the server."""
        if scope["type"] != "websocket":
            return self._reflex(scope, receive, send)
        self._make_registries_known()
        send_now = scope.get(self._send_text)
        return sockets.serve(TabSocket(self._engine, self._pings, send, send_now), scope, receive, send)
