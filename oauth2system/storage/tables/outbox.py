"""What waits to be delivered: written with the change that caused it, sent after the commit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import BigKey, Instant, to_ms
from oauth2system.storage.database.transactions import Db


class OutboxRow(SQLModel, table=True):
    """One delivery. The payload is encrypted: a mail holds links that the tables know only as digests (T085)."""

    __tablename__: ClassVar[Any] = "outbox"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    kind: str
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tries: int = 0
    due_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_error: str | None = None
    failed_at: datetime | None = Field(default=None, sa_column=Column(Instant))


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that one worker has claimed; `tries` counts this one."""

    id: int
    kind: str
    payload: bytes
    tries: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What an operator wants to know: how many wait, since when one failed and why, how many were given up."""

    waiting: int
    retrying: int
    given_up: int
    last_error: str | None


def add(db: Db, row_id: int, kind: str, payload: bytes, *, due_ms: int, expires_ms: int) -> None:  # noqa: PLR0913
    """Insert a delivery."""
    db.run(
        "INSERT INTO outbox (id, kind, payload, tries, due_at, expires_at) VALUES (?, ?, ?, 0, ?, ?)",
        row_id, kind, payload, due_ms, expires_ms,
    )  # fmt: skip


def any_due(db: Db, now: datetime) -> bool:
    """Return whether anything is to be delivered now; a read, so that looking costs nothing."""
    return db.one("SELECT 1 FROM outbox WHERE due_at <= ? AND failed_at IS NULL LIMIT 1", to_ms(now)) is not None


# The outer condition is asked again after a lock was waited for, so two workers never claim one row.
_CLAIM = """
UPDATE outbox SET due_at = ?, tries = tries + 1
WHERE id IN (SELECT id FROM outbox WHERE due_at <= ? AND failed_at IS NULL ORDER BY due_at, id LIMIT ?)
  AND due_at <= ? AND failed_at IS NULL
RETURNING id, kind, payload, tries, expires_at
"""


def claim(db: Db, now: datetime, lease_until: datetime, limit: int) -> list[Due]:
    """Take some of what is due for this worker; who dies with them loses them at the end of the lease."""
    ms = to_ms(now)
    return [Due(*row) for row in sorted(db.all(_CLAIM, to_ms(lease_until), ms, limit, ms), key=lambda row: row[0])]


def done(db: Db, row_id: int) -> None:
    """Forget a delivery that arrived, its payload with it."""
    db.run("DELETE FROM outbox WHERE id = ?", row_id)


def retry(db: Db, row_id: int, due_at: datetime, error: str) -> None:
    """Try again later."""
    db.run("UPDATE outbox SET due_at = ?, last_error = ? WHERE id = ?", to_ms(due_at), error, row_id)


def give_up(db: Db, row_id: int, now: datetime, error: str) -> None:
    """Stop trying and wipe the payload; the row stays for the operator to see."""
    db.run("UPDATE outbox SET failed_at = ?, last_error = ?, payload = ? WHERE id = ?", to_ms(now), error, b"", row_id)


def backlog(db: Db) -> Backlog:
    """Count what waits, what is being retried and what was given up."""
    row = db.one(
        "SELECT COALESCE(SUM(CASE WHEN failed_at IS NULL THEN 1 ELSE 0 END), 0),"
        " COALESCE(SUM(CASE WHEN failed_at IS NULL AND last_error IS NOT NULL THEN 1 ELSE 0 END), 0),"
        " COALESCE(SUM(CASE WHEN failed_at IS NULL THEN 0 ELSE 1 END), 0) FROM outbox"
    )
    last = db.one("SELECT last_error FROM outbox WHERE last_error IS NOT NULL ORDER BY id DESC LIMIT 1")
    waiting, retrying, given_up = row or (0, 0, 0)
    return Backlog(int(waiting), int(retrying), int(given_up), last[0] if last else None)


def purge(db: Db, before: datetime, limit: int) -> int:
    """Forget what was given up before that moment, a bounded number at a time."""
    return db.run(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE failed_at < ? LIMIT ?)", to_ms(before), limit
    )
