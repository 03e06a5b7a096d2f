"""The HTTP server of one process: uvicorn, set up for this project."""

import asyncio
import resource
import signal
import socket
from collections.abc import Callable
from typing import Any

from uvicorn import Config, Server

from oauth2system.policy import quotas
from oauth2system.web.connections.connection import WebConnection
from oauth2system.web.connections.open_connections import OpenConnections
from oauth2system.web.connections.web_socket import WebSocketConnection

BACKLOG = 1024
# Requests in flight get this long to finish.
GRACE_S = 8
# Then the app ends; after this time the system ends the process.
END_S = 5
FILES_OF_OURS = 256


def configure(make_app: Callable[[], Any], *, loop: str) -> Config:
    """Return uvicorn's settings; `loop` is "uvloop" or "asyncio", and `make_app` makes the ASGI app in each worker.

    Compression of WebSocket messages would take a window of memory for each open page. Pages send pings of their own.
    """
    return Config(
        make_app,
        factory=True,
        interface="asgi3",
        lifespan="on",
        loop=loop,
        http=WebConnection,
        ws=WebSocketConnection,
        ws_max_size=4 * quotas.SOCKET_MESSAGE,  # bytes, of characters that are four bytes each; see socket_traffic.py
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )


def end_within(seconds: float) -> None:
    """Have the system end this process after so many seconds, whatever its threads wait for."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


class WebServer(Server):
    """uvicorn's server, with a limit on its connections and on the time that its end takes."""

    server_state: OpenConnections

    def __init__(self, config: Config, *, end_within: Callable[[float], object] = end_within) -> None:
        """Allow as many connections as this process may open files, less those that it needs itself."""
        super().__init__(config)
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.server_state = OpenConnections(max(128, soft - FILES_OF_OURS))
        self._end_within = end_within

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, and then listen."""
        await super().startup(sockets)
        config: Any = self.config  # uvicorn's type of its app is open
        self.server_state.is_proxy = getattr(config.loaded_app, "is_proxy", None)
        self.server_state.watch(asyncio.get_running_loop())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new connections, finish requests in flight, then end the app."""
        self._end_within(GRACE_S + END_S)
        await super().shutdown(sockets)
        self.server_state.stop_watching()
