"""All connections of one process: how many there may be, what leaves through them, and which wait for too long."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from uvicorn.server import ServerState

from oauth2system.policy import lifetimes
from oauth2system.policy.budgets import networks
from oauth2system.web.connections.whole_answers import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable


class Connected(Protocol):
    """What is asked of a connection here."""

    client: tuple[str, int] | None
    transport: asyncio.Transport

    def is_overdue(self, now: float) -> bool:
        """Return whether it has waited for too long, by the clock of the loop."""
        ...


class OpenConnections(ServerState):
    """The state that uvicorn shares between its connections, and ours."""

    def __init__(self, most: int) -> None:
        """Allow so many connections, and one address a quarter of them."""
        super().__init__()
        self.outgoing = Outgoing()
        self._most = most
        self._most_of_one = max(1, most // 4)
        self._of: dict[Any, str] = {}
        self.counts: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        # Whether an address is that of a proxy, which connects for everybody.
        self.is_proxy: Callable[[str], bool] | None = None

    def admit(self, connection: Connected) -> bool:
        """Count a new connection; False when there are too many, or too many of its address."""
        address = (connection.client or ("", 0))[0]
        whose = networks(address)[0] if address else ""
        self._of[connection] = whose
        self.counts[whose] += 1
        if len(self.connections) > self._most:
            return False
        return self.counts[whose] <= self._most_of_one or (self.is_proxy is not None and self.is_proxy(address))

    def leave(self, connection: Connected) -> None:
        """Count a connection no more."""
        whose = self._of.pop(connection, None)
        if whose is None:
            return
        self.counts[whose] -= 1
        if not self.counts[whose]:
            del self.counts[whose]

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """End connections that wait for too long, from now on. One timer for each would cost more than a request."""
        now = loop.time()
        for connection in [one for one in self._of if one.is_overdue(now)]:
            connection.transport.abort()
        self._timer = loop.call_later(lifetimes.CONNECTION_LOOK.total_seconds(), self.watch, loop)

    def stop_watching(self) -> None:
        """End no more connections."""
        if self._timer is not None:
            self._timer.cancel()
