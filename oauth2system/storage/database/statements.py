"""What every query takes: literal SQL and expressions, run by the driver on its own connection.

`one`, `all` and `run` take a literal with `?` for each value and answer what the driver reads. `fetch_one`,
`fetch` and `execute` take an expression (`select(…)`, `update(…)`) and convert by the types of its columns.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from oauth2system.storage.database.compiler import Compiler, Expression, Prepared
from oauth2system.storage.database.engine import is_taken

if TYPE_CHECKING:
    from oauth2system.storage.database.pipeline import Pipeline

Row = tuple[Any, ...]
Job = Callable[["Db"], Any]


class Db:
    """One transaction's view of the database."""

    __slots__ = ("_compiler", "_driver", "_execute", "_mark", "_pipeline", "_postgresql")

    def __init__(self, driver: Any, compiler: Compiler, pipeline: "Pipeline | None" = None) -> None:
        """Wrap the driver's connection, or a pipeline in its place; somebody else begins and ends its transaction."""
        self._compiler = compiler
        self._driver, self._execute = driver, driver.execute
        self._postgresql = compiler.postgresql
        self._pipeline = pipeline
        # What is known to work needs no wait.
        self._mark = driver.execute if pipeline is None else pipeline.send

    def _run(self, sql: str, args: tuple[Any, ...]) -> Any:
        if not self._postgresql:
            return self._execute(sql, args)
        return self._execute(self._compiler.literal(sql), args, prepare=True)

    def one(self, sql: str, *args: Any) -> Row | None:
        """Return the first row or None; placeholders are `?` on both databases."""
        return self._run(sql, args).fetchone()

    def all(self, sql: str, *args: Any) -> list[Row]:
        """Return every row."""
        return self._run(sql, args).fetchall()

    def run(self, sql: str, *args: Any) -> int:
        """Execute and return how many rows it touched."""
        return self._run(sql, args).rowcount

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute one literal with the values of each row; much cheaper than as many calls of `run`."""
        if self._pipeline is not None:
            for row in rows:
                self._pipeline.send(self._compiler.literal(sql), tuple(row))
        elif self._postgresql:
            self._driver.cursor().executemany(self._compiler.literal(sql), rows)
        else:
            self._driver.cursor().executemany(sql, rows)

    def send(self, sql: str, *args: Any) -> None:
        """Execute a literal whose answer nobody needs: in a pipeline nobody waits for it.

        Where it fails, the next statement or the commit does, and the whole transaction is undone. So it is not for
        statements that may fail, such as an INSERT of a value that somebody else may have taken.
        """
        self._send(sql, args)

    def add(self, sql: str, *args: Any) -> bool:
        """Insert by a literal INSERT; False where the key is taken.

        In a pipeline nobody waits for it: a taken key undoes the transaction, whose jobs then run again alone. So it
        is for keys that we draw ourselves, which are hardly ever taken.
        """
        if self._pipeline is not None:
            self._send(sql, args)
            return True
        return self._run(f"{sql} ON CONFLICT DO NOTHING", args).rowcount == 1

    def _send(self, sql: str, args: tuple[Any, ...]) -> None:
        if self._pipeline is None:
            self._run(sql, args)
        else:
            self._pipeline.send(self._compiler.literal(sql), args)

    def fetch_one(self, query: Expression) -> Row | None:
        """Return the first row that an expression finds, or None; values have the types of their columns."""
        prepared = self._compiler.expression(query)
        row = self._perform(prepared).fetchone()
        return None if row is None else _convert(row, prepared)

    def fetch(self, query: Expression) -> list[Row]:
        """Return every row that an expression finds; values have the types of their columns."""
        prepared = self._compiler.expression(query)
        return [_convert(row, prepared) for row in self._perform(prepared).fetchall()]

    def fetch_stored(self, query: Expression) -> list[Row]:
        """Return every row that an expression finds, as the driver reads it: `Records` converts by itself."""
        return self._perform(self._compiler.expression(query)).fetchall()

    def execute(self, change: Expression) -> int:
        """Execute an expression and return how many rows it touched."""
        return self._perform(self._compiler.expression(change)).rowcount

    @contextmanager
    def all_or_nothing(self) -> Generator[None]:
        """Undo what was written in here when it ends in an error; a refusal commits only what came before."""
        self._mark("SAVEPOINT all_or_nothing")
        try:
            yield
        except BaseException:
            self._mark("ROLLBACK TO SAVEPOINT all_or_nothing")
            self._mark("RELEASE SAVEPOINT all_or_nothing")
            raise
        self._mark("RELEASE SAVEPOINT all_or_nothing")

    def attempt(self, change: Expression) -> bool:
        """Execute an expression in a savepoint; False where it changed no row, or where a unique value is taken."""
        self._mark("SAVEPOINT attempt")
        try:
            done = self.execute(change) > 0
        except Exception as error:
            if not is_taken(error):
                raise  # and the whole transaction is undone
            self._mark("ROLLBACK TO SAVEPOINT attempt")
            done = False
        self._mark("RELEASE SAVEPOINT attempt")
        return done

    def _perform(self, prepared: Prepared) -> Any:
        if not self._postgresql:
            return self._execute(prepared.sql, prepared.values)
        return self._execute(prepared.sql, prepared.values, prepare=True)


def driver_of(connection: Connection) -> Any:
    """Return the driver's own connection."""
    return connection.connection.driver_connection


def _convert(row: Row, prepared: Prepared) -> Row:
    readers = zip(row, prepared.readers, strict=True)
    return tuple(value if read is None else read(value) for value, read in readers)
