"""What a worker does: it loads the app and serves it, in a process that supervisor.py has forked."""

import ctypes
import gc
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any

from uvicorn.config import STARTUP_FAILURE
from uvicorn.importer import import_from_string

from oauth2system import log
from oauth2system.settings import load
from oauth2system.web.connections.server import WebServer, configure

TARGET = "oauth2system.oauth2system:app"
IN_REDIS = "reflex.istate.manager.redis"
# Requests leave hardly any cycles: with Python's own 700 the collector would run all the time.
COLLECT_AFTER = 10_000
WORTH_GIVING_BACK = 16 * 2**20
_M_ARENA_MAX = -8  # of malloc.h
REPORT_EVERY_S, LOADING_REPORT_EVERY_S = 0.5, 0.1


def serve(place: socket.socket, line: Connection) -> None:
    """Serve on a bound socket until SIGTERM or SIGINT, and report into `line` that this process lives."""
    log.take_over()
    loop = _choose_loop()
    server = WebServer(configure(_make_app, loop=loop))
    threading.Thread(target=_report, args=(server, loop, line, Memory()), daemon=True).start()
    server.run([place])


def _report(server: WebServer, loop: str, line: Connection, memory: "Memory") -> None:
    """Report again and again, as long as anything can run here and somebody listens."""
    while True:
        try:
            line.send_bytes(loop.encode() if server.started else b"")
        except OSError:
            return
        if server.started:
            memory.look()
        time.sleep(REPORT_EVERY_S if server.started else LOADING_REPORT_EVERY_S)


class Memory:
    """Gives memory back to the system that was needed for a while, as argon2 needs 19 MiB for each password.

    malloc would keep it for good. Giving it back after each password would make each slower. musl has
    neither function, and keeps less.
    """

    def __init__(self) -> None:
        """Let all threads of this process share one heap: malloc_trim does not reach the end of the others."""
        libc = ctypes.CDLL(None)
        self._trim: Callable[[int], int] | None = getattr(libc, "malloc_trim", None)
        if self._trim is not None:
            libc.mallopt(_M_ARENA_MAX, 1)
        self._least = self._before = 0

    def look(self) -> None:
        """Give back what is free, once this process has grown much and no more grows."""
        now = resident_bytes()
        self._least = min(self._least or now, now)
        if self._trim is not None and now - self._least > WORTH_GIVING_BACK and now <= self._before:
            self._trim(0)
            self._least = now = resident_bytes()
        self._before = now


def resident_bytes() -> int:
    """Return how many bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def _choose_loop() -> str:
    """Choose uvloop, or Python's own loop where that is not installed."""
    try:
        import uvloop  # noqa: F401, PLC0415  (only where it can be loaded)
    except ImportError:
        return "asyncio"
    return "uvloop"


def load_app() -> Callable[[], Any]:
    """Load everything, and return what makes the ASGI app. Loading starts no threads and opens no connections."""
    with _starting():
        leave_out(has_redis=load().redis_url is not None)
        return import_from_string(TARGET)


def _make_app() -> Any:
    make = load_app()
    with _starting():
        made = make()
        settle()
    return made


@contextmanager
def _starting() -> Generator[None]:
    """Log why this process cannot start, and end it."""
    try:
        yield
    except BaseException as error:
        log.crash("worker.cannot_start", error)
        raise SystemExit(STARTUP_FAILURE) from error


def leave_out(*, has_redis: bool) -> None:
    """Keep out of this process what libraries load in case somebody needs it, and this server never does.

    python-socketio loads an HTTP client for its own clients, where one is installed. Reflex loads its states in Redis
    before it looks whether they are there.
    """
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]  (None: as if not installed)
    modules["requests"] = None
    if not has_redis:
        modules.update({"redis": None, IN_REDIS: _NoRedis(IN_REDIS)})


class _NoRedis(ModuleType):
    """Stands in for Reflex's states in Redis: nothing is one of them."""

    class StateManagerRedis:
        """What none of our states is in."""

    @staticmethod
    async def enable_keyspace_notifications(*_: Any) -> None:
        """Refuse: there is no Redis."""
        raise NotImplementedError


def settle() -> None:
    """Exclude everything loaded from garbage collection, which saves some 5 % of every request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
