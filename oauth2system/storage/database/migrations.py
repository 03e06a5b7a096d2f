"""Bringing a database to our schema: all of it or nothing, by one process at a time.

The whole way up runs in one transaction under the database's own lock (SQLite's write lock, a
PostgreSQL advisory lock). So a migration that is interrupted has not begun, and of several processes
that start at once one migrates while the others wait and then find nothing to do (T164).
"""

import importlib
import pkgutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlmodel import SQLModel

from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_, Message
from oauth2system.storage import tables
from oauth2system.storage.database.engine import driver_errors, is_missing_table, trouble_is_busy
from oauth2system.storage.database.transactions import Database, Db

# The newest migration. Written down, so that a server knows its schema without loading Alembic.
HEAD = "0027"
SCRIPTS = Path(__file__).resolve().parents[3] / "alembic"
WAIT_MS = 120_000
_LOCK_ID = 0x0A02_5157_E3A1  # any number that nobody else uses on that server

Progress = Callable[[Message], None]


class Schema(Enum):
    """What a database holds, seen from this version of the program."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    UNKNOWN = "unknown"
    BROKEN = "broken"


def fix_for(found: Schema) -> Message | None:
    """Say in one line what to do about a database that is not current."""
    match found:
        case Schema.CURRENT:
            return None
        case Schema.EMPTY:
            return N_("The database is empty; run: python -m oauth2system migrate")
        case Schema.BEHIND:
            return N_("The database has an older schema; run: python -m oauth2system migrate")
        case Schema.UNKNOWN:
            return N_(
                "The database belongs to a newer version of Oauth2System, or to something else;"
                " start the version that made it, or give another database."
            )
        case Schema.BROKEN:
            return N_("The database has only a part of our tables; restore a backup, or give an empty database.")


def version(db: Db) -> str | None:
    """Return the version the database says it has; for a probe, so it costs one read."""
    try:
        row = db.one("SELECT version_num FROM alembic_version")
    except driver_errors() as error:
        if not is_missing_table(error):
            raise
        return None
    return row[0] if row else None


def state(connection: Connection) -> Schema:
    """Look at what is there, without changing anything."""
    there = set(inspect(connection).get_table_names())
    ours = load_tables()
    if "alembic_version" not in there:
        return Schema.BROKEN if there & ours else Schema.EMPTY
    versions = [row[0] for row in connection.execute(text("SELECT version_num FROM alembic_version"))]
    if not versions:
        return Schema.BROKEN if there & ours else Schema.EMPTY
    if versions == [HEAD]:
        return Schema.CURRENT if ours <= there else Schema.BROKEN
    return Schema.BEHIND if len(versions) == 1 and versions[0] in known_versions() else Schema.UNKNOWN


def load_tables() -> set[str]:
    """Import every table there is, and return their names."""
    for module in pkgutil.iter_modules(tables.__path__, f"{tables.__name__}."):
        importlib.import_module(module.name)
    return set(SQLModel.metadata.tables)


def known_versions() -> list[str]:
    """Return every version this program can start from, oldest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  (a server at rest does not carry Alembic)

    return [script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()][::-1]


def look(database: Database) -> Schema:
    """Say what state the schema is in."""
    with trouble_is_busy(), database.engine.connect() as plain:
        connection = plain.execution_options(reads_only=True)
        with connection.begin():
            return state(connection)


def upgrade(database: Database, to: str = "head", progress: Progress | None = None) -> Schema:
    """Bring the database up; returns what was found. Raises Misconfigured for one that is not ours to touch."""
    if to == "head" and (found := look(database)) is Schema.CURRENT:
        return found
    with alone(database) as connection:
        found = state(connection)
        if found in {Schema.UNKNOWN, Schema.BROKEN} and (problem := fix_for(found)):
            raise Misconfigured(problem)
        if found is not Schema.CURRENT or to != "head":
            if progress is not None:
                progress(N_("Bringing the database to the newest schema."))
            move(connection, to, up=True)
    return found


def downgrade(database: Database, to: str) -> None:
    """Take the newest migrations back; for developers and tests."""
    with alone(database) as connection:
        move(connection, to, up=False)


def move(connection: Connection, to: str, *, up: bool) -> None:
    """Run Alembic's own commands within a transaction that somebody else ends."""
    from alembic import command  # noqa: PLC0415  (a server at rest does not carry Alembic)
    from alembic.config import Config  # noqa: PLC0415  (loaded by a migration only)

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    (command.upgrade if up else command.downgrade)(config, to)
    if connection.dialect.name == "sqlite":
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if dangling:
            raise RuntimeError(f"The migration left {len(dangling)} rows that point to nothing.")


@contextmanager
def alone(database: Database) -> Generator[Connection]:
    """Hold the schema for ourselves in one transaction; other processes wait."""
    with trouble_is_busy(), database.engine.connect() as connection:
        if database.postgresql:
            with connection.begin():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {WAIT_MS}")
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # a large table takes its time
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_ID})")
                yield connection
            return
        try:
            _loosen(connection)
            with connection.begin():
                yield connection
        finally:
            connection.invalidate()  # its pragmas are not for anybody else


def _loosen(connection: Connection) -> None:
    """Wait longer than a request would, and let a table be rebuilt without deleting what points to it."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101  (for the type checker)
    driver.execute(f"PRAGMA busy_timeout={WAIT_MS}")
    driver.execute("PRAGMA foreign_keys=OFF")
