"""What one server keeps in memory between requests: the Runner makes it, a Context has it as `ctx.server`.

Two servers in one process have one each and see nothing of each other's. Nothing here has to survive: every
process of a server has its own, and a restart begins with an empty one.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from oauth2system.runtime.encryption import Encryption
from oauth2system.runtime.last_used import LastUsed
from oauth2system.runtime.outgoing_http import OutgoingHttp

T = TypeVar("T")


class WakeUp:
    """Wakes the delivery loops of this process, from any thread."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def wake(self) -> None:
        """Wake everybody who waits: something was put into the outbox, its commit follows within moments."""
        for loop, event in tuple(self._waiting):
            with suppress(RuntimeError):  # that loop has just closed
                loop.call_soon_threadsafe(event.set)

    async def wait(self, seconds: float) -> bool:
        """Wait for a wake-up, or for that long; True when there was one."""
        waiting = (asyncio.get_running_loop(), asyncio.Event())
        self._waiting.add(waiting)
        try:
            await asyncio.wait_for(waiting[1].wait(), seconds)
        except TimeoutError:
            return False
        else:
            return True
        finally:
            self._waiting.discard(waiting)


@dataclass(slots=True, eq=False)
class ServerState:
    """The memory of one server."""

    encryption: Encryption
    outgoing: OutgoingHttp
    wake_up: WakeUp = field(default_factory=WakeUp)
    last_used: LastUsed = field(default_factory=LastUsed)
    _of_services: dict[type[Any], Any] = field(default_factory=dict[type[Any], Any])

    def of(self, kind: type[T]) -> T:
        """Return this server's one object of a class in which a service keeps its memory; made at the first call."""
        try:
            return self._of_services[kind]
        except KeyError:
            return self._of_services.setdefault(kind, kind())
