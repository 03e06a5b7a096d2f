"""The process above the workers, with workers that do nothing but die, hang or serve."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO

import pytest

from tests.support.servers.server import ROOT

# Its parts: what a worker does, given its line and how many were started before it; and the patience in seconds.
PROGRAM = """
import os, sys, time
from multiprocessing import Value
from oauth2system.cli import supervisor

supervisor.HANGS_AFTER_S = {patience}
started = Value("i", 0)

def serve(line):
    with started:
        number, started.value = started.value, started.value + 1
    def live():
        line.send_bytes(b"a loop")
        time.sleep(0.1)
    {what}

sys.exit(0 if supervisor.Supervisor(serve, 1, "ready on {{loop}}").run() else 1)
"""
LIVE = "while True: live()"


@contextmanager
def supervised(what: str, patience: float = 30) -> Generator[subprocess.Popen[str]]:
    """Run a supervisor whose workers do this."""
    code = PROGRAM.format(what=what, patience=patience)
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10)


def line_of(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_workers_when_it_is_asked(number: signal.Signals) -> None:
    with supervised(LIVE) as process:
        assert line_of(process.stdout) == "ready on a loop"
        process.send_signal(number)
        assert process.wait(10) == 0


def test_a_worker_that_cannot_start_ends_the_service() -> None:
    with supervised("os._exit(3)") as process:
        assert process.wait(10) == 1


def test_a_worker_that_ends_by_itself_is_replaced() -> None:
    with supervised(f"os._exit(7) if number == 0 else None\n    {LIVE}") as process:
        event = json.loads(line_of(process.stderr))
        assert (event["event"], event["exit_code"]) == ("worker.ended", 7)
        assert line_of(process.stdout) == "ready on a loop"


def test_a_worker_that_hangs_is_replaced() -> None:
    with supervised(f"live(); time.sleep(60) if number == 0 else None\n    {LIVE}", patience=1) as process:
        assert line_of(process.stdout) == "ready on a loop"
        event = json.loads(line_of(process.stderr))
        assert (event["event"], event["exit_code"]) == ("worker.ended", -signal.SIGKILL)


@pytest.mark.parametrize("successor", ["os._exit(3)", "time.sleep(60)"])
def test_a_worker_stays_when_its_successor_does_not_serve(successor: str) -> None:
    with supervised(f"{successor} if number == 1 else None\n    {LIVE}", patience=1.5) as process:
        assert line_of(process.stdout) == "ready on a loop"
        process.send_signal(signal.SIGHUP)
        assert json.loads(line_of(process.stderr))["event"] == "worker.not_replaced"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR1, signal.SIGUSR2])
def test_no_other_signal_ends_or_stops_it(number: signal.Signals) -> None:
    with supervised(LIVE) as process:
        assert line_of(process.stdout) == "ready on a loop"
        process.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
