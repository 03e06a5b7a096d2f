"""What is done again and again in the background: old rows forgotten, noted things written.

Expiry is decided where a row is used (T100); purging only keeps the database small. So it takes
small bites, each a transaction of its own, and nobody waits for it.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from oauth2system import log
from oauth2system.errors import Busy
from oauth2system.policy import lifetimes, quotas
from oauth2system.runtime import app_log
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import profile
from oauth2system.services.keys import keyring
from oauth2system.services.tokens import issue
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import (
    audit,
    client_registrations,
    device_codes,
    ephemeral,
    outbox,
    rate_limits,
    replays,
    sessions,
)

PURGE_EVERY_S = 300.0
WRITE_EVERY_S = 5.0
BREATH_S = 0.05


_SYSTEM = Caller(system=True)


@dataclass(frozen=True, slots=True)
class Purge:
    """One kind of rows that are forgotten with time; `bite` deletes a bounded number and says how many."""

    name: str
    bite: Callable[[Context], int]


PURGES = (
    Purge("ephemeral", lambda ctx: ephemeral.purge(ctx.db, ctx.now - lifetimes.USED_UP_KEPT, quotas.PURGED_AT_ONCE)),
    Purge("sessions", lambda ctx: sessions.purge(ctx.db, ctx.now - lifetimes.SESSION_KEPT, quotas.PURGED_AT_ONCE)),
    Purge(
        "device_codes",
        lambda ctx: device_codes.purge(ctx.db, to_ms(ctx.now - lifetimes.USED_UP_KEPT), quotas.PURGED_AT_ONCE),
    ),
    Purge("initial_tokens", lambda ctx: client_registrations.purge_initial(ctx.db, ctx.now_ms, quotas.PURGED_AT_ONCE)),
    Purge("tokens", lambda ctx: issue.purge(ctx, quotas.PURGED_AT_ONCE)),
    Purge("families", lambda ctx: issue.purge_families(ctx, quotas.PURGED_AT_ONCE)),
    Purge("replays", lambda ctx: replays.purge(ctx.db, ctx.now_ms, quotas.PURGED_AT_ONCE)),
    Purge("throttles", lambda ctx: rate_limits.purge(ctx.db, ctx.now_ms, quotas.PURGED_AT_ONCE)),
    Purge("outbox", lambda ctx: outbox.purge(ctx.db, ctx.now - lifetimes.UNDELIVERED_KEPT, quotas.PURGED_AT_ONCE)),
    Purge("unconfirmed", lambda ctx: profile.purge_unconfirmed(ctx, quotas.PURGED_AT_ONCE)),
    Purge("audit", lambda ctx: audit.purge(ctx.db, ctx.now - lifetimes.AUDIT_KEPT, quotas.PURGED_AT_ONCE)),
)


def purge_now(runner: Runner, progress: Callable[[str, int], None]) -> dict[str, int]:
    """Purge to the end, for the operator's command; returns how many rows went, by kind."""
    gone: dict[str, int] = {}
    for kind in PURGES:
        gone[kind.name] = 0
        while bitten := runner.now(_SYSTEM, kind.bite):
            gone[kind.name] += bitten
            progress(kind.name, gone[kind.name])
    return gone


async def keep_house(runner: Runner, stop: asyncio.Event) -> None:
    """Write what was noted every few seconds, purge and look after the keys every few minutes, until told to stop."""
    rounds = round(PURGE_EVERY_S / WRITE_EVERY_S)
    # Workers that start together should not bite into the same rows together.
    turn = secrets.randbelow(rounds)
    while not stop.is_set():
        await _pause(stop, WRITE_EVERY_S)
        await write_notes(runner)
        turn += 1
        if turn % rounds == 0 and not stop.is_set():
            await purge(runner, stop)
            await _tend_keys(runner)
    await write_notes(runner)  # what the last requests noted, if it came after the last round


async def write_notes(runner: Runner) -> None:
    """Write what was noted in memory: when things were last used, and what was refused."""
    if runner.server.last_used.waiting():
        await _attempt(runner, lambda ctx: ctx.server.last_used.write(ctx.db), "last_used")
    if runner.server.refusals:
        await _attempt(runner, app_log.write, "refusals")


async def purge(runner: Runner, stop: asyncio.Event) -> None:
    """Forget what is over, a bite at a time, with a breath after each for whoever writes meanwhile."""
    for kind in PURGES:
        while not stop.is_set() and await _attempt(runner, kind.bite, kind.name):
            await _pause(stop, BREATH_S)


async def _tend_keys(runner: Runner) -> None:
    """Rotate signing keys when it is time; whatever breaks is tried again next time."""
    try:
        await keyring.tend(runner)
    except Busy:
        log.event("job.busy", job="keys")
    except Exception as error:  # noqa: BLE001  (the loop outlives whatever breaks in one job)
        log.crash("job.failed", error, job="keys")


async def _attempt(runner: Runner, job: Callable[[Context], int | None], name: str) -> int:
    """Run a job in a thread; whatever breaks in it is logged and tried again next time."""
    try:
        return await runner.transact(_SYSTEM, job) or 0
    except Busy:
        log.event("job.busy", job=name)
    except Exception as error:  # noqa: BLE001  (the loop outlives whatever breaks in one job)
        log.crash("job.failed", error, job=name)
    return 0


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait that long, or until told to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
