"""Writers of one moment share a transaction on PostgreSQL, and each is answered for itself."""

import asyncio
from collections.abc import Coroutine, Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from oauth2system.errors import Busy, TooManyAttempts
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.storage.tables import users
from tests.runtime.pipelines.stories import (
    crash,
    direct,
    look,
    refuse,
    running,
    together,
    touch,
    transactions_of,
    write,
)
from tests.storage.database.rows import keys, names, put, put_plainly, user


@pytest.fixture
def run(postgresql_url: str, tmp_path: Path) -> Generator[Runner]:
    with running(postgresql_url, tmp_path) as made:
        yield made


def test_writers_of_one_turn_share_one_transaction(run: Runner, postgresql_url: str) -> None:
    together(*(run.write(NOBODY, write, bytes([number])) for number in range(50)))
    written = transactions_of(postgresql_url)
    assert len(written) == 50
    assert len(set(written.values())) == 1


def test_a_failing_job_undoes_only_itself_and_a_refusal_keeps_what_came_before_it(
    run: Runner, postgresql_url: str
) -> None:
    answers = together(
        run.write(NOBODY, write, b"a"),
        run.write(NOBODY, crash),
        run.write(NOBODY, write, b"b"),
        run.write(NOBODY, refuse),
        run.write(NOBODY, write, b"c"),
    )
    assert [answers[0], answers[2], answers[4]] == [b"a", b"b", b"c"]
    assert isinstance(answers[1], ZeroDivisionError)
    assert isinstance(answers[3], TooManyAttempts)
    written = transactions_of(postgresql_url)
    assert sorted(written) == [b"a", b"b", b"c", b"refused"]
    assert len(set(written.values())) == 1  # the others were a group again


def test_several_failing_jobs_undo_only_themselves(run: Runner) -> None:
    works = [
        run.write(NOBODY, crash) if number % 3 else run.write(NOBODY, write, bytes([number])) for number in range(12)
    ]
    answers = together(*works)
    assert [isinstance(answer, ZeroDivisionError) for answer in answers] == [bool(number % 3) for number in range(12)]
    assert keys(run.database) == [bytes([number]) for number in range(0, 12, 3)]


def take_once(ctx: Context) -> bool:
    return ctx.db.run("UPDATE throttles SET full_at = 2 WHERE key = ? AND full_at = 1", b"code") == 1


def test_t165_of_many_that_take_the_same_value_one_wins_also_from_two_servers(
    run: Runner, postgresql_url: str, tmp_path: Path
) -> None:
    with running(postgresql_url, tmp_path) as other:
        run.now(NOBODY, write, b"code")
        answers = together(*((run, other)[number % 2].write(NOBODY, take_once) for number in range(60)))
    assert sorted(answers) == [False] * 59 + [True]


def test_t153_a_row_that_another_transaction_holds_delays_only_the_job_that_needs_it(
    run: Runner, postgresql_url: str
) -> None:
    run.now(NOBODY, write, b"held")

    async def story() -> Any:
        with direct(postgresql_url) as other:
            other.execute("BEGIN")
            other.execute("UPDATE throttles SET full_at = 9 WHERE key = 'held'")
            waits = asyncio.ensure_future(run.write(NOBODY, touch, b"held"))
            await asyncio.gather(*(run.write(NOBODY, write, bytes([number])) for number in range(20)))
            assert not waits.done()  # a lock of its own would be waited for for five seconds
            for number in range(20, 40):
                await run.write(NOBODY, write, bytes([number]))
            assert not waits.done()
            other.execute("COMMIT")
        return await waits

    assert asyncio.run(story()) == 1
    assert len(keys(run.database)) == 41


def test_groups_of_two_servers_that_lock_in_opposite_orders_both_end_well(
    run: Runner, postgresql_url: str, tmp_path: Path
) -> None:
    for key in (b"a", b"b"):
        run.now(NOBODY, write, key)

    async def story(other: Runner) -> list[Any]:
        works: list[Coroutine[Any, Any, int]] = []
        for _ in range(10):
            works += [run.write(NOBODY, touch, b"a"), run.write(NOBODY, touch, b"b")]
            works += [other.write(NOBODY, touch, b"b"), other.write(NOBODY, touch, b"a")]
        return await asyncio.gather(*works)

    with running(postgresql_url, tmp_path) as other:
        assert asyncio.run(story(other)) == [1] * 40
    with direct(postgresql_url) as connection:
        assert connection.execute("SELECT full_at FROM throttles").fetchall() == [(21,), (21,)]


def pass_over(ctx: Context) -> None:
    """Pass over a statement that failed, which a service must not do."""
    put_plainly(ctx.db, b"mine")
    with pytest.raises(psycopg.errors.UniqueViolation):
        put_plainly(ctx.db, b"mine")


def test_a_failed_statement_that_is_passed_over_is_never_called_done(run: Runner) -> None:
    answers = together(run.write(NOBODY, write, b"a"), run.write(NOBODY, pass_over), run.write(NOBODY, write, b"b"))
    assert [answers[0], answers[2]] == [b"a", b"b"]
    assert isinstance(answers[1], RuntimeError)
    assert keys(run.database) == [b"a", b"b"]


def add_user(ctx: Context, name: str) -> bool:
    return users.add(ctx.db, user(name))


def test_a_name_that_is_taken_is_answered_and_undoes_nothing(run: Runner) -> None:
    run.now(NOBODY, add_user, "ada")
    answers = together(
        run.write(NOBODY, write, b"a"), run.write(NOBODY, add_user, "ada"), run.write(NOBODY, add_user, "bob")
    )
    assert answers == [b"a", False, True]
    assert (names(run.database), keys(run.database)) == (["ada", "bob"], [b"a"])


def draw(ctx: Context, drawn: list[bytes]) -> bytes:
    """Insert under a key that is drawn anew until it is free, as a token is."""
    while True:
        key = drawn.pop()
        if ctx.db.add("INSERT INTO throttles (key, full_at) VALUES (?, ?)", key, 1):
            return key


def test_a_drawn_key_that_is_taken_is_drawn_again(run: Runner) -> None:
    run.now(NOBODY, write, b"taken")
    answers = together(
        run.write(NOBODY, write, b"a"),
        run.write(NOBODY, draw, [b"free", b"taken"]),
        run.write(NOBODY, write, b"b"),
        run.write(NOBODY, add_user, "ada"),
    )
    assert answers == [b"a", b"free", b"b", True]
    assert keys(run.database) == [b"a", b"b", b"free", b"taken"]


def send_taken(ctx: Context) -> None:
    ctx.db.send("INSERT INTO throttles (key, full_at) VALUES (?, ?)", b"taken", 1)


def add_or_say(ctx: Context, name: str) -> bool:
    put_plainly(ctx.db, name.encode())
    return users.add(ctx.db, user(name))


def test_a_late_fault_of_a_neighbour_is_nobody_elses_taken_name(run: Runner) -> None:
    run.now(NOBODY, write, b"taken")
    answers = together(run.write(NOBODY, send_taken), run.write(NOBODY, add_user, "ada"))
    assert isinstance(answers[0], psycopg.errors.UniqueViolation)
    assert answers[1] is True
    assert names(run.database) == ["ada"]


def put_many(ctx: Context, count: int) -> None:
    ctx.db.run_many(
        "INSERT INTO throttles (key, full_at) VALUES (?, ?)", [(bytes([n]) * 20_000, n) for n in range(count)]
    )
    with ctx.db.all_or_nothing():
        put(ctx.db, "ada")


def test_more_than_the_network_takes_at_once_arrives(run: Runner) -> None:
    async def story() -> int:
        await run.write(NOBODY, put_many, 250)
        return sum(len(key) for key in await run.read(NOBODY, look))

    assert asyncio.run(story()) == 250 * 20_000


def test_a_server_that_is_not_there_is_busy_and_forgotten_once_it_is_back(tmp_path: Path) -> None:
    with running("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path) as run:
        answers = together(run.read(NOBODY, look), run.write(NOBODY, write, b"a"), run.read(NOBODY, look))
    assert [type(answer) for answer in answers] == [Busy] * 3
