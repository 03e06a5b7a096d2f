"""Start the servers to measure: the real one and the floor, on loopback, with one worker each."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180
SERVER_CORE, LOAD_CORE = "0", "1"


@dataclass(frozen=True)
class Server:
    """A running server: its address, its main process, and its environment."""

    url: str
    pid: int
    env: dict[str, str]


def free_port() -> int:
    """Return a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(core: str, command: list[str]) -> list[str]:
    """Pin a command to one core, if possible."""
    return ["taskset", "-c", core, *command] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else command


@contextlib.contextmanager
def floor(loop: str = "asyncio") -> Generator[Server]:
    """Run the bare ASGI function on granian, on the event loop of Python or on `uvloop`."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--workers",
        "1",
        "--no-ws",
        "--loop",
        loop,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--log-level",
        "warning",
        "benchmarks.floor:app",
    ]
    yield from running(command, port, dict(os.environ))


@contextlib.contextmanager
def product(folder: Path, settings: Mapping[str, str] | None = None, *, workers: int = 1) -> Generator[Server]:
    """Run the real server as in production, with full durability and a data folder of its own."""
    port = free_port()
    env = {
        **os.environ,
        "OAUTH2SYSTEM_VAR_DIR": str(folder),
        "OAUTH2SYSTEM_RATE_LIMIT_FACTOR": "1000000",
        "OAUTH2SYSTEM_PORT": str(port),
        **(settings or {}),
    }
    command = [sys.executable, "-m", "oauth2system", "serve", "--port", str(port), "--workers", str(workers)]
    yield from running(command, port, env)


def running(
    command: list[str], port: int, env: dict[str, str], *, folder: Path = ROOT, health: str = "/healthz"
) -> Generator[Server]:
    """Run a server on its core until the caller is done; `health` is what it answers once it is up."""
    process = subprocess.Popen(pinned(SERVER_CORE, command), cwd=folder, env=env, stdout=subprocess.DEVNULL)
    server = Server(f"http://localhost:{port}", process.pid, env)
    try:
        _wait(server, process, health)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, process: "subprocess.Popen[bytes]", health: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"The server stopped with exit code {process.returncode}.")
        try:
            with urlopen(server.url + health, timeout=2):  # noqa: S310  (our own loopback URL)
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("The server did not start in time.")


def command(server: Server, *words: str, given: str = "") -> dict[str, object]:
    """Run one of our commands with --json, and return its output."""
    done = subprocess.run(
        [sys.executable, "-m", "oauth2system", *words, "--json"],
        cwd=ROOT,
        env=server.env,
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and all its children have used so far."""
    ticks = 0
    for member in [pid, *children(pid)]:
        with contextlib.suppress(OSError):
            # The name, in parentheses, may contain anything; utime and stime are the 14th and 15th field.
            fields = Path(f"/proc/{member}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def pss_mib(pid: int) -> float:
    """Return the proportional memory of a process and all its children, in MiB."""
    total = 0
    for member in [pid, *children(pid)]:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def children(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs."""
    with contextlib.suppress(OSError):
        direct = [
            int(word)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text(encoding="ascii").split()
        ]
        return direct + [deeper for child in direct for deeper in children(child)]
    return []
