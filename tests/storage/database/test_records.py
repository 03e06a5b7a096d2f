"""Each table has one mapping, and no column is missing from it."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, LargeBinary

from oauth2system.storage import tables
from oauth2system.storage.database.columns import Instant, Json, to_ms
from oauth2system.storage.database.migrations import load_tables
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Database, Db
from oauth2system.storage.tables.rate_limits import ThrottleRow
from tests.storage.database.rows import NOW, opened


def every() -> Iterator[Records[Any]]:
    """Give every mapping that a file of tables declares."""
    for module in iter_modules(tables.__path__, f"{tables.__name__}."):
        yield from (one for one in vars(import_module(module.name)).values() if isinstance(one, Records))


def sample(column: Column[Any], number: int) -> Any:
    """Return a value that no other column of the row has."""
    match column.type:
        case Instant():
            return NOW + timedelta(minutes=number)
        case Json():
            return {"number": [number, None]}
        case Boolean():
            return True
        case LargeBinary():
            return bytes([number])
        case kind:
            return number if kind.python_type is int else f"text {number}"


@pytest.fixture
def db(database_url: str) -> Generator[Db]:
    """Give a transaction that lets a row point to nothing, and is undone."""
    with opened(database_url) as database, suppress(ZeroDivisionError), database.transaction() as db:
        db.run(
            "SET LOCAL session_replication_role = replica" if database.postgresql else "PRAGMA defer_foreign_keys=ON"
        )
        yield db
        raise ZeroDivisionError


@pytest.mark.parametrize("records", list(every()), ids=lambda records: records.table.name)
def test_a_record_comes_back_as_it_was_written(db: Db, records: Records[Any]) -> None:
    values = [sample(records.table.columns[name], number) for number, name in enumerate(records.names)]
    kept = [
        to_ms(value) if name.endswith("_ms") and isinstance(value, datetime) else value
        for name, value in zip(records.fields, values, strict=True)
    ]
    record = records.record(*kept)
    columns = records.table.columns
    others = [sample(columns[name], number) for number, name in enumerate(records.left_out, start=len(values))]
    stored = [to_ms(value) if isinstance(columns[name].type, Instant) else value
              for name, value in zip(records.left_out, others, strict=True)]  # fmt: skip
    db.run(records.insert(*records.left_out), *records.values(record), *stored)
    assert records.every(db, records.query) == [record]
    assert [records.read(row) for row in db.all(records.select)] == [record]


def test_every_table_has_a_mapping() -> None:
    mapped = [records.table.name for records in every()]
    assert sorted(mapped) == sorted(load_tables())


def test_a_column_that_is_no_field_is_found_when_the_program_starts() -> None:
    @dataclass(frozen=True)
    class Budget:
        key: bytes

    with pytest.raises(TypeError, match="Each column of throttles"):
        Records(ThrottleRow, Budget)
    assert Records(ThrottleRow, Budget, "full_at").names == ("key",)


def test_a_field_that_is_no_column_is_found_when_the_program_starts() -> None:
    @dataclass(frozen=True)
    class Budget:
        key: bytes
        full_ms: int
        colour: str

    with pytest.raises(KeyError, match="colour"):
        Records(ThrottleRow, Budget)


def test_a_moment_can_be_read_as_it_is_stored(database: Database) -> None:
    @dataclass(frozen=True)
    class Budget:
        key: bytes
        full_ms: int

    budgets = Records(ThrottleRow, Budget)
    with database.transaction() as db:
        db.run(budgets.insert(), *budgets.values(Budget(b"a", 7)))
        assert budgets.one(db, ThrottleRow.full_at > 6) == Budget(b"a", 7)
        assert budgets.one(db, ThrottleRow.full_at > 7, hold=True) is None


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    with opened(database_url) as made:
        yield made
