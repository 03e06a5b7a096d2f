"""The background jobs of a server, as a table: add a row to add a job.

Expiry is decided where a row is used (T100); maintenance only keeps the database small. It deletes in small
batches, each in a transaction of its own, with a pause after it, so that nobody waits for it.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import inf

from oauth2system.errors import Busy
from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import profile
from oauth2system.services.accounts.leave import deletion, export
from oauth2system.services.apps import domain_proof
from oauth2system.services.authorization import flows
from oauth2system.services.clients import reads, secret_expiry
from oauth2system.services.insight.playground.runs import Runs
from oauth2system.services.keys import keyring
from oauth2system.services.server import job_failures
from oauth2system.services.tokens import issue
from oauth2system.storage.tables import (
    audit,
    client_registrations,
    device_codes,
    ephemeral,
    invitations,
    outbox,
    rate_limits,
    redirect_uses,
    released_names,
    replays,
    sessions,
    users,
)

PAUSE_S = 0.05

_REQUESTS = (Kind.PUSHED, Kind.POSTED)


@dataclass(frozen=True, slots=True)
class Purge:
    """One kind of rows that are deleted some time after they ended.

    `batch` deletes at most so many of them, and returns how many.
    """

    name: str
    batch: Callable[[Context, int], int]


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the table. `run` takes the event that ends the server: a job of many steps looks at it."""

    name: str
    every: timedelta
    run: Callable[[Runner, asyncio.Event], Awaitable[None]]
    also_at_stop: bool = False


PURGES = (
    # The row of a pushed request stays for the flow that it began; the parameters are in the flow.
    Purge("requests", lambda ctx, most: ephemeral.shed(ctx.db, _REQUESTS, ctx.now - lifetimes.REQUEST_KEPT, most)),
    Purge("ephemeral", flows.purge),
    Purge("sessions", lambda ctx, most: sessions.purge(ctx.db, ctx.now - lifetimes.SESSION_KEPT, most)),
    Purge(
        "device_codes", lambda ctx, most: device_codes.purge(ctx.db, ctx.now_ms - lifetimes.USED_UP_KEPT.in_ms, most)
    ),
    Purge("initial_tokens", lambda ctx, most: client_registrations.purge_initial(ctx.db, ctx.now_ms, most)),
    Purge("tokens", issue.purge),
    Purge("families", issue.purge_families),
    Purge("replays", lambda ctx, most: replays.purge(ctx.db, ctx.now_ms, most)),
    Purge("throttles", lambda ctx, most: rate_limits.purge(ctx.db, ctx.now_ms, most)),
    Purge("outbox", lambda ctx, most: outbox.purge(ctx.db, ctx.now - lifetimes.UNDELIVERED_KEPT, most)),
    Purge("accounts", deletion.erase_due),
    Purge("test_people", lambda ctx, most: users.purge_test_people(ctx.db, ctx.now - lifetimes.TEST_PERSON, most)),
    Purge("playground", lambda ctx, _most: ctx.server.of(Runs).shed(ctx.now)),
    Purge("exports", export.delete_old),
    Purge("unconfirmed", profile.purge_unconfirmed),
    Purge("invitations", lambda ctx, most: invitations.purge(ctx.db, ctx.now - lifetimes.INVITATION_KEPT, most)),
    Purge("released_names", lambda ctx, most: released_names.purge(ctx.db, ctx.now_ms, most)),
    Purge("reads", reads.purge),
    Purge(
        "redirect_uses",
        lambda ctx, most: redirect_uses.purge(ctx.db, ctx.now_ms - lifetimes.REDIRECT_USE_KEPT.in_ms, most),
    ),
    Purge("old_log", app_log.purge),
    Purge("old_counts", app_log.purge_counts),
    Purge("audit", lambda ctx, most: audit.purge(ctx.db, ctx.now - lifetimes.AUDIT_KEPT, most)),
)


async def _write_last_used(runner: Runner, _stop: asyncio.Event) -> None:
    if runner.server.last_used.waiting():
        await runner.transact(SYSTEM, lambda ctx: ctx.server.last_used.write(ctx.db))


async def _write_app_log(runner: Runner, _stop: asyncio.Event) -> None:
    await app_log.save(runner)


async def _write_reads(runner: Runner, _stop: asyncio.Event) -> None:
    await reads.save(runner)


async def _purge(kind: Purge, runner: Runner, stop: asyncio.Event) -> None:
    await _repeat(kind.batch, runner, stop)


async def _give_up_flows(runner: Runner, stop: asyncio.Event) -> None:
    await _repeat(flows.give_up, runner, stop)


async def _repeat(batch: Callable[[Context, int], int], runner: Runner, stop: asyncio.Event) -> None:
    while not stop.is_set() and await runner.transact(SYSTEM, batch, quotas.PURGED_AT_ONCE):
        await _pause(stop, PAUSE_S)


async def _rotate_keys(runner: Runner, _stop: asyncio.Event) -> None:
    await keyring.rotate_due(runner)


async def _remind_of_secrets(runner: Runner, stop: asyncio.Event) -> None:
    await _repeat(secret_expiry.remind, runner, stop)


JOBS = (
    Job("app_log", lifetimes.LOG_EVERY, _write_app_log, also_at_stop=True),
    Job("noted_reads", lifetimes.READS_EVERY, _write_reads, also_at_stop=True),
    Job("last_used", lifetimes.NOTES_EVERY, _write_last_used, also_at_stop=True),
    Job("given_up_flows", lifetimes.GIVEN_UP_EVERY, _give_up_flows),
    *(Job(kind.name, lifetimes.MAINTENANCE_EVERY, partial(_purge, kind)) for kind in PURGES),
    Job("secret_mails", lifetimes.MAINTENANCE_EVERY, _remind_of_secrets),
    Job("keys", lifetimes.MAINTENANCE_EVERY, _rotate_keys),
    Job("domain_proofs", lifetimes.MAINTENANCE_EVERY, domain_proof.recheck_due),
)


def purge_now(runner: Runner, progress: Callable[[str, int], None]) -> dict[str, int]:
    """Purge everything that is due, for a command; returns how many rows were deleted, by kind."""
    gone: dict[str, int] = {}
    for kind in PURGES:
        gone[kind.name] = 0
        while deleted := runner.now(SYSTEM, kind.batch, quotas.PURGED_AT_ONCE):
            gone[kind.name] += deleted
            progress(kind.name, gone[kind.name])
    return gone


async def run_until(runner: Runner, stop: asyncio.Event) -> None:
    """Run every job when it is due, until `stop` is set; then once more the jobs that save what is in memory."""
    savers = [job for job in JOBS if job.also_at_stop]
    # What is in memory is saved on time, however long a purge takes.
    await asyncio.gather(
        _run_all(runner, stop, savers), _run_all(runner, stop, [job for job in JOBS if not job.also_at_stop])
    )
    for job in savers:
        await _attempt(job, runner, stop)


async def _run_all(runner: Runner, stop: asyncio.Event, jobs: list[Job]) -> None:
    now = time.monotonic()
    # Processes that start together should not delete the same rows together: each has a moment of its own.
    due = {job.name: now + job.every.total_seconds() * secrets.randbelow(1000) / 1000 for job in jobs}
    while not stop.is_set():
        await _pause(stop, min(due.values()) - time.monotonic())
        await run_due(runner, stop, due)


async def run_due(runner: Runner, stop: asyncio.Event, due: dict[str, float]) -> None:
    """Run the jobs of `due` that are due, one after another; it has the monotonic time for each, and gets the next."""
    for job in JOBS:
        if not stop.is_set() and due.get(job.name, inf) <= time.monotonic():
            await _attempt(job, runner, stop)
            due[job.name] = time.monotonic() + job.every.total_seconds()


async def _attempt(job: Job, runner: Runner, stop: asyncio.Event) -> None:
    """Run a job; an error is logged and recorded, and the job runs again when it is due again."""
    try:
        await job.run(runner, stop)
    except Busy as busy:
        await job_failures.was_busy(runner, job.name, busy)
    except Exception as error:  # noqa: BLE001  (no job may end the loop that runs all of them)
        await job_failures.note_failure(runner, job.name, error)
    else:
        job_failures.note_success(runner, job.name)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait that long, or until `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), max(0.0, seconds))
    except TimeoutError:
        return
