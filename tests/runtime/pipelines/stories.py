"""Services for the tests of the lanes on PostgreSQL, and a runner for them."""

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from oauth2system.errors import TooManyAttempts
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.settings import load
from oauth2system.storage.database.transactions import Database
from tests.storage.database.rows import put_plainly


@contextmanager
def running(url: str, folder: Path) -> Generator[Runner]:
    """Give a runner on a database, and close it."""
    made = Runner(load({}, folder=folder), Database(url))
    try:
        yield made
    finally:
        made.close()


def together(*works: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run all of them in the same turn of a loop; returns the answers and the exceptions."""

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*works, return_exceptions=True)

    return asyncio.run(all_of_them())


def direct(url: str) -> "psycopg.Connection[Any]":
    """Connect as another program would."""
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def end_others(url: str) -> None:
    """End every other connection to this database."""
    with direct(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def transactions_of(url: str) -> dict[bytes, str]:
    """Return which transaction wrote each plain row."""
    with direct(url) as connection:
        return {bytes(key): xmin for key, xmin in connection.execute("SELECT key, xmin::text FROM throttles")}


def write(ctx: Context, key: bytes) -> bytes:
    """Write a row."""
    put_plainly(ctx.db, key)
    return key


def touch(ctx: Context, *keys: bytes) -> int:
    """Change rows, one after the other; returns how many there were."""
    return sum(ctx.db.run("UPDATE throttles SET full_at = full_at + 1 WHERE key = ?", key) for key in keys)


def crash(ctx: Context) -> None:
    """Write a row, and fail."""
    put_plainly(ctx.db, b"crashed")
    raise ZeroDivisionError


def refuse(ctx: Context) -> None:
    """Write a row, and refuse."""
    put_plainly(ctx.db, b"refused")
    raise TooManyAttempts(60)


def look(ctx: Context) -> list[bytes]:
    """List the rows."""
    return [bytes(row[0]) for row in ctx.db.all("SELECT key FROM throttles ORDER BY key")]


def backend(ctx: Context) -> int:
    """Return which process of the server answers."""
    row = ctx.db.one("SELECT pg_backend_pid()")
    assert row is not None
    return row[0]
