"""Starting programs for a test and ending exactly those, by their id."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Protocol

from tests.support.patience import PATIENCE_S

# Below those that the system gives to connections: a crowd of a test's visitors takes thousands of these.
PORTS = range(15_000, 30_000)


class Process(Protocol):
    """What tests ask of a process that they started."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""

    def wait(self, timeout: float = ...) -> int:
        """Return the exit code once it has ended; raises TimeoutExpired when it has not."""
        ...

    def send_signal(self, number: signal.Signals, /) -> None:
        """Send it a signal, unless it has ended."""


def free_port() -> int:
    """Return a TCP port of the loopback that nobody uses, and that no connection gets before it is listened on."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_listened_to(port: int) -> bool:
    """Return whether a program takes connections at a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(ready: Callable[[], bool], *, seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Ask again and again until it is so, the process has died, or the time is up; return the last answer."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until or not alive():
            return ready()
        time.sleep(0.03)
    return True


def stop(process: Process, *, how: signal.Signals = signal.SIGTERM) -> int:
    """End a process that leads its own group, politely first, and return its exit code."""
    if process.poll() is None:
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE_S)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # whatever it left behind
    return process.wait(PATIENCE_S)
