"""How often what happened to each app, by the hour: what usage and the health of a connection are drawn from.

A row is small and its kinds are few: an act or a reason at one stage. The first and the last moment of a kind are
exact, so that "the first code was exchanged at …" can be read from here for as long as the rows are kept.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, Index, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class AppCountRow(SQLModel, table=True):
    """How often one thing happened to an app within one hour."""

    __tablename__: ClassVar[Any] = "app_counts"
    __table_args__ = (Index("ix_app_counts_count_hour", "count_hour"),)

    client_id: str = Field(
        sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True, nullable=False)
    )
    # Hours since 1970.
    count_hour: int = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)
    # The name of a reason for a refusal, or of an act.
    reason: str = Field(primary_key=True)
    times: int
    first_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class AppCount(NamedTuple):
    """A row, as it is stored."""

    client_id: str
    count_hour: int
    stage: str
    outcome: str
    reason: str
    times: int
    first_ms: int
    last_ms: int


class AppTotal(NamedTuple):
    """One kind of event over some hours: how often, and when first and last."""

    stage: str
    outcome: str
    reason: str
    times: int
    first_ms: int
    last_ms: int


class CountOfSlot(NamedTuple):
    """How often one thing happened within one slot of time."""

    slot: int
    stage: str
    outcome: str
    reason: str
    times: int


COUNTS = Records(AppCountRow, AppCount)
_ADD = f"""
INSERT INTO app_counts ({COUNTS.columns()}) SELECT {", ".join("?" * len(COUNTS.names))} FROM clients WHERE id = ?
ON CONFLICT (client_id, count_hour, stage, outcome, reason) DO UPDATE SET
  times = app_counts.times + excluded.times,
  first_at = CASE WHEN excluded.first_at < app_counts.first_at THEN excluded.first_at ELSE app_counts.first_at END,
  last_at = CASE WHEN excluded.last_at > app_counts.last_at THEN excluded.last_at ELSE app_counts.last_at END
"""  # noqa: S608  (our own column names)


def add(db: Db, rows: Sequence[AppCount]) -> None:
    """Add to the counts; those of an app deleted in the meantime are passed over."""
    db.run_many(_ADD, [(*row, row.client_id) for row in rows])


def list_hours(db: Db, client_id: str, from_hour: int) -> list[AppCount]:
    """List an app's counts since that hour, oldest first."""
    rows = db.all(
        f"{COUNTS.select} WHERE client_id = ? AND count_hour >= ? ORDER BY count_hour, stage, outcome, reason",
        client_id, from_hour,
    )  # fmt: skip
    return [AppCount._make(row) for row in rows]


def sum_by(db: Db, client_id: str, from_hour: int, hours: int) -> list[CountOfSlot]:
    """Sum up an app's counts since that hour by event, in slots of so many hours since 1970; oldest first."""
    rows = db.all(
        "SELECT count_hour / ? AS slot, stage, outcome, reason, sum(times) FROM app_counts"
        " WHERE client_id = ? AND count_hour >= ? GROUP BY slot, stage, outcome, reason"
        " ORDER BY slot, stage, outcome, reason",
        hours, client_id, from_hour,
    )  # fmt: skip
    return [CountOfSlot._make((int(slot), *kind, int(times))) for slot, *kind, times in rows]


def sum_up(db: Db, client_id: str, from_hour: int = 0) -> list[AppTotal]:
    """Sum up an app's counts since that hour, by event."""
    rows = db.all(
        "SELECT stage, outcome, reason, sum(times), min(first_at), max(last_at) FROM app_counts"
        " WHERE client_id = ? AND count_hour >= ? GROUP BY stage, outcome, reason ORDER BY stage, outcome, reason",
        client_id, from_hour,
    )  # fmt: skip
    return [AppTotal(*row[:3], *map(int, row[3:])) for row in rows]


def purge(db: Db, before_hour: int, limit: int) -> int:
    """Delete the counts of hours before that one, a bounded number at a time."""
    return db.run(
        "DELETE FROM app_counts WHERE (client_id, count_hour, stage, outcome, reason) IN"
        " (SELECT client_id, count_hour, stage, outcome, reason FROM app_counts WHERE count_hour < ? LIMIT ?)",
        before_hour, limit,
    )  # fmt: skip
