"""One connection to PostgreSQL in pipeline mode, whose answers the event loop brings.

A job runs in a greenlet on the event loop. Where it asks the database, its statement is sent and the greenlet waits;
the loop goes on, and continues the job once the answer is there. So a job needs no thread, and several jobs may have
statements under way at the same time. Statements are prepared once, and values travel in PostgreSQL's binary form.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import greenlet
import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

# Our program has fewer statements; those built from request data must not fill the server's memory.
_MOST_PREPARED = 500
_LOST = "the connection to the database was lost"
# Conditions that end the connection: it broke (class 08), or the server closes it (57P01 to 57P05).
_ENDINGS = ("08", "57P")
_FINE = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY})
_AUTO = PyFormat.AUTO


class LateFault(Exception):
    """A statement that nobody waited for has failed, so the transaction has; it may be any earlier job's."""


class Fetched:
    """What a statement brought, read as a cursor is."""

    __slots__ = ("_result", "_rows")

    def __init__(self, rows: list[Any], result: PGresult) -> None:
        self._rows = rows
        self._result = result

    def fetchone(self) -> Any:
        """Return the first row or None."""
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[Any]:
        """Return every row."""
        return self._rows

    @property
    def rowcount(self) -> int:
        """Return how many rows were found or changed."""
        return self._result.command_tuples or 0

    @property
    def status(self) -> bytes:
        """Return the server's word for what it did: COMMIT is answered by ROLLBACK where something had failed."""
        return self._result.command_status or b""


class _Expected(NamedTuple):
    """What the next result is for: a job that waits, a statement to be prepared, or the end of a unit."""

    waiter: "greenlet.greenlet | None" = None
    prepared: tuple[str, tuple[int, ...]] | None = None
    ends_unit: bool = False


_NOBODY = _Expected()
_END = _Expected(ends_unit=True)


class Pipeline:
    """Sends statements and hands each answer to the job that waits for it. One thread uses it: that of its loop."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Take over a connection that is in no transaction."""
        self._connection = connection
        self._pg = connection.pgconn
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        self._socket = self._pg.socket
        self._values = Transformer(connection)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._expected: deque[_Expected] = deque()
        self._fault: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flush_planned = self._writing = False
        self._since = 0.0
        self.lost = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have this loop bring the answers; the loop before it is closed."""
        self._loop = loop
        self._flush_planned = self._writing = False
        loop.add_reader(self._socket, self._read)

    @property
    def idle(self) -> bool:
        """Return whether nothing is under way."""
        return not self._expected

    @property
    def under_way(self) -> int:
        """Return a measure of how much is to be answered before a new statement is."""
        return len(self._expected)

    def waits_since(self, moment: float) -> bool:
        """Return whether no answer has come since that time of the loop, though one is expected."""
        return bool(self._expected) and self._since < moment

    def execute(self, sql: str, args: tuple[Any, ...] = (), *, prepare: bool = True) -> Fetched:
        """Run a statement and wait for its answer, in a greenlet; raises what the driver raises, or LateFault."""
        del prepare  # every statement is; the parameter is the driver's
        job = greenlet.getcurrent()
        assert job.parent is not None, "Only a job in a greenlet can wait."  # noqa: S101  (for the type checker; its callers see to it)
        self._put(sql, args, job)
        self._pg.pipeline_sync()
        self._expected.append(_END)
        self._plan_flush()
        return job.parent.switch()

    def send(self, sql: str, args: tuple[Any, ...] = ()) -> None:
        """Run a statement whose answer nobody needs. It leaves with the next one, which fails where this one does."""
        self._put(sql, args, None)

    def _put(self, sql: str, args: tuple[Any, ...], job: "greenlet.greenlet | None") -> None:
        if self.lost:
            raise psycopg.OperationalError(_LOST)
        values, types, formats = (), (), ()
        if args:
            values = self._values.dump_sequence(args, (_AUTO,) * len(args))
            types, formats = self._values.types or (), self._values.formats
        if not self._expected and self._loop is not None:
            self._since = self._loop.time()
        name = self._prepared.get((sql, types))
        if name is None and len(self._prepared) < _MOST_PREPARED:
            name = self._prepare(sql, types)
        if name is None:
            self._pg.send_query_params(sql.encode(), values, types, formats, Format.BINARY)
        else:
            self._pg.send_query_prepared(name, values, formats, Format.BINARY)
        self._expected.append(_NOBODY if job is None else _Expected(job))

    def _prepare(self, sql: str, types: tuple[int, ...]) -> bytes:
        name = b"s%d" % len(self._prepared)
        self._pg.send_prepare(name, sql.encode(), types)
        self._prepared[sql, types] = name
        self._expected.append(_Expected(prepared=(sql, types)))
        return name

    def _plan_flush(self) -> None:
        """Send at the end of this turn of the loop: what other jobs ask until then leaves with it."""
        if not self._flush_planned and self._loop is not None:
            self._flush_planned = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_planned = False
        if self.lost or self._loop is None:
            return
        try:
            unsent = self._pg.flush()
        except psycopg.OperationalError as error:
            self.lose(error)
            return
        if unsent and not self._writing:
            self._writing = True
            self._loop.add_writer(self._socket, self._flush)
        elif self._writing and not unsent:
            self._writing = False
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        """Take in what has come, and continue the jobs that it answers."""
        self._flush_planned = True  # what they ask next is sent below
        try:
            self._pg.consume_input()
            while self._expected and not self._pg.is_busy():
                result = self._pg.get_result()
                if result is not None:
                    self._take(result)
        except psycopg.OperationalError as error:
            self.lose(error)
        finally:
            self._flush_planned = False
        if not self.lost and self._loop is not None:
            self._since = self._loop.time()
            self._flush()

    def _take(self, result: PGresult) -> None:
        expected = self._expected.popleft()
        if result.status in _FINE:
            if expected.waiter is not None:
                expected.waiter.switch(self._answer(result))
        elif expected.ends_unit:
            self._fault = None
        elif result.status == ExecStatus.FATAL_ERROR:
            self._fail(expected, error_from_result(result, self._connection.info.encoding))
        else:  # skipped, since a statement before it failed
            self._prepared.pop(expected.prepared or ("", ()), None)
            if expected.waiter is not None:
                expected.waiter.throw(self._fault or LateFault())

    def _answer(self, result: PGresult) -> Fetched:
        if not result.ntuples:
            return Fetched([], result)
        self._values.set_pgresult(result)
        return Fetched(self._values.load_rows(0, result.ntuples, tuple), result)

    def _fail(self, expected: _Expected, error: psycopg.Error) -> None:
        if error.sqlstate is None or error.sqlstate.startswith(_ENDINGS):
            self.lose(error, expected)
        elif expected.waiter is not None:
            expected.waiter.throw(error)
        elif expected.prepared is not None:  # the statement itself is wrong: the job that waits for it gets this
            self._prepared.pop(expected.prepared, None)
            self._fault = error
        else:
            self._fault = LateFault(str(error))
            self._fault.__cause__ = error

    def start(self, run: Callable[..., None], *args: Any) -> None:
        """Run a function in a greenlet until it first waits for the database."""
        greenlet.greenlet(run).switch(*args)

    def lose(self, cause: Exception, *first: _Expected) -> None:
        """Close the connection and fail every job that waits; the server undoes what was not committed."""
        if self.lost:
            return
        self.lost = True
        waiting = [one.waiter for one in (*first, *self._expected) if one.waiter is not None]
        self._expected.clear()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._connection.close()
        for waiter in waiting:
            with suppress(greenlet.error):  # its thread has ended
                waiter.throw(psycopg.OperationalError(str(cause) or _LOST))
