"""The server process: it watches its workers and imports nothing of ours, so that it stays small.

Started by serve.py as `python -m oauth2system.cli.supervisor ADDRESS PORT WORKERS PUBLIC_URL`.
"""

import ctypes
import gc
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from granian._internal import load_target
from granian._loops import loops
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from oauth2system import log

TARGET = "oauth2system.oauth2system:app"
# Requests in flight get this long to finish.
GRACE_S = 8
KILL_S = 15
BACKLOG = 1024
# Each idle connection costs a file; thousands of them must not block an answer (T151).
MOST_FILES = 65_536
FILES_OF_OURS = 256
LARGEST_HEAD = 128 * 1024
# hyper counts an idle connection's wait for its next request too: longer than proxies keep theirs (nginx: 60 s),
# or they would send requests into closing connections.
HEADERS_WITHIN_MS = 75_000
START_WITHIN_S = 60.0
# Requests leave hardly any cycles: with Python's own 700 the collector would run all the time.
COLLECT_AFTER = 10_000
LOGGING = {
    "formatters": {},
    "handlers": {"ours": {"class": "oauth2system.log.Lines"}},
    "loggers": {"_granian": {"handlers": ["ours"], "propagate": False}},
}
_PR_SET_PDEATHSIG = 1


def main(address: str, port: int, workers: int, public_url: str) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP replaces the workers one after the other."""
    loop = _choose_loop()
    server = _Announcing(
        TARGET,
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=loop,
        http=HTTPModes.http1,
        backlog=BACKLOG,
        backpressure=_connections(),
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN_MS, max_buffer_size=LARGEST_HEAD),
        log_level=LogLevels.warning,
        log_dictconfig=LOGGING,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_S,
        factory=True,
    )
    server.ready = (
        f"Oauth2System is ready at {public_url} (listening on {address} port {port}, event loop {loop.value})"
    )
    server.serve(target_loader=_load, wrap_loader=False)


class _Announcing(MPServer):
    """Prints the address in a thread, which must not run while workers are forked."""

    ready = ""

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Start the workers, and wait for their first answer."""
        super().startup(spawn_target, target_loader)
        facts = (self.bind_addr, self.bind_port, self.ready)
        threading.Thread(target=_announce, args=facts, daemon=True).start()


def _choose_loop() -> Loops:
    """Choose uvloop, or Python's own loop where that is not installed; loaded here, so that workers share it."""
    return Loops.uvloop if Loops.uvloop.value in loops else Loops.asyncio


def _connections() -> int:
    """Raise our limit of open files to what the system allows; returns how many may be connections."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, MOST_FILES) if hard != resource.RLIM_INFINITY else MOST_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(128, most - FILES_OF_OURS)


def _load() -> Callable[..., Any]:
    """Make the ASGI app in a worker, which ends when this process ends for any reason."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # A fork inherits our handlers; with them it would ignore a signal to stop while it loads.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # SIGHUP is for the process above, which replaces its workers
    try:
        from oauth2system.web.http.graceful_shutdown import Farewell  # noqa: PLC0415  (only workers need it)

        app: Any = load_target(TARGET, factory=True)
        settle()
        return Farewell(app, grace_s=GRACE_S)
    except BaseException as error:
        log.crash("worker.cannot_start", error)
        raise SystemExit(1) from error


def settle() -> None:
    """Exclude everything loaded from garbage collection, which saves some 5 % of every request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def _announce(address: str, port: int, ready: str) -> None:
    """Print the address after the first answer."""
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until:
        if _answers(address, port):
            sys.stdout.write(ready + "\n")
            sys.stdout.flush()
            return
        time.sleep(0.05)


def _answers(address: str, port: int) -> bool:
    """Return whether /healthz answers; by hand, since an HTTP library would double the size of this process."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (this is where not to connect)
    try:
        with socket.create_connection((everywhere.get(address, address), port), timeout=2) as line:
            line.sendall(f"GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
            return line.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
