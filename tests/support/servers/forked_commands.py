"""Commands of ours without the second that each takes to load: one process has loaded all of them and forks for each.

What runs is the same command in a process of its own, with the environment, the input and the output that it is given.
The process that forks ends when its input does, so it never outlives the tests.
"""

import atexit
import contextlib
import faulthandler
import functools
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).resolve().parents[3]
FILES = ("apps", "commands", "invitations", "keys", "maintenance", "serve", "users")
# Loaded by a migration only.
ALEMBIC = ("alembic.command", "alembic.config", "alembic.script")
# A command that takes longer hangs: it ends with the traceback of each of its threads as its errors.
COMMAND_SECONDS = 90

Environment = Mapping[str, str]


def run(arguments: Sequence[str], environment: Environment, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of ours and return how it ended, as `subprocess.run` does."""
    done = _forker().ask("run", arguments=arguments, environment=environment, given=given)
    return subprocess.CompletedProcess(arguments, done["code"], done["out"], done["err"])


def start(arguments: Sequence[str], environment: Environment, log: Path) -> "Forked":
    """Start a command of ours that goes on by itself, in a process group of its own, and return it."""
    started = _forker().ask("start", arguments=arguments, environment=environment, log=str(log))
    return Forked(started["pid"])


class Forked:
    """A command that goes on by itself; it is used as a `subprocess.Popen` is."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self._code is None:
            self._code = _forker().ask("poll", pid=self.pid)["code"]
        return self._code

    def wait(self, timeout: float = 60) -> int:
        """Return the exit code once it has ended; raises TimeoutExpired when it has not."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.02)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class _Forker:
    """The process that forks, as the tests see it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.support.servers.forked_commands"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True
        )
        self._lock = threading.Lock()
        self._number = 0
        atexit.register(self._end)

    def ask(self, what: str, **more: Any) -> dict[str, Any]:
        """Have something done, one after the other, and return the answer."""
        assert self._process.stdin is not None
        with self._lock:
            self._number += 1
            self._process.stdin.write(json.dumps({"number": self._number, "what": what, **more}) + "\n")
            self._process.stdin.flush()
            return self._answer()

    def _answer(self) -> dict[str, Any]:
        """Read the last answer; one to a test that ran out of time may come before it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer["number"] == self._number:
                return answer
        raise RuntimeError("the process that forks for commands has ended")

    def _end(self) -> None:
        self._process.communicate()


_make = functools.cache(_Forker)
_making = threading.Lock()


def _forker() -> _Forker:
    """Return the one process that forks: it knows its children, and another one would not."""
    with _making:
        return _make()


def _serve() -> None:
    """Answer each line of the input with a line."""
    for name in (*(f"oauth2system.cli.{file}" for file in FILES), *ALEMBIC):
        importlib.import_module(name)
    gc.freeze()
    answers = {"run": _run, "start": _start, "poll": _poll}
    for line in sys.stdin:
        asked = json.loads(line)
        said = json.dumps({"number": asked["number"], **answers[asked["what"]](asked)})
        sys.stdout.write(said + "\n")
        sys.stdout.flush()


def _run(asked: Mapping[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(asked["given"].encode())
        given.seek(0)
        child = os.fork()
        if child == 0:
            faulthandler.dump_traceback_later(COMMAND_SECONDS, exit=True, file=err)
            _become(asked, given, out, err)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return {"code": code, "out": _all_of(out), "err": _all_of(err)}


def _start(asked: Mapping[str, Any]) -> dict[str, Any]:
    with Path(os.devnull).open("rb") as nothing, Path(asked["log"]).open("ab") as log:
        child = os.fork()
        if child == 0:
            os.setsid()
            _become(asked, nothing, log, log)
        return {"pid": child}


def _poll(asked: Mapping[str, Any]) -> dict[str, Any]:
    ended, status = os.waitpid(asked["pid"], os.WNOHANG)
    return {"code": os.waitstatus_to_exitcode(status) if ended else None}


def _all_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _become(asked: Mapping[str, Any], *files: IO[bytes]) -> NoReturn:
    """Run the command in this fork, which ends with it whatever happens."""
    code = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        os.environ.clear()
        os.environ.update(asked["environment"])
        with contextlib.ExitStack() as streams:
            sys.stdin, sys.stdout, sys.stderr = (
                streams.enter_context(open(number, mode, encoding="utf-8", closefd=False))
                for number, mode in enumerate(("r", "w", "w"))
            )
            code = _command(asked["arguments"])
    finally:
        os._exit(code)


def _command(arguments: Sequence[str]) -> int:
    try:
        return importlib.import_module("oauth2system.cli").main(arguments)
    except SystemExit as end:  # what argparse does
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001  (this fork must not go on as the process that forks)
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    _serve()
