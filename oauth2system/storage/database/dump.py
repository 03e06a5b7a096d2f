"""All rows that last, read and written as plain values: what a backup is made of, on either database."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, MetaData, Table, insert, select, text
from sqlalchemy.exc import StatementError

from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_
from oauth2system.storage.database import migrations
from oauth2system.storage.database.engine import trouble_is_busy
from oauth2system.storage.database.transactions import Database

# What is used up, or over within minutes: what was used since a backup must stay used (T166).
FLEETING = frozenset({"ephemeral", "device_codes", "initial_tokens", "throttles", "outbox", "replays"})
# Who is signed in where: what a restore brings back although it may have been revoked since.
REVOCABLE = frozenset({"sessions", "families", "tokens"})
_VERSION_TABLE = "alembic_version"
_BATCH = 500

Values = list[Any]


class UnfitRowError(ValueError):
    """A row does not fit its table, so nothing was changed."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table: its name, its columns, and its rows in the same order."""

    table: str
    columns: list[str]
    rows: Iterable[Values]


@contextmanager
def open_sections(database: Database) -> Generator[tuple[str, Iterator[Section]]]:
    """Give the schema's version and every lasting table, parents first, all as of one moment."""
    with trouble_is_busy(), database.engine.connect() as plain:
        level = {"isolation_level": "REPEATABLE READ"} if database.postgresql else {}
        connection = plain.execution_options(reads_only=True, **level)
        with connection.begin():
            found = migrations.state(connection)
            if fix := migrations.fix_for(found):
                raise Misconfigured(fix)
            with closing(_read_sections(connection)) as every:
                yield migrations.HEAD, every


def _read_sections(connection: Connection) -> Generator[Section]:
    for table in _reflect_tables(connection).sorted_tables:
        if table.name in FLEETING | {_VERSION_TABLE}:
            continue
        rows = _read_rows(connection, table)
        try:
            yield Section(table.name, [column.name for column in table.columns], rows)
        finally:
            rows.close()


def _reflect_tables(connection: Connection) -> MetaData:
    """Describe the tables as they are, not as this program's version would have them."""
    there = MetaData()
    wanted = migrations.load_tables() | {_VERSION_TABLE}
    there.reflect(connection, only=lambda name, _: name in wanted)
    return there


def _read_rows(connection: Connection, table: Table) -> Generator[Values]:
    query = select(table).order_by(*table.primary_key.columns)
    with connection.execution_options(yield_per=_BATCH).execute(query) as found:
        for row in found:
            yield list(row)


def count_holdings(database: Database) -> int:
    """Count the accounts in a database, whatever state its schema is in."""
    with trouble_is_busy(), database.engine.connect() as plain:
        connection = plain.execution_options(reads_only=True)
        with connection.begin():
            if "users" not in _reflect_tables(connection).tables:
                return 0
            return int(connection.execute(text("SELECT COUNT(*) FROM users")).scalar_one())


def replace(database: Database, version: str, content: Iterable[Section]) -> None:
    """Put these rows in place of everything there is: all of it, or nothing has changed.

    Raises UnfitRowError where a row does not fit, and Misconfigured for a schema or a table that is not ours.
    """
    if version not in migrations.known_versions():
        raise Misconfigured(
            N_(
                "The backup has schema {version}, which this program does not know; use the version that made it.",
                version=version[:20],
            )
        )
    try:
        with migrations.alone(database) as connection:
            _reflect_tables(connection).drop_all(connection)
            migrations.move(connection, version, up=True)
            there = _reflect_tables(connection)
            for section in content:
                _fill(connection, there, section)
            migrations.move(connection, "head", up=True)
    except StatementError as error:
        raise UnfitRowError from error


def _fill(connection: Connection, there: MetaData, section: Section) -> None:
    table = there.tables.get(section.table)
    if table is None or section.table in FLEETING or not set(section.columns) <= set(table.columns.keys()):
        raise Misconfigured(N_("The backup has a table that does not belong there: {name}.", name=section.table[:40]))
    rows = iter(section.rows)
    while batch := list(islice(rows, _BATCH)):
        connection.execute(insert(table), [dict(zip(section.columns, row, strict=True)) for row in batch])
