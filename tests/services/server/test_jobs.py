"""Jobs of the background: what is over is deleted in small batches, and expiry never waits for it."""

import asyncio
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from oauth2system.errors import Busy, Trouble
from oauth2system.policy import quotas
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.services.server import jobs
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import ephemeral, rate_limits
from tests.support.in_process.browsers import START
from tests.support.in_process.story import Story
from tests.support.patience import PATIENCE_S

HOUR = timedelta(hours=1)


@pytest.fixture
def story(database_url: str, tmp_path: Path) -> Generator[Story]:
    made = Story(database_url, tmp_path)
    yield made
    made.close()


def keep(story: Story, count: int, *, expired: timedelta) -> None:
    """Store short-lived rows that expired so long ago."""

    def rows(ctx: Context) -> None:
        for number in range(count):
            ends = to_ms(START - expired)
            ephemeral.keep(ctx.db, ctx.new_id() + 2 * number, "code", b"d", data={}, expires_ms=ends)

    story.ask(rows)


def purge(runner: Runner) -> dict[str, int]:
    return jobs.purge_now(runner, lambda _kind, _count: None)


def test_what_is_over_goes_and_what_is_not_stays(story: Story) -> None:
    keep(story, 3, expired=timedelta(hours=2))
    keep(story, 2, expired=timedelta(minutes=1))
    ended = story.member("ada")
    ended.sign_out()
    story.member("bob")
    story.later(days=2)
    story.member("late")
    assert purge(story.runner)["sessions"] == 1
    assert story.look("SELECT COUNT(*) FROM sessions") == [(2,)]
    assert story.look("SELECT COUNT(*) FROM ephemeral") == [(0,)]


def test_all_of_it_goes_in_batches(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "PURGED_AT_ONCE", 10)
    keep(story, 25, expired=timedelta(hours=2))
    said: list[tuple[str, int]] = []
    counts = jobs.purge_now(story.runner, lambda kind, count: said.append((kind, count)))
    assert counts["ephemeral"] == 25
    assert [count for kind, count in said if kind == "ephemeral"] == [10, 20, 25]


def test_a_registration_that_nobody_confirmed_is_forgotten(story: Story) -> None:
    story.browser().register("ada")
    story.member("bob")
    story.later(days=15)
    assert purge(story.runner)["unconfirmed"] == 1
    assert story.look("SELECT username FROM users") == [("bob",)]


def test_old_events_are_forgotten(story: Story) -> None:
    story.member("ada")
    before = story.look("SELECT COUNT(*) FROM audit")[0][0]
    story.later(days=401)
    story.member("bob")
    assert purge(story.runner)["audit"] == before
    assert story.look("SELECT COUNT(*) FROM audit")[0][0] > 0


def test_budgets_that_are_whole_again_are_forgotten(story: Story) -> None:
    def spend(ctx: Context) -> None:
        rate_limits.spend(ctx.db, b"somebody", ctx.now_ms, 1000, 5000)

    story.ask(spend)
    assert purge(story.runner)["throttles"] == 0
    story.later(seconds=10)
    assert purge(story.runner)["throttles"] >= 1


@pytest.mark.parametrize("kind", jobs.PURGES, ids=lambda kind: kind.name)
def test_every_batch_runs_on_an_empty_database(story: Story, kind: jobs.Purge) -> None:
    assert story.ask(kind.batch, quotas.PURGED_AT_ONCE) == 0


def kept(story: Story) -> int:
    return story.look("SELECT COUNT(*) FROM ephemeral")[0][0]


def run_until(story: Story, monkeypatch: pytest.MonkeyPatch, done: Callable[[], bool]) -> None:
    """Let the background work until it has done something."""
    monkeypatch.setattr(jobs, "JOBS", tuple(replace(job, every=timedelta(milliseconds=10)) for job in jobs.JOBS))
    monkeypatch.setattr(jobs, "PAUSE_S", 0.0)

    async def work() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(jobs.run_until(story.runner, stop))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await asyncio.sleep(0.02)
                if done():
                    break
        stop.set()
        await asyncio.wait_for(task, PATIENCE_S)

    asyncio.run(work())


def test_the_background_does_it_by_itself_and_stops_when_told(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(story, 5, expired=timedelta(hours=2))
    run_until(story, monkeypatch, lambda: not kept(story))


def test_the_background_outlives_what_breaks_in_it(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = set[str]()

    async def busy(_runner: Runner, _stop: asyncio.Event) -> None:
        ran.add("busy")
        raise Busy("database is locked", Trouble.LOCK)

    async def broken(_runner: Runner, _stop: asyncio.Event) -> None:
        ran.add("broken")
        raise KeyError("os_secret")

    others = (jobs.Job("busy", HOUR, busy), jobs.Job("broken", HOUR, broken))
    monkeypatch.setattr(jobs, "JOBS", (*others, *jobs.JOBS))
    keep(story, 5, expired=timedelta(hours=2))
    run_until(story, monkeypatch, lambda: not kept(story) and ran >= {"busy", "broken"})
    said = capsys.readouterr().err
    assert '"event": "job.busy", "job": "busy", "trouble": "lock", "why": "database is locked"' in said
    assert '"event": "job.failed", "error": "KeyError"' in said
    assert "secret" not in said


def test_a_job_runs_when_it_is_due_and_not_before(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def noting(name: str) -> jobs.Job:
        async def run(_runner: Runner, _stop: asyncio.Event) -> None:
            ran.append(name)

        return jobs.Job(name, HOUR, run)

    monkeypatch.setattr(jobs, "JOBS", (noting("first"), noting("second"), noting("later")))
    due = {"first": 0.0, "second": 0.0, "later": time.monotonic() + 60}
    for _ in range(2):
        asyncio.run(jobs.run_due(story.runner, asyncio.Event(), due))
    assert ran == ["first", "second"]
    assert all(next_time > time.monotonic() + 3590 for name, next_time in due.items() if name != "later")


def test_what_was_noted_last_is_written_before_the_server_ends(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "JOBS", tuple(replace(job, every=HOUR) for job in jobs.JOBS))
    member = story.member("ada")
    app = story.app(member)
    story.fetch(app, member.value(app))
    assert story.runner.server.last_used.waiting()
    stop = asyncio.Event()
    stop.set()
    asyncio.run(jobs.run_until(story.runner, stop))
    assert not story.runner.server.last_used.waiting()


def test_every_job_has_a_name_of_its_own() -> None:
    names = [job.name for job in jobs.JOBS]
    assert len(names) == len(set(names))


def test_t100_expired_means_expired_although_nothing_was_purged(story: Story) -> None:
    member = story.member("ada")
    app = story.app(member)
    value = member.value(app)
    story.later(seconds=121)
    assert not story.is_readable(app, value)
    story.later(days=8)
    assert not story.is_alive(member.caller)
    assert story.look("SELECT COUNT(*) FROM ephemeral")[0][0] > 0  # it is all still there
