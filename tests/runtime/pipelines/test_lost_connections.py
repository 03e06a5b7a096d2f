"""A lost connection costs one more try at most on PostgreSQL, and nobody hears of a success that is not on disk."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Busy
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.storage.database.pipeline import Pipeline
from tests.runtime.pipelines.stories import backend, direct, end_others, look, running, together, write
from tests.storage.database.rows import keys, put_plainly
from tests.support.servers.processes import wait_until


@pytest.fixture
def run(postgresql_url: str, tmp_path: Path) -> Generator[Runner]:
    with running(postgresql_url, tmp_path) as made:
        yield made


def test_t154_a_connection_that_ended_while_nobody_used_it_is_replaced(run: Runner, postgresql_url: str) -> None:
    async def story() -> list[Any]:
        answers: list[Any] = []
        for key in (b"a", b"b", b"c"):
            answers += await asyncio.gather(run.write(NOBODY, write, key), run.read(NOBODY, backend))
            await asyncio.to_thread(end_others, postgresql_url)
        return [*answers, await run.read(NOBODY, look)]

    answers = asyncio.run(story())
    assert answers[0:6:2] == [b"a", b"b", b"c"]
    assert len(set(answers[1:6:2])) == 3
    assert answers[6] == [b"a", b"b", b"c"]


def test_a_connection_that_ended_unseen_costs_one_more_try(run: Runner, postgresql_url: str) -> None:
    """The loop has not looked at the connection since: the jobs of this turn find out."""

    async def story() -> tuple[bytes, int]:
        await asyncio.gather(run.write(NOBODY, write, b"a"), run.read(NOBODY, look))
        end_others(postgresql_url)
        return await asyncio.gather(run.write(NOBODY, write, b"b"), run.read(NOBODY, backend))

    assert asyncio.run(story())[0] == b"b"
    assert keys(run.database) == [b"a", b"b"]


def end_own(ctx: Context, url: str, turns: list[int]) -> bytes:
    """Lose the connection in the middle, the first time."""
    put_plainly(ctx.db, b"own")
    if not turns:
        turns.append(backend(ctx))
        with direct(url) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (turns[0],))
    put_plainly(ctx.db, b"own too")
    return b"own"


def test_a_group_that_loses_its_connection_is_done_once_all_the_same(run: Runner, postgresql_url: str) -> None:
    answers = together(
        run.write(NOBODY, write, b"a"),
        run.write(NOBODY, end_own, postgresql_url, []),
        run.write(NOBODY, write, b"b"),
    )
    assert answers == [b"a", b"own", b"b"]
    assert keys(run.database) == [b"a", b"b", b"own", b"own too"]


def test_when_the_answer_to_the_commit_is_lost_nobody_hears_of_a_success(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = Pipeline.execute

    def losing(line: Pipeline, sql: str, args: tuple[Any, ...] = (), *, prepare: bool = True) -> Any:
        if sql == "COMMIT":
            asyncio.get_running_loop().call_soon(line.lose, OSError("the network is gone"))
        return execute(line, sql, args, prepare=prepare)

    monkeypatch.setattr(Pipeline, "execute", losing)
    answers = together(run.write(NOBODY, write, b"a"), run.write(NOBODY, write, b"b"))
    assert [type(answer) for answer in answers] == [Busy, Busy]
    monkeypatch.undo()
    assert together(run.write(NOBODY, write, b"c")) == [b"c"]


_WRITER = """
import asyncio, sys
from pathlib import Path
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.runner import Runner
from oauth2system.settings import load
from oauth2system.storage.database.transactions import Database
from tests.runtime.pipelines.stories import write

async def story(run):
    async def stream(name):
        number = 0
        while True:
            key = f"{name}.{number}".encode()
            await run.write(NOBODY, write, key)
            sys.stdout.write(key.decode() + "\\n")
            sys.stdout.flush()
            number += 1
    await asyncio.gather(*(stream(name) for name in range(16)))

asyncio.run(story(Runner(load({}, folder=Path(sys.argv[2])), Database(sys.argv[1]))))
"""


def test_t155_a_server_killed_in_the_middle_of_a_group_answered_nobody_with_what_is_not_on_disk(
    postgresql_url: str, tmp_path: Path, run: Runner
) -> None:
    answered = tmp_path / "answered"
    with answered.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_WRITER), postgresql_url, str(tmp_path)],
            stdout=out, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        try:
            assert wait_until(lambda: answered.read_bytes().count(b"\n") > 200, seconds=30)
            time.sleep(0.01)
        finally:
            server.send_signal(signal.SIGKILL)
            server.wait()
    heard = {line for line in answered.read_bytes().split(b"\n")[:-1] if line}
    assert heard <= set(keys(run.database))
    assert together(run.write(NOBODY, write, b"after")) == [b"after"]  # no lock is left
