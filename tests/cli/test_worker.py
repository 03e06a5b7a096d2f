"""What a worker loads, and what it does when all is loaded."""

import asyncio
import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from uvicorn.config import STARTUP_FAILURE

from oauth2system.cli import supervisor, worker
from tests.support.servers.server import ROOT


def test_what_was_loaded_is_out_of_the_collectors_rounds() -> None:
    before, thresholds = gc.get_freeze_count(), gc.get_threshold()
    try:
        worker.settle()
        assert gc.get_freeze_count() > before
        assert gc.get_threshold() == (worker.COLLECT_AFTER, *thresholds[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


def test_the_process_above_knows_the_exit_code_of_a_worker_that_cannot_start() -> None:
    assert supervisor.CANNOT_START == STARTUP_FAILURE


def loaded(tmp_path: Path, settings: dict[str, str]) -> set[str]:
    """Return the modules in a worker that nobody has asked for anything."""
    show = (
        "import sys; from oauth2system.cli import worker; worker.leave_out(has_redis=bool(sys.argv[1:]));"
        " import oauth2system.oauth2system; from oauth2system.storage.database.transactions import Database;"
        " Database('sqlite:///not-opened.db'); print(*(name for name, one in sys.modules.items() if one is not None))"
    )
    environ = {**os.environ, "OAUTH2SYSTEM_VAR_DIR": str(tmp_path), "__REFLEX_SKIP_COMPILE": "true", **settings}
    asked = [sys.executable, "-c", show, *settings]
    done = subprocess.run(asked, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_server_at_rest_does_not_carry_what_few_requests_need(tmp_path: Path) -> None:
    """What builds, migrations, mails, passkeys, domain checks, PostgreSQL and Redis use is loaded for one of them."""
    found = loaded(tmp_path, {})
    packages = {name.partition(".")[0] for name in found}
    assert not {"alembic", "dns", "jinja2", "markdown_it", "psycopg", "webauthn"} & packages
    assert not {"opentelemetry", "redis", "requests", "segno", "urllib3"} & packages
    assert "sqlalchemy.dialects.sqlite" in found
    assert "sqlalchemy.dialects.postgresql" not in found


def test_a_server_with_redis_has_reflexs_own_states_there(tmp_path: Path) -> None:
    found = loaded(tmp_path, {"OAUTH2SYSTEM_REDIS_URL": "redis://localhost:1/0"})
    assert {"redis.asyncio", "reflex.istate.manager.redis"} <= found


def test_nothing_is_one_of_the_states_in_redis_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("requests", "redis", worker.IN_REDIS):
        monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]  (so that it is put back)
    worker.leave_out(has_redis=False)
    stand_in = sys.modules[worker.IN_REDIS]
    assert not isinstance(object(), stand_in.StateManagerRedis)
    with pytest.raises(NotImplementedError):
        asyncio.run(stand_in.enable_keyspace_notifications(object()))


def test_memory_that_was_needed_for_a_while_is_given_back() -> None:
    """Pieces between others that stay, taken in a thread: malloc itself gives none of them back."""
    show = """
import ctypes
from concurrent.futures import ThreadPoolExecutor
from oauth2system.cli import worker

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

def use():
    pieces = [libc.malloc(65_536) for _ in range(1000)]
    for piece in pieces:
        ctypes.memset(piece, 1, 65_536)
    for number, piece in enumerate(pieces, 1):
        if number % 50:
            libc.free(piece)

memory = worker.Memory()
memory.look()
least = worker.resident_bytes()
ThreadPoolExecutor(1).submit(use).result()
grown = worker.resident_bytes()
memory.look()
memory.look()
print(grown - least, worker.resident_bytes() - least)
"""
    asked = [sys.executable, "-c", show]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    grown, kept = map(int, done.stdout.split())
    assert grown > worker.WORTH_GIVING_BACK
    assert kept < worker.WORTH_GIVING_BACK / 2
