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

BACKLOG = 1024
# Requests in flight get this long to finish.
GRACE_S = 8
# Then the app ends; after this time the system ends the process.
END_S = 5
# A worker that does not answer the process above it for so long hangs, and is replaced.
HANGS_AFTER_S = 30
FILES_OF_OURS = 256


def configure(make_app: Callable[[], Any], *, loop: str, workers: int = 1) -> Config:
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
        ws="wsproto",
        ws_max_size=4 * quotas.SOCKET_MESSAGE,  # bytes, of characters that are four bytes each; see socket_traffic.py
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        workers=workers,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
        timeout_worker_healthcheck=HANGS_AFTER_S,
    )


def bind(address: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket that is bound to an IP address; raises OSError when that is taken. "::" is for IPv4 too.

    Several processes may bind a `shared` address, each with a socket of its own: the system spreads connections evenly
    over them. From one socket, the first process that wakes would accept all that wait.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if bound.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound


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
