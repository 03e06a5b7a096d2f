"""A background job that keeps failing is seen where an operator looks, and not in the log alone."""

import asyncio
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest

from oauth2system.errors import Busy, Trouble
from oauth2system.policy import lifetimes
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner, utc_now
from oauth2system.services.server import connection_check, health, job_failures, jobs
from oauth2system.storage.tables import outbox
from tests.support.in_process.story import Story


@pytest.fixture
def story(database_url: str, tmp_path: Path) -> Generator[Story]:
    made = Story(database_url, tmp_path)
    yield made
    made.close()


class Trial:
    """A job that raises what the test wants, run when it is due."""

    def __init__(self, story: Story, monkeypatch: pytest.MonkeyPatch, name: str = "keys") -> None:
        self.story, self.name = story, name
        self.error: Exception | None = None
        monkeypatch.setattr(jobs, "JOBS", (jobs.Job(name, timedelta(minutes=5), self._run),))

    async def _run(self, _runner: Runner, _stop: asyncio.Event) -> None:
        if self.error is not None:
            raise self.error

    def run(self, error: Exception | None) -> None:
        self.error = error
        asyncio.run(jobs.run_due(self.story.runner, asyncio.Event(), {self.name: 0.0}))

    def warnings(self) -> list[str]:
        found = self.story.ask(job_failures.find_problems)
        assert not any(problem.refuses for problem in found)
        return [str(problem.message) for problem in found]


def test_a_job_that_keeps_failing_is_recorded_once_an_hour_until_it_works(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(story, monkeypatch)
    for _ in range(24):
        trial.run(KeyError("os_secret"))
        story.later(minutes=5)
    assert story.events("job.failed") == 2
    [warning] = trial.warnings()
    assert "keys" in warning
    assert "KeyError" in warning
    assert "secret" not in warning
    assert story.ask(health.check_ready) is None
    trial.run(None)
    story.later(seconds=lifetimes.JOB_FAILURE_SHOWN.in_seconds + 1)
    assert trial.warnings() == []


def test_a_busy_database_is_recorded_when_a_job_never_gets_its_turn(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial, busy = Trial(story, monkeypatch), Busy("database is locked", Trouble.LOCK)
    for error in (busy, busy, None, busy, busy):
        trial.run(error)
    assert trial.warnings() == []
    trial.run(busy)
    [warning] = trial.warnings()
    assert "database is locked" in warning


def test_a_failure_that_cannot_be_recorded_ends_nothing(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = Trial(story, monkeypatch)

    async def full(*_args: object) -> None:
        raise Busy("disk full", Trouble.DISK)

    monkeypatch.setattr(story.runner, "transact", full)
    trial.run(KeyError())
    assert '"event": "job.not_recorded", "job": "keys", "trouble": "disk"' in capsys.readouterr().err


def test_check_names_the_job_from_another_process(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.now = utc_now()
    assert connection_check.find_problems(story.settings) == []
    Trial(story, monkeypatch, "released_names").run(ValueError())
    [only] = connection_check.find_problems(story.settings)
    assert "released_names" in str(only.message)
    assert not only.refuses


def test_check_counts_what_could_not_be_delivered(story: Story) -> None:
    story.now = utc_now()

    def give_one_up(ctx: Context) -> None:
        row_id = ctx.new_id()
        outbox.add(ctx.db, row_id, "mail", b"sealed", due_ms=ctx.now_ms, expires_ms=ctx.now_ms + 1)
        outbox.give_up(ctx.db, row_id, ctx.now, "550 no such mailbox")

    story.ask(give_one_up)
    [only] = connection_check.find_problems(story.settings)
    assert str(only.message).startswith("Mails or notices that were given up: 1. The last error: 550 no such mailbox")
    assert not only.refuses
