"""The schema comes up whole, goes down again, and equals the tables; or the start is refused (T164)."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import alembic
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from oauth2system.errors import Misconfigured
from oauth2system.storage.database import migrations
from oauth2system.storage.database.migrations import Schema
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import app_log
from tests.storage.database.rows import opened, put

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def database(empty_database_url: str) -> Generator[Database]:
    with opened(empty_database_url) as made:
        yield made


def tables(database: Database) -> set[str]:
    with database.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def change(database: Database, sql: str) -> None:
    with database.engine.connect() as connection, connection.begin():
        connection.execute(text(sql))


def test_our_folder_does_not_hide_the_package_of_the_same_name() -> None:
    assert alembic.__file__ is not None
    assert ROOT / "alembic" not in Path(alembic.__file__).parents
    assert not (ROOT / "alembic" / "__init__.py").exists()
    code = "import alembic.command as c; print(c.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "site-packages" in done.stdout


def test_there_is_one_head_and_the_program_knows_it() -> None:
    assert ScriptDirectory(str(migrations.SCRIPTS)).get_heads() == [migrations.HEAD]
    assert migrations.known_versions()[-1] == migrations.HEAD


def test_up_down_and_up_again(database: Database) -> None:
    said: list[str] = []
    assert migrations.look(database) is Schema.EMPTY
    assert migrations.upgrade(database, progress=said.append) is Schema.EMPTY
    assert len(said) == 1
    assert migrations.look(database) is Schema.CURRENT
    assert tables(database) == migrations.load_tables() | {"alembic_version"}
    migrations.downgrade(database, "base")
    assert tables(database) == {"alembic_version"}
    assert migrations.look(database) is Schema.EMPTY
    migrations.upgrade(database)
    assert migrations.look(database) is Schema.CURRENT


def test_every_single_step_goes_down_and_up(database: Database) -> None:
    for version in migrations.known_versions():
        migrations.upgrade(database, version)
        migrations.downgrade(database, "-1")
        migrations.upgrade(database, version)
    assert migrations.look(database) is Schema.CURRENT


def test_the_migrations_make_exactly_the_tables_of_the_program(database_url: str) -> None:
    migrations.load_tables()
    with opened(database_url) as database, database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_every_constraint_has_a_name_so_that_a_migration_can_speak_of_it(database_url: str) -> None:
    with opened(database_url) as database, database.engine.connect() as connection:
        inspector = inspect(connection)
        for table in sorted(migrations.load_tables()):
            found: list[Any] = [inspector.get_pk_constraint(table)]
            found += inspector.get_unique_constraints(table) + inspector.get_foreign_keys(table)
            assert all(one["name"] for one in found), table


def test_every_foreign_key_has_an_index(database_url: str) -> None:
    with opened(database_url) as database, database.engine.connect() as connection:
        inspector = inspect(connection)
        for table in sorted(migrations.load_tables()):
            begun_by = {index["column_names"][0] for index in inspector.get_indexes(table)}
            begun_by.add(inspector.get_pk_constraint(table)["constrained_columns"][0])
            for key in inspector.get_foreign_keys(table):
                assert key["constrained_columns"][0] in begun_by, (table, key["name"])


def test_migrating_what_is_current_changes_nothing(database_url: str) -> None:
    with opened(database_url) as database:
        with database.transaction() as db:
            put(db, "ada")
        assert migrations.upgrade(database) is Schema.CURRENT
        with database.transaction() as db:
            assert db.all("SELECT username FROM users") == [("ada",)]


def test_t164_a_newer_schema_is_refused(database: Database) -> None:
    migrations.upgrade(database)
    change(database, "UPDATE alembic_version SET version_num = '9999'")
    assert migrations.look(database) is Schema.UNKNOWN
    with pytest.raises(Misconfigured, match="newer version"):
        migrations.upgrade(database)


def test_t164_a_half_made_schema_is_refused(database: Database) -> None:
    migrations.upgrade(database)
    change(database, "DROP TABLE throttles")
    assert migrations.look(database) is Schema.BROKEN
    with pytest.raises(Misconfigured, match="part of our tables"):
        migrations.upgrade(database)


def test_t164_somebody_elses_database_is_refused(database: Database) -> None:
    change(database, "CREATE TABLE users (id INTEGER)")
    assert migrations.look(database) is Schema.BROKEN
    with pytest.raises(Misconfigured, match="part of our tables"):
        migrations.upgrade(database)


def test_t164_an_older_schema_is_brought_up(database: Database) -> None:
    migrations.upgrade(database, migrations.known_versions()[0])
    if len(migrations.known_versions()) > 1:
        assert migrations.look(database) is Schema.BEHIND
    migrations.upgrade(database)
    assert migrations.look(database) is Schema.CURRENT


def test_a_refusal_of_before_there_were_reasons_keeps_its_words(database: Database) -> None:
    migrations.upgrade(database, "0003")
    fill(database, "clients", id="1")
    fill(database, "refusals", id=1, client_id="1", detail="The scope is missing.", repair="Send it.", times=3)
    migrations.upgrade(database)
    (kept,) = database.look(lambda db: app_log.list_of_client(db, "1", 10))
    assert (kept.reason, kept.params) == ("", "")
    assert (kept.detail, kept.repair, kept.times) == ("The scope is missing.", "Send it.", 3)


def fill(database: Database, table: str, **given: Any) -> None:
    """Add a row of an older schema, with nothing in the columns that are not given."""
    with database.engine.connect() as connection, connection.begin():
        columns = inspect(connection).get_columns(table)
        blank = {one["name"]: one["type"].python_type() for one in columns if not one["nullable"]}
        row = {**blank, **given}
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


def test_t164_a_migration_that_fails_half_way_has_not_begun(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = migrations.move

    def failing(*arguments: Any, **options: Any) -> None:
        move(*arguments, **options)
        raise ZeroDivisionError

    monkeypatch.setattr(migrations, "move", failing)
    with pytest.raises(ZeroDivisionError):
        migrations.upgrade(database)
    assert tables(database) == set()
    monkeypatch.undo()
    migrations.upgrade(database)
    assert migrations.look(database) is Schema.CURRENT


_KILLED = """
import sys, time
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import app_log
move = migrations.move
def slow(*arguments, **options):
    move(*arguments, **options)
    print("moved", flush=True)
    time.sleep(60)
migrations.move = slow
migrations.upgrade(Database(sys.argv[1]))
"""


def test_t164_a_migration_that_is_killed_has_not_begun(database: Database, empty_database_url: str) -> None:
    command = [sys.executable, "-c", _KILLED, empty_database_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "moved\n"
        os.kill(victim.pid, signal.SIGKILL)
    began = time.monotonic()
    assert migrations.upgrade(database) is Schema.EMPTY
    assert time.monotonic() - began < 45  # it does not wait for the minute that the other one would sleep
    assert migrations.look(database) is Schema.CURRENT


def test_t164_of_several_processes_that_start_together_one_migrates(empty_database_url: str) -> None:
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(_upgrade, [empty_database_url] * 4))
    assert sorted(found) == ["current", "current", "current", "empty"]


def _upgrade(url: str) -> str:
    with opened(url) as database:
        return migrations.upgrade(database).value
