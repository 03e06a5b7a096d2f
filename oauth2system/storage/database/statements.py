"""What every query takes: prepared SQL on the driver's own connection, and an ORM session when asked for.

An ORM read costs forty times a prepared one (decision 0005).
"""

from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import Connection
from sqlmodel import Session

Row = tuple[Any, ...]
Job = Callable[["Db"], Any]
Joins = Literal["rollback_only", "create_savepoint"]


class Db:
    """One transaction's view of the database."""

    __slots__ = ("_connection", "_execute", "_joins", "_orm", "_postgresql")

    def __init__(self, connection: Connection, *, postgresql: bool, joins: Joins | None) -> None:
        """Wrap a connection whose transaction somebody else begins and ends; `joins` is how the ORM takes part."""
        self._connection = connection
        self._execute = driver_of(connection).execute
        self._postgresql = postgresql
        self._joins: Joins | None = joins
        self._orm: Session | None = None

    def _run(self, sql: str, args: tuple[Any, ...]) -> Any:  # noqa: ANN401
        if self._orm is not None:
            self._orm.flush()
        if not self._postgresql:
            return self._execute(sql, args)
        return self._execute(_percent(sql), args, prepare=True)

    def one(self, sql: str, *args: Any) -> Row | None:  # noqa: ANN401
        """Return the first row or None; placeholders are `?` on both databases."""
        return self._run(sql, args).fetchone()

    def all(self, sql: str, *args: Any) -> list[Row]:  # noqa: ANN401
        """Return every row."""
        return self._run(sql, args).fetchall()

    def run(self, sql: str, *args: Any) -> int:  # noqa: ANN401
        """Execute and return how many rows it touched."""
        return self._run(sql, args).rowcount

    @property
    def orm(self) -> Session:
        """Return an ORM session on this same transaction; never commit it yourself."""
        if self._orm is None:
            if self._joins is None:
                raise RuntimeError("A service run by Runner.read looks by prepared SQL alone; use click.")
            if not self._connection.in_transaction():
                self._connection.begin()  # a group's, begun by the driver alone
            self._orm = Session(self._connection, expire_on_commit=False, join_transaction_mode=self._joins)
        return self._orm

    def finish(self, *, keep: bool) -> None:
        """Flush what the ORM still holds when it is to be kept, and let the session go."""
        orm, self._orm = self._orm, None
        if orm is None:
            return
        try:
            if keep:
                orm.commit()  # the transaction is somebody else's: this flushes, and releases what it joined by
        finally:
            orm.close()


def driver_of(connection: Connection) -> Any:  # noqa: ANN401
    """Return the driver's own connection."""
    return connection.connection.driver_connection


_translated: dict[str, str] = {}


def _percent(sql: str) -> str:
    """Return the statement with psycopg's placeholders, worked out once per statement."""
    known = _translated.get(sql)
    if known is None:
        known = _translated[sql] = sql.replace("%", "%%").replace("?", "%s")
    return known
