"""Carries "this app has changed" between the workers of one server, through Redis, and connects again by itself.

A message names apps and nothing else. What is lost while Redis is away needs no memory: after a new connection every
tab looks again.
"""

import asyncio
import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from oauth2system import log
from oauth2system.runtime.events.changes import Changes
from oauth2system.runtime.runner import Runner

PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
_LOOK_S = 1.0


async def carry_until(runner: Runner, stop: asyncio.Event) -> None:
    """Pass changes on to the other workers and theirs to the tabs of this one, until `stop` is set."""
    url = runner.settings.redis_url
    if url is None:
        return
    from redis.exceptions import RedisError  # noqa: PLC0415  (a server without Redis does not load it)

    changes = runner.server.of(Changes)
    changes.is_shared = True
    carrier = _Carrier(changes, f"oauth2system:{runner.settings.public_url}:changes", secrets.token_hex(8))
    pause = PAUSE_S
    while not stop.is_set():
        began = time.monotonic()
        try:
            await carrier.carry(url, stop)
        except (RedisError, OSError) as error:
            log.event("changes.not_carried", why=type(error).__name__)
            pause = PAUSE_S if time.monotonic() - began > LONGEST_PAUSE_S else min(LONGEST_PAUSE_S, 2 * pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


@dataclass(frozen=True, slots=True)
class _Carrier:
    """One worker's end of the channel; `me` marks its own messages."""

    changes: Changes
    channel: str
    me: str

    async def carry(self, url: str, stop: asyncio.Event) -> None:
        """Send and hear until `stop` is set; raises what Redis raises."""
        from redis.asyncio import Redis  # noqa: PLC0415  (as above)

        redis: Any = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]  (redis leaves this untyped)
        async with redis, redis.pubsub(ignore_subscribe_messages=True) as heard:
            await heard.subscribe(self.channel)
            self.changes.wake({""})
            sending = asyncio.create_task(self._send(redis))
            try:
                while not stop.is_set():
                    message = await heard.get_message(timeout=_LOOK_S)
                    if message is not None:
                        self.changes.wake(read_message(message["data"], self.me))
                    if sending.done():
                        await sending
            finally:
                sending.cancel()
                await asyncio.wait([sending])

    async def _send(self, redis: Any) -> None:
        while True:
            await self.changes.news.wait()
            changed = self.changes.take_outgoing()
            try:
                await redis.publish(self.channel, json.dumps([self.me, *sorted(changed)]))
            except BaseException:
                self.changes.put_back(changed)
                raise


def read_message(data: bytes | str, me: str) -> set[str]:
    """Return the apps that a message of another worker names; nothing for our own, or for what is no message."""
    try:
        found = json.loads(data)
    except ValueError:
        return set()
    if not isinstance(found, list):
        return set()
    sender, *apps = cast("list[Any]", found) or [me]
    return set() if sender == me else {one for one in apps if isinstance(one, str)}
