"""A door calls a service by name; the service has declared how it runs."""

import asyncio
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import NOBODY, Caller
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts, writes
from oauth2system.runtime.runner import Runner
from oauth2system.settings import load
from oauth2system.storage.database.transactions import Database
from tests.storage.database.rows import keys, put_plainly


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Generator[Runner]:
    made = Runner(load({}, folder=tmp_path), Database(database_url))
    yield made
    made.close()


@reads
def look(ctx: Context, more: int = 0) -> int:
    return more + sum(1 for _row in ctx.db.all("SELECT key FROM throttles"))


@writes
def write(ctx: Context, key: bytes) -> str:
    put_plainly(ctx.db, key)
    return threading.current_thread().name


@transacts
def transact(ctx: Context, key: bytes) -> str:
    if look(ctx) > 1:
        raise NotPermitted(N_("Enough."))
    put_plainly(ctx.db, key)
    return threading.current_thread().name


@transacts
def actor(ctx: Context) -> str:
    return ctx.actor


async def procedure(call: Call, *names: bytes) -> int:
    for name in names:
        await call(transact, name)
    return await call(look)


@reads
def write_although_it_reads(ctx: Context, sql: str) -> None:
    ctx.db.run(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO throttles (key, full_at) VALUES ('a', 1)",
        "UPDATE throttles SET full_at = 2",
        "DELETE FROM throttles",
        "WITH gone AS (DELETE FROM throttles RETURNING key) SELECT key FROM gone",
        "CREATE TABLE more (key INTEGER)",
    ],
)
def test_the_database_refuses_what_a_reading_service_writes(run: Runner, sql: str) -> None:
    call = Call(run, NOBODY)

    async def story() -> str:
        await call(write, b"kept")
        with pytest.raises(Exception, match=r"readonly|read-only|syntax error"):
            await call(write_although_it_reads, sql)
        assert await call(look) == 1
        return await call(write, b"and the next one writes again")

    asyncio.run(story())
    assert keys(run.database) == [b"and the next one writes again", b"kept"]


def test_each_service_runs_in_the_lane_that_it_declares(run: Runner) -> None:
    call = Call(run, NOBODY)
    here = threading.current_thread().name

    async def story() -> tuple[str, str, int]:
        return await call(write, b"a"), await call(transact, b"b"), await call(look, more=10)

    wrote, transacted, found = asyncio.run(story())
    assert wrote == here
    assert transacted.startswith("service")
    assert found == 12


def test_a_procedure_runs_several_transactions_and_what_was_done_before_a_refusal_stays(run: Runner) -> None:
    call = Call(run, NOBODY)
    with pytest.raises(NotPermitted):
        asyncio.run(procedure(call, b"a", b"b", b"c"))
    assert keys(run.database) == [b"a", b"b"]


def test_a_command_calls_services_without_an_event_loop(run: Runner) -> None:
    call = Call(run, Caller(system=True))
    assert call.now(actor) == "system"
    assert call.now(transact, b"a") == threading.current_thread().name


def test_services_call_each_other_with_their_context(run: Runner) -> None:
    assert run.now(NOBODY, lambda ctx: (write(ctx, b"a"), look(ctx)))[1] == 1
