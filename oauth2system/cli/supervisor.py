"""The server process: it watches its workers and imports little of ours, so that it stays small.

Started by serve.py as `python -m oauth2system.cli.supervisor ADDRESS PORT WORKERS PUBLIC_URL`.
"""

import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.importer import import_from_string
from uvicorn.supervisors import multiprocess
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from oauth2system import log
from oauth2system.web.connections.server import WebServer, bind, configure

TARGET = "oauth2system.oauth2system:app"
# Each idle connection costs a file; thousands of them must not block an answer (T151).
MOST_FILES = 65_536
# Requests leave hardly any cycles: with Python's own 700 the collector would run all the time.
COLLECT_AFTER = 10_000
_PR_SET_PDEATHSIG = 1
# A fork shares the memory of everything loaded here. This process has no threads that a fork could harm.
_FORK = multiprocessing.get_context("fork")


def main(address: str, port: int, workers: int, public_url: str) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP replaces the workers one after the other."""
    log.take_over()
    loop = _choose_loop()
    _allow_files()
    multiprocess.Process = _Worker  # uvicorn has no setting for the class of its workers
    place = bind(address, port, shared=workers > 1)
    server = _Workers(configure(_load, loop=loop, workers=workers), [place])
    server.ready = f"Oauth2System is ready at {public_url} (listening on {address} port {port}, event loop {loop})"
    gc.freeze()  # the collector of a worker would write to what was loaded here, and so have a copy of it
    server.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in server.processes):
        raise SystemExit(1)


class _Worker(Process):
    """A worker, forked from this process."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self.process: Any = _FORK.Process(target=self._begin, args=(os.getpid(), sockets))

    def start(self) -> None:
        """Fork the worker. Its end of the line is closed here, so that its death is seen while an answer is awaited."""
        super().start()
        self.child_conn.close()

    def _begin(self, above: int, sockets: list[socket.socket]) -> None:
        """Serve in this new process, which ends when the one above ends for any reason."""
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # A fork inherits our handlers; with them it would ignore a signal to stop while it loads.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # SIGHUP is for the process above, which replaces its workers
        if self.config.workers > 1:
            # A socket of its own. The one above only holds the address, so that nobody else can take it.
            address, port = sockets[0].getsockname()[:2]
            sockets = [bind(address, port, shared=True)]
        if os.getppid() == above:
            self.target(sockets)

    @property
    def server(self) -> WebServer:
        """The server of this worker; used in the worker only."""
        if self._server is None:
            self._server = WebServer(self.config)
        return self._server  # type: ignore[return-value]  (made above)


class _Workers(Multiprocess):
    """Says when the server is ready, and which worker had to be replaced."""

    ready = ""

    def keep_subprocess_alive(self) -> None:
        """Replace workers that have ended; called twice a second."""
        before = list(self.processes)
        super().keep_subprocess_alive()
        for old, new in zip(before, self.processes, strict=True):
            if old is not new:
                log.event("worker.ended", pid=old.pid, exit_code=old.exitcode)
        if self.ready and any(worker.is_ready() for worker in self.processes):
            sys.stdout.write(self.ready + "\n")
            sys.stdout.flush()
            self.ready = ""

    def handle_ttin(self) -> None:
        """Ignore it: only a restart can check what more workers need."""

    def handle_ttou(self) -> None:
        """Ignore it, as the signal for more workers."""


def _choose_loop() -> str:
    """Choose uvloop, or Python's own loop where that is not installed; loaded here, so that workers share it."""
    try:
        import uvloop  # noqa: F401, PLC0415  (only where it can be loaded)
    except ImportError:
        return "asyncio"
    return "uvloop"


def _allow_files() -> None:
    """Raise our limit of open files to what the system allows."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, MOST_FILES) if hard != resource.RLIM_INFINITY else MOST_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _load() -> Callable[..., Any]:
    """Make the ASGI app in a worker."""
    try:
        made: Any = import_from_string(TARGET)()
        settle()
    except BaseException as error:
        log.crash("worker.cannot_start", error)
        raise SystemExit(STARTUP_FAILURE) from error
    return made


def settle() -> None:
    """Exclude everything loaded from garbage collection, which saves some 5 % of every request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
