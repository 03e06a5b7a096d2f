"""What waits to be delivered: written with the change that caused it, sent after the commit."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Column, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import BigKey, Instant, to_ms
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db, Row


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
    # For whom it is, where somebody else's server takes part: the app, whose app it is, and the server's host.
    client_id: str | None = Field(default=None, index=True)
    owner: str | None = Field(default=None, index=True)
    host: str | None = None
    # Whether a worker has it: a lease that has not run out says so together with `due_at`.
    claimed: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class Lane(StrEnum):
    """What is delivered apart from the rest, so that neither waits for the other."""

    MAILS = "kind = 'mail'"
    NOTICES = "kind <> 'mail'"


@dataclass(frozen=True, slots=True)
class Recipient:
    """An app whose own server is called: who has the app, and the host of that server."""

    client_id: str
    owner: str
    host: str


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that one worker has claimed; `tries` counts this one."""

    id: int
    kind: str
    payload: bytes
    tries: int
    expires_ms: int
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What an operator wants to know: how many wait, since when one failed and why, how many were given up."""

    waiting: int
    retrying: int
    given_up: int
    last_error: str | None


OUTBOX = Records(OutboxRow, Due, "due_at", "client_id", "owner", "claimed", "last_error", "failed_at")
_ADD = OUTBOX.insert("due_at", "client_id", "owner", "claimed")


def add(  # noqa: PLR0913  (a row has these columns)
    db: Db, row_id: int, kind: str, payload: bytes, *, due_ms: int, expires_ms: int, to: Recipient | None = None
) -> None:
    """Insert a delivery."""
    client_id, owner, host = (to.client_id, to.owner, to.host) if to else (None, None, None)
    values = OUTBOX.values(Due(row_id, kind, payload, 0, expires_ms, host))
    db.run(_ADD, *values, due_ms, client_id, owner, 0)


def count_waiting(db: Db, to: Recipient) -> tuple[int, int]:
    """Count what waits for an app, and for all apps of its owner."""
    row = db.one(
        "SELECT (SELECT COUNT(*) FROM outbox WHERE client_id = ? AND failed_at IS NULL),"
        " (SELECT COUNT(*) FROM outbox WHERE owner = ? AND failed_at IS NULL)",
        to.client_id, to.owner,
    )  # fmt: skip
    return (int(row[0]), int(row[1])) if row else (0, 0)


def any_due(db: Db, lane: Lane, now: datetime) -> bool:
    """Return whether anything is to be delivered now; a read, so that looking costs nothing."""
    sql = f"SELECT 1 FROM outbox WHERE due_at <= ? AND failed_at IS NULL AND {lane} LIMIT 1"  # noqa: S608  (names of our own tables and columns)
    return db.one(sql, to_ms(now)) is not None


_MAILS = "SELECT id FROM outbox WHERE due_at <= ? AND failed_at IS NULL AND kind = 'mail' ORDER BY due_at, id LIMIT ?"
# Of each owner and of each host only so many at once. What a worker holds comes first, and so counts.
_NOTICES = """
SELECT id FROM (
  SELECT id, due_at, held,
    ROW_NUMBER() OVER (PARTITION BY COALESCE(owner, CAST(id AS TEXT)) ORDER BY held DESC, due_at, id) AS of_owner,
    ROW_NUMBER() OVER (PARTITION BY COALESCE(host, CAST(id AS TEXT)) ORDER BY held DESC, due_at, id) AS of_host
  FROM (
    SELECT id, due_at, owner, host, CASE WHEN due_at > ? THEN 1 ELSE 0 END AS held FROM outbox
    WHERE kind <> 'mail' AND failed_at IS NULL AND (due_at <= ? OR claimed = 1)
  ) AS open_ones
) AS numbered
WHERE held = 0 AND of_owner <= ? AND of_host <= ? ORDER BY due_at, id LIMIT ?
"""
# The outer condition is asked again after a lock was waited for, so two workers never claim one row.
_CLAIM = f"""
UPDATE outbox SET due_at = ?, tries = tries + 1, claimed = 1
WHERE id IN ({{chosen}}) AND due_at <= ? AND failed_at IS NULL
RETURNING {OUTBOX.columns()}
"""  # noqa: S608  (our own column names)
_CLAIM_MAILS, _CLAIM_NOTICES = _CLAIM.format(chosen=_MAILS), _CLAIM.format(chosen=_NOTICES)


def claim_mails(db: Db, now: datetime, lease_until: datetime, limit: int) -> list[Due]:
    """Take some of the mails that are due; who dies with them loses them at the end of the lease."""
    ms = to_ms(now)
    return _in_order(db.all(_CLAIM_MAILS, to_ms(lease_until), ms, limit, ms))


def claim_notices(db: Db, now: datetime, lease_until: datetime, limit: int, each: int) -> list[Due]:
    """Take some of everything else that is due: at most `each` at once for one owner, and for one host.

    Workers that claim at the same moment choose the same rows, the oldest, and each row goes to one of them. On
    PostgreSQL a notice that is committed between two such claims, and is due before what the first one chose, comes on
    top of `each` until it is delivered: for one owner, at most `each` more for each further worker.
    """
    ms = to_ms(now)
    return _in_order(db.all(_CLAIM_NOTICES, to_ms(lease_until), ms, ms, each, each, limit, ms))


def _in_order(found: list[Row]) -> list[Due]:
    return [Due(*row) for row in sorted(found, key=lambda row: row[0])]


def finish(db: Db, row_id: int) -> None:
    """Forget a delivery that arrived, its payload with it."""
    db.run("DELETE FROM outbox WHERE id = ?", row_id)


def retry(db: Db, row_id: int, due_at: datetime, error: str) -> None:
    """Try again later."""
    sql = "UPDATE outbox SET due_at = ?, last_error = ?, claimed = 0 WHERE id = ?"
    db.run(sql, to_ms(due_at), error, row_id)


def rest(db: Db, host: str, until: datetime) -> None:
    """Let everything that waits for a host wait until then; what a worker holds is left to it."""
    sql = "UPDATE outbox SET due_at = ? WHERE host = ? AND due_at < ? AND claimed = 0 AND failed_at IS NULL"
    db.run(sql, to_ms(until), host, to_ms(until))


def give_up(db: Db, row_id: int, now: datetime, error: str) -> None:
    """Stop trying and wipe the payload; the row stays for the operator to see."""
    db.run("UPDATE outbox SET failed_at = ?, last_error = ?, payload = ? WHERE id = ?", to_ms(now), error, b"", row_id)


def count_backlog(db: Db) -> Backlog:
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
