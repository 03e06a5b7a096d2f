"""Load from wrk: requests a second and latencies of one URL."""

import re
import shutil
import subprocess
from dataclasses import dataclass

from benchmarks.servers import LOAD_CORE, pinned

CONNECTIONS = 32
UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Measured:
    """What one round of wrk printed; latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float
    wrong: int


def wrk(url: str, seconds: int, headers: dict[str, str] | None = None, script: str | None = None) -> Measured:
    """Load one URL from 32 connections; `wrong` counts answers that are neither 2xx nor 3xx."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing. Install it: apt-get install wrk")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", script]
    printed = subprocess.run(pinned(LOAD_CORE, [*command, url]), capture_output=True, text=True, check=True).stdout
    return Measured(
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
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * UNITS_MS[unit]
