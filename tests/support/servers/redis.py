"""A throw-away Redis of the suite's own, on a loopback port nobody else uses."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port, stop, wait_until


@contextlib.contextmanager
def redis_server() -> Generator[str]:
    """Run a Redis that keeps nothing, and give its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("Redis is not installed; on Debian: sudo apt install redis-server")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="oauth2system-redis-") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            if not wait_until(lambda: _answers(port), seconds=PATIENCE_S, alive=lambda: server.poll() is None):
                raise RuntimeError(f"Redis did not start: {(Path(folder) / 'log').read_text()[-500:]}")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            stop(server)


def _answers(port: int) -> bool:
    try:
        # By itself the client would ask again, with longer and longer pauses.
        with redis.Redis(host="127.0.0.1", port=port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
            return bool(client.ping())  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
    except redis.ConnectionError:
        return False
