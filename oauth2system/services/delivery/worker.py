"""The worker of the one queue: delivers what the outbox holds, after the commit that put it there (see outbox.py).

A handler delivers one kind of payload; the composition root maps kinds to handlers. Delivery is at least once:
a worker claims a row for some minutes, and when its process dies, another worker claims the row again. Mails and
notices have a lane each, and an owner or a host has a few notices on their way at once (T132, T159).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from oauth2system import log
from oauth2system.errors import Busy
from oauth2system.policy import lifetimes, quotas
from oauth2system.runtime import audit
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.encryption import Unreadable
from oauth2system.runtime.outbox import PURPOSE, Failed, Hung, Undeliverable
from oauth2system.runtime.runner import Runner
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import outbox
from oauth2system.storage.tables.outbox import Due, Lane

LOOK_EVERY_S = 2.0
# After a wake-up the commit is only milliseconds away; looking costs microseconds.
LOOKS_AFTER_A_WAKE_UP = (0.0, 0.01, 0.03, 0.06, 0.15, 0.5)

# Delivers one payload; raises Failed to be tried again, and Undeliverable when that would be in vain.
Handler = Callable[[Runner, dict[str, Any]], Awaitable[None]]
# The handler of each kind of payload.
Handlers = Mapping[str, Handler]


async def deliver(runner: Runner, handlers: Handlers) -> int:
    """Deliver what is due now, one lane after the other; returns how many arrived."""
    return sum([await deliver_lane(runner, handlers, lane) for lane in Lane])


async def deliver_lane(runner: Runner, handlers: Handlers, lane: Lane) -> int:
    """Deliver what is due in a lane; returns how many arrived.

    A free place is taken by the next delivery at once: nothing waits for one that hangs.
    """
    if not await runner.read(SYSTEM, _any_due, lane):
        return 0
    arrived, running = 0, set[asyncio.Task[bool]]()
    try:
        while True:
            for due in await _claim_more(runner, lane, quotas.DELIVERIES_AT_ONCE - len(running)):
                running.add(asyncio.create_task(_deliver_one(runner, handlers, due)))
            if not running:
                return arrived
            done, running = await asyncio.wait(running, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
            arrived += sum(task.result() for task in done)
    finally:
        await asyncio.gather(*running, return_exceptions=True)


async def deliver_until(runner: Runner, handlers: Handlers, stop: asyncio.Event) -> None:
    """Deliver until `stop` is set, each lane by itself: no mail waits for the servers of apps."""
    await asyncio.gather(*(_deliver_lane_until(runner, handlers, lane, stop) for lane in Lane))


async def _deliver_lane_until(runner: Runner, handlers: Handlers, lane: Lane, stop: asyncio.Event) -> None:
    """Deliver at once after a wake-up, and every few seconds what other processes put in."""
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not stop.is_set():
            waiting = asyncio.ensure_future(runner.server.wake_up.wait(LOOK_EVERY_S))
            await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                waiting.cancel()
                return
            await _look(runner, handlers, lane, after_a_wake_up=waiting.result())
    finally:
        stopping.cancel()


async def _look(runner: Runner, handlers: Handlers, lane: Lane, *, after_a_wake_up: bool) -> None:
    for pause in LOOKS_AFTER_A_WAKE_UP if after_a_wake_up else (0.0,):
        await asyncio.sleep(pause)
        try:
            if await deliver_lane(runner, handlers, lane):
                return
        except Busy as busy:
            log.event("outbox.busy", trouble=busy.trouble, why=str(busy))
        except Exception as error:  # noqa: BLE001  (no pass may end the loop that delivers)
            log.crash("outbox.pass_failed", error)


def _any_due(ctx: Context, lane: Lane) -> bool:
    return outbox.any_due(ctx.db, lane, ctx.now)


async def _claim_more(runner: Runner, lane: Lane, free: int) -> list[Due]:
    return await runner.write(SYSTEM, _claim, lane, free) if free else []


def _claim(ctx: Context, lane: Lane, free: int) -> list[Due]:
    until = ctx.now + lifetimes.DELIVERY_LEASE
    if lane is Lane.MAILS:
        return outbox.claim_mails(ctx.db, ctx.now, until, free)
    return outbox.claim_notices(ctx.db, ctx.now, until, free, quotas.DELIVERIES_OF_ONE)


async def _deliver_one(runner: Runner, handlers: Handlers, due: Due) -> bool:
    """Hand one payload to its handler and record the outcome; True when it arrived."""
    try:
        sealed = runner.server.encryption.unseal(PURPOSE, due.payload, bound_to=str(due.id))
        async with asyncio.timeout(lifetimes.DELIVERY.total_seconds()):
            await handlers[due.kind](runner, json.loads(sealed))
    except (Undeliverable, Unreadable) as error:
        await runner.write(SYSTEM, _give_up, due, str(error) or type(error).__name__)
    except Failed as error:
        await runner.write(SYSTEM, _retry_or_give_up, due, str(error), hung=isinstance(error, Hung))
    except TimeoutError:
        await runner.write(SYSTEM, _retry_or_give_up, due, "it took too long")
    except Busy:
        raise
    except Exception as error:  # noqa: BLE001  (one bad delivery must not stop the others)
        log.crash("outbox.handler_failed", error, kind=due.kind, tries=due.tries)
        await runner.write(SYSTEM, _retry_or_give_up, due, type(error).__name__)
    else:
        await runner.write(SYSTEM, _finish, due)
        return True
    return False


def _finish(ctx: Context, due: Due) -> None:
    outbox.finish(ctx.db, due.id)


def _retry_or_give_up(ctx: Context, due: Due, why: str, *, hung: bool = False) -> None:
    """Try again after a pause that doubles each time; give up when the next try would come too late.

    A host that hung is left alone for a while, whatever else waits for it.
    """
    again = ctx.now + min(
        lifetimes.DELIVERY_FIRST_PAUSE * 2 ** min(due.tries - 1, 12), lifetimes.DELIVERY_LONGEST_PAUSE
    )
    if hung and due.host is not None:
        again = max(again, ctx.now + lifetimes.HOST_RESTS)
        outbox.rest(ctx.db, due.host, ctx.now + lifetimes.HOST_RESTS)
    if to_ms(again) >= due.expires_ms:
        _give_up(ctx, due, why)
        return
    outbox.retry(ctx.db, due.id, again, why)
    log.event("outbox.retry", kind=due.kind, tries=due.tries, why=why)


def _give_up(ctx: Context, due: Due, why: str) -> None:
    outbox.give_up(ctx.db, due.id, ctx.now, why)
    audit.record(ctx, "outbox.given_up", kind=due.kind, tries=due.tries, why=why)
    log.event("outbox.given_up", kind=due.kind, tries=due.tries, why=why)
