"""Looks names up that others chose: so many at once, and so many of them for one owner."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Lock
from typing import TypeVar

from oauth2system.policy import quotas
from oauth2system.runtime.names import text_records
from oauth2system.runtime.names.unfetched import Unfetched

T = TypeVar("T")
Address = IPv4Address | IPv6Address


@dataclass(slots=True, eq=False)
class LookUpPlaces:
    """So many at once, and so many of them for one: what is in use, by whom."""

    most: int
    most_of_one: int
    used: Counter[str] = field(default_factory=Counter[str])
    lock: Lock = field(default_factory=Lock)

    def enter(self, whose: tuple[str, ...], what: str) -> None:
        """Take a place for each of these, or raise Unfetched."""
        with self.lock:
            if self.used.total() >= self.most * len(whose) or any(self.used[one] >= self.most_of_one for one in whose):
                raise Unfetched(f"too many {what} at once")
            self.used.update(whose)

    def leave(self, whose: tuple[str, ...]) -> None:
        """Give the places back."""
        with self.lock:
            self.used.subtract(whose)
            self.used += Counter()  # drops those that use none


class NameResolver:
    """Looks up names that others chose, in threads of its own: a name server that hangs blocks none of ours."""

    __slots__ = ("_pot", "_threads")

    def __init__(self) -> None:
        self._pot = LookUpPlaces(quotas.LOOK_UPS_AT_ONCE, quotas.LOOK_UPS_OF_ONE)
        self._threads = ThreadPoolExecutor(quotas.LOOK_UPS_AT_ONCE, "look-up")

    async def look_up(self, host: str, port: int, whose: str) -> list[Address]:
        """Return the addresses of a host; raises OSError, and Unfetched when this owner has too many under way."""
        found = await self._run(whose, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM))
        return [ip_address(str(where[0]).partition("%")[0]) for *_, where in found]

    async def look_up_texts(self, name: str, whose: str) -> tuple[str, ...]:
        """Return the TXT records of a name; raises Unfetched, also when this owner has too many under way."""
        return await self._run(whose, partial(text_records.read, name))

    async def _run(self, whose: str, look: Callable[[], T]) -> T:
        """Look something up in a thread, which counts until it is done, also when nobody waits for it any more."""
        self._pot.enter((whose,), "look-ups")
        looking = self._threads.submit(look)
        looking.add_done_callback(lambda _done: self._pot.leave((whose,)))
        return await asyncio.wrap_future(looking)

    def close(self) -> None:
        """Let go of the threads, without waiting for name servers."""
        self._threads.shutdown(wait=False, cancel_futures=True)
