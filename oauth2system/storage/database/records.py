"""How the rows of a table become records and back: one mapping writes the SELECT, the INSERT and the dataclass."""

from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from operator import attrgetter
from typing import Any, Generic, LiteralString, TypeVar

from sqlalchemy import Boolean, Column, Table
from sqlmodel import SQLModel, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from oauth2system.storage.database.columns import Instant, Json, from_json, from_ms, to_json, to_ms
from oauth2system.storage.database.compiler import Convert
from oauth2system.storage.database.statements import Db

T = TypeVar("T")
Condition = Any  # what `where` takes: `UserRow.id == user_id`

_READ: dict[type[Any], Convert] = {Instant: from_ms, Json: from_json, Boolean: bool}
_WRITE: dict[type[Any], Convert] = {Instant: to_ms, Json: to_json}
_AS_STORED = "_ms"


class Records(Generic[T]):
    """Reads and writes one table as records of one type: a frozen dataclass or a NamedTuple.

    A field has the name of its column. A field `x_ms` takes the moment of column `x_at`, or `x`, as it is
    stored: milliseconds. Every column is a field, or is named as `left_out`: a statement of its own writes it.
    """

    def __init__(self, row: type[SQLModel], record: type[T], *left_out: str) -> None:
        self.table: Table = vars(row)["__table__"]
        self.record = record
        self.left_out = left_out
        self.fields = tuple(signature(record).parameters)
        columns = [_column(self.table, name) for name in self.fields]
        self.names = tuple(column.name for column in columns)
        if sorted((*self.names, *left_out)) != sorted(self.table.columns.keys()):
            raise TypeError(f"Each column of {self.table.name} is a field of {record.__name__}, or is left out.")
        kinds = [
            None if name.endswith(_AS_STORED) else type(column.type)
            for name, column in zip(self.fields, columns, strict=True)
        ]
        # A NamedTuple has its values in this order, and may be written at every request.
        self._take: Callable[[Any], Iterable[Any]] = iter if issubclass(record, tuple) else attrgetter(*self.fields)
        self._readers = [(place, _READ[kind]) for place, kind in enumerate(kinds) if kind in _READ]
        self._writers = [(place, _WRITE[kind]) for place, kind in enumerate(kinds) if kind in _WRITE]
        # What a literal statement goes on from with `WHERE`, and the same as an expression.
        self.select = f"SELECT {self.columns()} FROM {self.table.name}"  # noqa: S608  (our own column names)
        self.query: SelectOfScalar[Any] = select(row).with_only_columns(*columns)

    def columns(self, alias: str = "") -> str:
        """Return the columns that `read` takes, for a literal statement: "u.id, u.username"."""
        return ", ".join(f"{alias}.{name}" if alias else name for name in self.names)

    def insert(self, *more: str) -> str:
        """Return a literal INSERT of what `values` gives, and of more columns after that."""
        names = (*self.names, *more)
        marks = ", ".join("?" * len(names))
        return f"INSERT INTO {self.table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  (names of our own tables and columns)

    def read(self, row: Sequence[Any]) -> T:
        """Make a record of a row that the driver has read."""
        if not self._readers:
            return self.record(*row)
        values = list(row)
        for place, read in self._readers:
            if values[place] is not None:
                values[place] = read(values[place])
        return self.record(*values)

    def values(self, record: T) -> list[Any]:
        """Return what a statement stores of a record, in the order of its columns."""
        values = list(self._take(record))
        for place, write in self._writers:
            if values[place] is not None:
                values[place] = write(values[place])
        return values

    def find(self, db: Db, where: LiteralString, *args: Any) -> T | None:
        """Find the first record by a literal condition ("id = ?"): a tenth of the price of an expression."""
        row = db.one(f"{self.select} WHERE {where}", *args)
        return None if row is None else self.read(row)

    def one(self, db: Db, *conditions: Condition, hold: bool = False) -> T | None:
        """Find the first record that meets the conditions; `hold` keeps others from changing it (PostgreSQL)."""
        query = self.query.where(*conditions)
        row = next(iter(db.fetch_stored(query.with_for_update() if hold else query)), None)
        return None if row is None else self.read(row)

    def every(self, db: Db, query: SelectOfScalar[Any]) -> list[T]:
        """List what a query finds that was made from `query`."""
        return [self.read(row) for row in db.fetch_stored(query)]


def purge_rows(db: Db, row: type[SQLModel], limit: int, *conditions: Condition) -> int:
    """Delete rows that meet the conditions, at most so many at a time; returns how many."""
    table: Table = vars(row)["__table__"]
    (key,) = table.primary_key.columns
    return db.execute(delete(table).where(key.in_(select(key).where(*conditions).limit(limit))))


def _column(table: Table, name: str) -> Column[Any]:
    """Find the column of a field; raises KeyError where there is none."""
    moment = name.removesuffix(_AS_STORED)
    known = f"{moment}_at" if moment != name and f"{moment}_at" in table.columns else moment
    return table.columns[known]
