"""Load one URL with wrk: requests per second and latencies."""

import re
import shutil
import statistics
import subprocess
from dataclasses import dataclass

from benchmarks.servers import LOAD_CORE, Server, cpu_seconds, pinned

CONNECTIONS = 32
UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Measured:
    """The figures that one run of wrk printed; latencies in milliseconds."""

    requests: int
    per_second: float
    p50: float
    p99: float
    wrong: int


@dataclass(frozen=True)
class Slice:
    """One second of load, and the processor time that the server's processes used for it."""

    measured: Measured
    cpu_s: float


@dataclass(frozen=True)
class Load:
    """The requests of a load: a path, and headers or a wrk script; and from how many connections they come."""

    path: str = "/"
    headers: dict[str, str] | None = None
    script: str | None = None
    connections: int = CONNECTIONS


@dataclass(frozen=True)
class Total:
    """Many slices of one server under one load."""

    slices: tuple[Slice, ...]

    @property
    def per_second(self) -> float:
        """Return the median rate, so that a second disturbed by another program does not count."""
        return statistics.median(one.measured.per_second for one in self.slices)

    @property
    def cpu_us(self) -> float:
        """Return the processor time of one request, in microseconds."""
        return sum(one.cpu_s for one in self.slices) / max(1, self.requests) * 1e6

    @property
    def requests(self) -> int:
        """Return the number of answered requests."""
        return sum(one.measured.requests for one in self.slices)

    @property
    def p50(self) -> float:
        """Return the median of the slices' medians, in milliseconds."""
        return statistics.median(one.measured.p50 for one in self.slices)

    @property
    def p99(self) -> float:
        """Return the median of the slices' 99th percentiles, in milliseconds."""
        return statistics.median(one.measured.p99 for one in self.slices)

    @property
    def wrong(self) -> int:
        """Return the number of errors, in answers and connections."""
        return sum(one.measured.wrong for one in self.slices)


def slice_of(server: Server, load: Load, seconds: int = 1) -> Slice:
    """Load a server for some seconds, and measure the processor time of its processes."""
    before = cpu_seconds(server.pid)
    measured = wrk(server.url + load.path, seconds, load)
    return Slice(measured, cpu_seconds(server.pid) - before)


def wrk(url: str, seconds: int, load: Load) -> Measured:
    """Load one URL; `wrong` counts answers that are neither 2xx nor 3xx."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing. Install it: apt-get install wrk")
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", "--latency"]
    for name, value in (load.headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    if load.script:
        command += ["-s", load.script]
    printed = subprocess.run(pinned(LOAD_CORE, [*command, url]), capture_output=True, text=True, check=True).stdout
    return Measured(
        requests=int(_found(r"(\d+) requests in", printed)),
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", printed)),
        p50=_ms(_found(r"50%\s+([\d.]+\w+)", printed)),
        p99=_ms(_found(r"99%\s+([\d.]+\w+)", printed)),
        wrong=_wrong(printed),
    )


def _found(pattern: str, printed: str) -> str:
    match = re.search(pattern, printed)
    if match is None:
        raise SystemExit(f"wrk printed something unexpected:\n{printed}")
    return match[1]


def _wrong(printed: str) -> int:
    answers = re.search(r"Non-2xx or 3xx responses: (\d+)", printed)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", printed)
    return int(answers[1] if answers else 0) + sum(int(count) for count in (sockets.groups() if sockets else ()))


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]  (wrk writes it always)
    return float(number) * UNITS_MS[unit]
