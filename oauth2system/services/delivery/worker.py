"""The outbox: what leaves the house, sent after the commit that put it there (see outbox.py).

Delivery is at least once: a worker claims a row for a while, and whoever comes after its death
claims it again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from oauth2system import log
from oauth2system.errors import Busy
from oauth2system.policy import lifetimes, quotas
from oauth2system.runtime import audit
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.runtime.encryption import Unreadable
from oauth2system.runtime.outbox import PURPOSE, Failed, Undeliverable
from oauth2system.runtime.runner import Runner
from oauth2system.services.delivery import back_channel_logout, mail
from oauth2system.services.sessions import session_end
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import outbox as rows
from oauth2system.storage.tables.outbox import Due

LOOK_EVERY_S = 2.0
# After a ring the commit is only milliseconds away; looking costs microseconds.
LOOKS_AFTER_A_RING = (0.0, 0.01, 0.03, 0.06, 0.15, 0.5)

Courier = Callable[[Runner, dict[str, Any]], Awaitable[None]]

COURIERS: dict[str, Courier] = {"mail": mail.carry, session_end.KIND: back_channel_logout.carry}

_SYSTEM = Caller(system=True)


async def deliver(runner: Runner) -> int:
    """Make one pass over what is due; returns how many arrived."""
    if not await runner.read(_SYSTEM, _any_due):
        return 0
    arrived = 0
    while claimed := await runner.write(_SYSTEM, _claim):
        results = await asyncio.gather(*(_carry(runner, due) for due in claimed))
        arrived += sum(results)
    return arrived


async def deliver_forever(runner: Runner, stop: asyncio.Event) -> None:
    """Deliver until told to stop: at once after a ring, and every few seconds for what others put in."""
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not stop.is_set():
            ringing = asyncio.ensure_future(runner.server.wake_up.wait(LOOK_EVERY_S))
            await asyncio.wait({ringing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                ringing.cancel()
                return
            await _look(runner, after_a_ring=ringing.result())
    finally:
        stopping.cancel()


async def _look(runner: Runner, *, after_a_ring: bool) -> None:
    for pause in LOOKS_AFTER_A_RING if after_a_ring else (0.0,):
        await asyncio.sleep(pause)
        try:
            if await deliver(runner):
                return
        except Busy:
            log.event("outbox.busy")
        except Exception as error:  # noqa: BLE001  (the loop outlives whatever breaks in one pass)
            log.crash("outbox.pass_failed", error)


def _any_due(ctx: Context) -> bool:
    return rows.any_due(ctx.db, ctx.now)


def _claim(ctx: Context) -> list[Due]:
    return rows.claim(ctx.db, ctx.now, ctx.now + lifetimes.DELIVERY_LEASE, quotas.DELIVERIES_AT_ONCE)


async def _carry(runner: Runner, due: Due) -> bool:
    """Carry one delivery and note how it went; True when it arrived."""
    try:
        sealed = runner.server.encryption.unseal(PURPOSE, due.payload, bound_to=str(due.id))
        await COURIERS[due.kind](runner, json.loads(sealed))
    except (Undeliverable, Unreadable) as error:
        await runner.write(_SYSTEM, _give_up, due, str(error) or type(error).__name__)
    except Failed as error:
        await runner.write(_SYSTEM, _failed, due, str(error))
    except Busy:
        raise
    except Exception as error:  # noqa: BLE001  (one bad delivery must not stop the others)
        log.crash("outbox.courier_failed", error, kind=due.kind)
        await runner.write(_SYSTEM, _failed, due, type(error).__name__)
    else:
        await runner.write(_SYSTEM, _done, due)
        return True
    return False


def _done(ctx: Context, due: Due) -> None:
    rows.done(ctx.db, due.id)


def _failed(ctx: Context, due: Due, why: str) -> None:
    """Try again with growing pauses, until it would come too late to be of use."""
    again = ctx.now + min(
        lifetimes.DELIVERY_FIRST_PAUSE * 2 ** min(due.tries - 1, 12), lifetimes.DELIVERY_LONGEST_PAUSE
    )
    if to_ms(again) >= due.expires_ms:
        _give_up(ctx, due, why)
        return
    rows.retry(ctx.db, due.id, again, why)
    log.event("outbox.retry", kind=due.kind, tries=due.tries, why=why)


def _give_up(ctx: Context, due: Due, why: str) -> None:
    rows.give_up(ctx.db, due.id, ctx.now, why)
    audit.record(ctx, "outbox.given_up", kind=due.kind, tries=due.tries, why=why)
    log.event("outbox.given_up", kind=due.kind, tries=due.tries, why=why)
