"""The environment of Alembic: our tables, and a connection, either passed in or opened from the settings."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from oauth2system.settings import load
from oauth2system.storage.database.migrations import load_tables
from oauth2system.storage.database.transactions import Database


def as_stored(kind: str, item: object, _autogen: AutogenContext) -> str | Literal[False]:
    """Render our column types as the types that they store, so that an old migration never changes with the program."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{type(item.impl_instance).__name__}()"
    return False


def migrate(connection: Connection) -> None:
    """Run all requested migrations in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=as_stored,
        compare_server_default=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def by_hand() -> None:
    """Open a connection for the `alembic` command of a developer."""
    load_tables()
    database = Database(load().database_url)
    with database.engine.connect() as connection, connection.begin():
        migrate(connection)
    database.close()


given: Connection | None = context.config.attributes.get("connection")
if given is None:
    by_hand()
else:
    migrate(given)
