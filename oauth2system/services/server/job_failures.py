"""Which background jobs fail: recorded in the audit log, where `check` finds it after a restart."""

from collections import Counter

from oauth2system import log
from oauth2system.errors import Busy
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.runtime.runner import Runner
from oauth2system.services.server.config_check import Problem
from oauth2system.storage.tables import audit as rows

EVENT = "job.failed"
# A busy database is ordinary once or twice; a job that waits in vain each time does not do its work.
BUSY_IN_A_ROW = 3


class BusyJobs:
    """How often each job of this process found the database busy, in a row."""

    def __init__(self) -> None:
        """Start with none."""
        self.in_a_row = Counter[str]()


def note_success(runner: Runner, job: str) -> None:
    """Forget that the job found the database busy."""
    runner.server.of(BusyJobs).in_a_row.pop(job, None)


async def was_busy(runner: Runner, job: str, busy: Busy) -> None:
    """Log that a job found the database busy; record it when that happens each time."""
    log.event("job.busy", job=job, trouble=busy.trouble, why=str(busy))
    counts = runner.server.of(BusyJobs).in_a_row
    counts[job] += 1
    if counts[job] >= BUSY_IN_A_ROW:
        await _record_if_possible(runner, job, str(busy))


async def note_failure(runner: Runner, job: str, error: Exception) -> None:
    """Log an error of a job with its place, and record it with its type: its words may be secret."""
    log.crash(EVENT, error, job=job)
    await _record_if_possible(runner, job, type(error).__name__)


@reads
def find_problems(ctx: Context) -> list[Problem]:
    """Return each job that failed a short while ago, with the last time and the reason."""
    found = {
        event.data["job"]: event for event in rows.list_since(ctx.db, EVENT, ctx.now - lifetimes.JOB_FAILURE_SHOWN)
    }
    return [
        Problem(
            N_(
                "The background job {job} failed ({why}), last recorded at {when} UTC.",
                job=job,
                why=event.data["why"],
                when=f"{event.at:%Y-%m-%d %H:%M}",
            ),
            N_("Look for job.failed and job.busy in the log; it runs again every few minutes."),
            refuses=False,
        )
        for job, event in found.items()
    ]


async def _record_if_possible(runner: Runner, job: str, why: str) -> None:
    """Record a failure; when the database cannot be written, the log alone has it."""
    try:
        await runner.transact(SYSTEM, _record, job, why)
    except Busy as busy:
        log.event("job.not_recorded", job=job, trouble=busy.trouble, why=str(busy))
    except Exception as error:  # noqa: BLE001  (no job may end the loop that runs all of them)
        log.crash("job.not_recorded", error, job=job)


def _record(ctx: Context, job: str, why: str) -> None:
    if rate_limits.try_spend(ctx, budgets.JOB_FAILURES, job):
        audit.record(ctx, EVENT, job=job, why=why)
