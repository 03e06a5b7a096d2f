"""Where a service runs: in place, in a group commit, or in a thread. Callers do not see the difference.

A short service runs on the event loop: a thread hop costs more than what it asks of the database. On SQLite it runs in
place; on PostgreSQL it waits in a greenlet for its answers (`pipelines/`).
Writers that wait in one turn of the loop share one commit, which makes an fsync each affordable.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, TypeVar

from oauth2system.errors import Busy, Deadlock, TooManyAttempts, Trouble
from oauth2system.policy import quotas
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.runtime.encryption import Encryption
from oauth2system.runtime.group_commit import Groups
from oauth2system.runtime.outgoing_http import OutgoingHttp
from oauth2system.runtime.pipelines.looks import Looks
from oauth2system.runtime.pipelines.readers import Readers
from oauth2system.runtime.pipelines.writers import Writers
from oauth2system.runtime.server_state import ServerState
from oauth2system.settings import Settings
from oauth2system.storage.database.transactions import Database, Db

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 12
SLOW_QUEUE = 256
DEADLOCK_RETRIES = 2


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def _stand_back() -> None:
    """Give this thread a low priority: a hundred passwords at once must not take the event loop's core (T152)."""
    if sys.platform == "linux":  # where a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


class Runner:
    """Runs services for HTTP, pages and commands."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Hold what every Context needs; threads start with the first use."""
        self.settings = settings
        self.database = database
        self.server = ServerState(Encryption(settings.secret_key, random), OutgoingHttp(settings.fetch_allow))
        self._clock = clock
        self._random = random
        self._threads = ThreadPoolExecutor(THREADS, "service")
        self._slow = ThreadPoolExecutor(max(1, (os.cpu_count() or 1)), "slow", initializer=_stand_back)
        self._mails = ThreadPoolExecutor(quotas.DELIVERIES_AT_ONCE, "mail")
        self._pictures = ThreadPoolExecutor(1, "picture", initializer=_stand_back)
        self._slow_waiting = 0
        self._waiting = 0
        self._groups = Groups(database)
        self._looks = Looks(database)
        self._readers = Readers(database)
        self._writers = Writers(database, self._alone)

    def context(self, db: Db, caller: Caller) -> Context:
        """Make the Context of one service call; its session is looked up in that same transaction."""
        return Context(
            db, self.server, self.settings, self._clock(), self._random, caller, caller.source, caller.system
        )

    async def read(
        self, caller: Caller, service: Callable[Concatenate[Context, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a service that only reads, without a transaction of its own."""

        def job(db: Db) -> R:
            return service(self.context(db, caller), *args, **kwargs)

        if not self.database.postgresql:
            return self._looks.run(job)
        if self._readers.serves(asyncio.get_running_loop()):
            return await self._readers.submit(job)
        return await self._in_thread(lambda: self.database.look(job))

    async def write(
        self, caller: Caller, service: Callable[Concatenate[Context, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a short service that writes; it shares a transaction and its commit with its neighbours."""

        def job(db: Db) -> R:
            return service(self.context(db, caller), *args, **kwargs)

        if not self.database.postgresql:
            return await self._groups.submit(job)
        if self._writers.serves(asyncio.get_running_loop()):
            return await self._writers.submit(job)
        return await self._alone(job)

    async def _alone(self, job: Callable[[Db], R]) -> R:
        """Run a job in a thread with a transaction of its own."""
        return await self._in_thread(lambda: self._run_and_commit(job))

    def _run_and_commit(self, job: Callable[[Db], R]) -> R:
        """Run a job in a transaction of its own, and again where PostgreSQL ended it for a deadlock.

        Nothing of it was kept then. A service has no effect outside the database but for notes in memory, and what
        leaves the server is put into the outbox: so it can run again.
        """
        for _retry in range(DEADLOCK_RETRIES):
            with suppress(Deadlock), self.database.transaction() as db:
                return job(db)
        with self.database.transaction() as db:
            return job(db)

    async def transact(
        self, caller: Caller, service: Callable[Concatenate[Context, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a longer service in a thread with a transaction of its own: what people click."""
        return await self._in_thread(lambda: self.now(caller, service, *args, **kwargs))

    def now(
        self, caller: Caller, service: Callable[Concatenate[Context, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a service here and now, for commands and tests."""
        return self._run_and_commit(lambda db: service(self.context(db, caller), *args, **kwargs))

    async def slow(self, work: Callable[[], R]) -> R:
        """Run work of tens of milliseconds (argon2) outside the loop; raises TooManyAttempts when busy (T152)."""
        if self._slow_waiting >= SLOW_QUEUE:
            raise TooManyAttempts(5)
        self._slow_waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._slow, work)
        finally:
            self._slow_waiting -= 1

    async def picture(self, work: Callable[[], R]) -> R:
        """Decode a picture in a thread of its own, one at a time: each takes a lot of memory, for up to a second."""
        return await asyncio.get_running_loop().run_in_executor(self._pictures, work)

    async def mail(self, send: Callable[[], R]) -> R:
        """Run what waits for a mail server, in threads of its own: nothing else of ours waits for it, nor it for us."""
        return await asyncio.get_running_loop().run_in_executor(self._mails, send)

    async def _in_thread(self, job: Callable[[], R]) -> R:
        if self._waiting >= quotas.WAITING_FOR_A_THREAD:
            raise Busy("too many wait for a thread", Trouble.QUEUE)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Wait for running services, then close the database."""
        self._readers.close()
        self._writers.close()
        self._threads.shutdown(wait=True)
        self._slow.shutdown(wait=True)
        self._mails.shutdown(wait=True)
        self._pictures.shutdown(wait=True)
        self.server.outgoing.close()
        self._groups.close()
        self.database.close()
