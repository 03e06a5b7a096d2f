"""What every query takes: literal SQL and expressions, run by the driver on its own connection.

`one`, `all` and `run` take a literal with `?` for each value and answer what the driver reads. `fetch_one`,
`fetch` and `execute` take an expression (`select(…)`, `update(…)`) and convert by the types of its columns.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from oauth2system.storage.database.compiler import Compiler, Expression, Prepared
from oauth2system.storage.database.engine import is_taken

Row = tuple[Any, ...]
Job = Callable[["Db"], Any]


class Db:
    """One transaction's view of the database."""

    __slots__ = ("_compiler", "_cursor", "_execute", "_postgresql")

    def __init__(self, connection: Connection, compiler: Compiler) -> None:
        """Wrap a connection whose transaction somebody else begins and ends."""
        self._compiler = compiler
        driver = driver_of(connection)
        self._execute, self._cursor = driver.execute, driver.cursor
        self._postgresql = connection.dialect.name == "postgresql"

    def _run(self, sql: str, args: tuple[Any, ...]) -> Any:  # noqa: ANN401
        if not self._postgresql:
            return self._execute(sql, args)
        return self._execute(self._compiler.literal(sql), args, prepare=True)

    def one(self, sql: str, *args: Any) -> Row | None:  # noqa: ANN401
        """Return the first row or None; placeholders are `?` on both databases."""
        return self._run(sql, args).fetchone()

    def all(self, sql: str, *args: Any) -> list[Row]:  # noqa: ANN401
        """Return every row."""
        return self._run(sql, args).fetchall()

    def run(self, sql: str, *args: Any) -> int:  # noqa: ANN401
        """Execute and return how many rows it touched."""
        return self._run(sql, args).rowcount

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute one literal with the values of each row; much cheaper than as many calls of `run`."""
        if self._postgresql:
            self._cursor().executemany(self._compiler.literal(sql), rows)
        else:
            self._cursor().executemany(sql, rows)

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
        self._execute("SAVEPOINT all_or_nothing")
        try:
            yield
        except BaseException:
            self._execute("ROLLBACK TO SAVEPOINT all_or_nothing")
            self._execute("RELEASE SAVEPOINT all_or_nothing")
            raise
        self._execute("RELEASE SAVEPOINT all_or_nothing")

    def attempt(self, change: Expression) -> bool:
        """Execute an expression in a savepoint; False where it changed no row, or where a unique value is taken."""
        self._execute("SAVEPOINT attempt")
        try:
            done = self.execute(change) > 0
        except Exception as error:
            if not is_taken(error):
                raise  # and the whole transaction is undone
            self._execute("ROLLBACK TO SAVEPOINT attempt")
            done = False
        self._execute("RELEASE SAVEPOINT attempt")
        return done

    def _perform(self, prepared: Prepared) -> Any:  # noqa: ANN401
        if not self._postgresql:
            return self._execute(prepared.sql, prepared.values)
        return self._execute(prepared.sql, prepared.values, prepare=True)


def driver_of(connection: Connection) -> Any:  # noqa: ANN401
    """Return the driver's own connection."""
    return connection.connection.driver_connection


def _convert(row: Row, prepared: Prepared) -> Row:
    readers = zip(row, prepared.readers, strict=True)
    return tuple(value if read is None else read(value) for value, read in readers)
