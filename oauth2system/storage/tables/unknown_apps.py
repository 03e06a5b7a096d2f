"""Client ids that requests named and that no app has, for administrators: equal ones are one row with a count."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class UnknownAppRow(SQLModel, table=True):
    """A client id of no app, as it was sent to one endpoint."""

    __tablename__: ClassVar[Any] = "unknown_apps"
    __table_args__ = (Index("ix_unknown_apps_last_at", "last_at"),)

    sent_id: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    times: int
    first_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class UnknownApp(NamedTuple):
    """A row, as it is stored."""

    sent_id: str
    stage: str
    times: int
    first_ms: int
    last_ms: int


UNKNOWN_APPS = Records(UnknownAppRow, UnknownApp)
_MERGE = f"""
{UNKNOWN_APPS.insert()} ON CONFLICT (sent_id, stage) DO UPDATE SET
  times = unknown_apps.times + excluded.times,
  last_at = CASE WHEN excluded.last_at > unknown_apps.last_at THEN excluded.last_at ELSE unknown_apps.last_at END
"""
_KEPT = "SELECT sent_id, stage FROM unknown_apps ORDER BY last_at DESC, sent_id, stage LIMIT ?"


def merge(db: Db, rows: Sequence[UnknownApp], most: int) -> None:
    """Count these ids, and keep only the newest."""
    db.run_many(_MERGE, rows)
    db.run(f"DELETE FROM unknown_apps WHERE (sent_id, stage) NOT IN ({_KEPT})", most)  # noqa: S608  (our own SQL)


def list_newest(db: Db, limit: int) -> list[UnknownApp]:
    """List the ids, newest first."""
    rows = db.all(f"{UNKNOWN_APPS.select} ORDER BY last_at DESC, sent_id, stage LIMIT ?", limit)
    return [UnknownApp._make(row) for row in rows]


def purge(db: Db, before_ms: int, limit: int) -> int:
    """Delete ids that were last seen before that moment, a bounded number at a time."""
    return db.run(
        "DELETE FROM unknown_apps WHERE (sent_id, stage) IN"
        " (SELECT sent_id, stage FROM unknown_apps WHERE last_at < ? LIMIT ?)",
        before_ms, limit,
    )  # fmt: skip
