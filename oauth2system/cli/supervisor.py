"""The process above the workers: it starts them, replaces those that die or hang, and ends them.

Started by serve.py as `python -m oauth2system.cli.supervisor ADDRESS PORT WORKERS PUBLIC_URL`. It serves nothing
itself, so for one worker it loads next to nothing: what that needs is loaded there (worker.py). For several workers it
loads the app before they are forked (decision 0045).
"""

import gc
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from oauth2system.web.connections.sockets import bind

# The exit code of a worker that cannot start, which is uvicorn's: another one could not either.
CANNOT_START = 3
# A worker that does not say for so long that it lives hangs, and is replaced.
HANGS_AFTER_S = 30
LOOK_EVERY_S = 0.5
# Each idle connection costs a file; thousands of them must not block an answer (T151).
MOST_FILES = 65_536
_STOP, _REPLACE = (signal.SIGTERM, signal.SIGINT), signal.SIGHUP
# These would end or stop this process. Only a restart can check what more workers need.
_IGNORED = (signal.SIGQUIT, signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR1, signal.SIGUSR2)
_PR_SET_PDEATHSIG = 1
# This process has no threads that a fork could harm.
_FORK = multiprocessing.get_context("fork")

# What a worker runs. Into the connection it writes again and again that it lives: the name of its event loop once it
# serves, and nothing before.
Serve = Callable[[Connection], None]


def main(address: str, port: int, workers: int, public_url: str) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP replaces the workers one after the other."""
    _allow_files()
    place = bind(address, port, shared=workers > 1)
    if workers > 1:
        _load_for_all()
    gc.freeze()  # the collector of a worker would write to what was loaded here, and so have a copy of it

    def serve(line: Connection) -> None:
        from oauth2system.cli import worker  # noqa: PLC0415  (the process above one worker needs none of it)

        # A socket of its own. The one above only holds the address, so that nobody else can take it.
        own = bind(*place.getsockname()[:2], shared=True) if workers > 1 else place
        worker.serve(own, line)

    ready = f"Oauth2System is ready at {public_url} (listening on {address} port {port}, event loop {{loop}})"
    if not Supervisor(serve, workers, ready).run():
        raise SystemExit(1)


class Worker:
    """A worker, forked from this process."""

    def __init__(self, serve: Serve) -> None:
        """Start it."""
        self._line, its_end = _FORK.Pipe(duplex=False)
        self._process = _FORK.Process(target=_begin, args=(os.getpid(), serve, its_end))
        self._process.start()
        its_end.close()
        self._heard = time.monotonic()
        self.loop = ""

    @property
    def pid(self) -> int | None:
        """Return its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Return how it ended, or None while it lives; minus the number of a signal."""
        return self._process.exitcode

    def listen(self) -> None:
        """Read what it has reported. `loop` is its event loop once it serves."""
        try:
            while self._line.poll():
                self.loop = self._line.recv_bytes().decode()
                self._heard = time.monotonic()
        except (OSError, EOFError):
            return  # it has ended

    def hangs(self) -> bool:
        """Return whether it has not reported for too long."""
        return time.monotonic() - self._heard > HANGS_AFTER_S

    def stop(self) -> None:
        """Ask it to finish."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self.wait()

    def wait(self) -> None:
        """Wait until it has ended."""
        self._process.join()
        self._line.close()


class Supervisor:
    """Keeps so many workers running."""

    def __init__(self, serve: Serve, workers: int, ready: str) -> None:
        """Take the signals of this process; `ready` is printed once, with the event loop of a worker that serves."""
        self._serve = serve
        self._ready = ready
        self._ending = False
        self._replacing = False
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        # They are waited for, and never interrupt anything. A worker unblocks them once it has its own handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, {*_STOP, _REPLACE})
        self._workers = [Worker(serve) for _ in range(workers)]

    def run(self) -> bool:
        """Return once all have ended: whether we were asked to. False means that a worker could not start."""
        could_start = True
        while not self._ending and could_start:
            self._wait()
            if self._replacing:
                self._replace_all()
            could_start = self._keep_alive()
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            worker.wait()
        return could_start and all(worker.exit_code != CANNOT_START for worker in self._workers)

    def _wait(self) -> None:
        """Wait for a moment, or a signal."""
        found = signal.sigtimedwait({*_STOP, _REPLACE}, LOOK_EVERY_S)
        if found is not None and found.si_signo == _REPLACE:
            self._replacing = True
        elif found is not None:
            self._ending = True

    def _keep_alive(self) -> bool:
        """Replace the workers that have ended, and those that hang; returns False if one could not start."""
        for number, worker in enumerate(self._workers):
            worker.listen()
            if worker.exit_code is None and worker.hangs():
                worker.kill()
            if worker.exit_code == CANNOT_START:
                return False
            if worker.exit_code is not None and not self._ending:
                worker.wait()
                self._workers[number] = Worker(self._serve)
                _log("worker.ended", pid=worker.pid, exit_code=worker.exit_code)
            elif worker.loop and self._ready:
                sys.stdout.write(self._ready.format(loop=worker.loop) + "\n")
                sys.stdout.flush()
                self._ready = ""
        return True

    def _replace_all(self) -> None:
        """Replace each worker once its successor serves; the old ones stay if one does not."""
        self._replacing = False
        for number, old in enumerate(self._workers):
            fresh = Worker(self._serve)
            if not self._serves_soon(fresh):
                fresh.kill()
                if not self._ending:
                    _log("worker.not_replaced", pid=old.pid, exit_code=fresh.exit_code)
                return
            old.stop()
            old.wait()
            self._workers[number] = fresh

    def _serves_soon(self, fresh: Worker) -> bool:
        """Wait until a worker serves; returns False if it ends or takes too long, or if we are asked to end."""
        until = time.monotonic() + HANGS_AFTER_S
        while time.monotonic() < until and fresh.exit_code is None and not self._ending:
            fresh.listen()
            if fresh.loop:
                return True
            self._wait()
        return False


def _begin(above: int, serve: Serve, line: Connection) -> None:
    """Serve in this new process, which ends when the one above ends for any reason."""
    import ctypes  # noqa: PLC0415  (the process above the workers needs none of it)

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # SIGHUP is for the process above, which replaces its workers
    # SIGTERM and SIGINT end it at once while it loads.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_STOP, _REPLACE})
    if os.getppid() != above:
        return
    serve(line)


def _load_for_all() -> None:
    """Load the app once, so that several workers share what they do not write to."""
    from oauth2system.cli import worker  # noqa: PLC0415  (only where it saves memory)

    try:
        worker.load_app()
    except SystemExit as error:
        raise SystemExit(1) from error
    gc.collect()


def _log(event: str, **facts: object) -> None:
    from oauth2system import log  # noqa: PLC0415  (a third of what this process would load, and seldom needed)

    log.event(event, **facts)


def _allow_files() -> None:
    """Raise our limit of open files to what the system allows."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, MOST_FILES) if hard != resource.RLIM_INFINITY else MOST_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
