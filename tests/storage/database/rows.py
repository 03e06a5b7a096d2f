"""Rows that storage tests begin with."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from oauth2system.ids import USER, next_id
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.database.transactions import Database, Db
from oauth2system.storage.tables.users import USERS, User

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@contextmanager
def opened(url: str) -> Generator[Database]:
    """Open a database and give every connection back at the end."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def user(name: str) -> User:
    """Return a person who is not stored yet."""
    return User(
        id=str(next_id(to_ms(NOW), USER)),
        username=name,
        skeleton=name,
        display_name=name.title(),
        email=f"{name}@example.org",
        email_key=f"{name}@example.org",
        created_at=NOW,
        updated_at=NOW,
    )


def put(db: Db, name: str) -> None:
    """Store a person; raises what the driver raises where the name is taken."""
    db.run(USERS.insert(), *USERS.values(user(name)))


def put_plainly(db: Db, key: bytes) -> None:
    """Store a row of the smallest table."""
    db.run("INSERT INTO throttles (key, full_at) VALUES (?, ?)", key, 1)


def names(database: Database) -> list[str]:
    """List the people who are stored, as another connection sees it."""
    return database.look(lambda db: [row[0] for row in db.all("SELECT username FROM users ORDER BY username")])


def keys(database: Database) -> list[bytes]:
    """List the plain rows that are stored, as another connection sees it."""
    return database.look(lambda db: [bytes(row[0]) for row in db.all("SELECT key FROM throttles ORDER BY key")])
