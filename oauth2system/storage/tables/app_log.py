"""What happened between apps and this server, for their owners: equal events within minutes are one row with a count.

A row keeps the name of its event and the parameters. The `detail` and `repair` of a refusal are the English words of
that day, for a version that does not know its reason. Rows that are older than the reasons have no other words.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.ids import first_id_at
from oauth2system.storage.database.columns import BigKey, Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class AppLogRow(SQLModel, table=True):
    """What happened to an app, how often within one window of time; never a secret."""

    __tablename__: ClassVar[Any] = "app_log"
    __table_args__ = (
        Index("ix_app_log_merged", "client_id", "fingerprint", "log_window", unique=True),
        Index("ix_app_log_client_id_last_at", "client_id", "last_at"),
    )

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    client_id: str = Field(sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    # Windows of lifetimes.LOG_MERGED since 1970.
    log_window: int
    stage: str
    outcome: str
    # The name of a reason for a refusal, or of an act.
    reason: str = ""
    params: str = ""
    # The wire code of a refusal; empty where nothing was refused.
    code: str = ""
    detail: str = ""
    sent: str | None = None
    registered: str | None = None
    repair: str = ""
    times: int = 1
    first_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class LogRow(NamedTuple):
    """A row, as it is stored."""

    id: int
    client_id: str
    fingerprint: bytes
    log_window: int
    stage: str
    outcome: str
    reason: str
    params: str
    code: str
    detail: str
    sent: str | None
    registered: str | None
    repair: str
    times: int
    first_ms: int
    last_ms: int


LOG = Records(AppLogRow, LogRow)
_MERGE = f"""
INSERT INTO app_log ({LOG.columns()}) SELECT {", ".join("?" * len(LOG.names))} FROM clients WHERE id = ?
ON CONFLICT (client_id, fingerprint, log_window) DO UPDATE SET
  times = app_log.times + excluded.times,
  last_at = CASE WHEN excluded.last_at > app_log.last_at THEN excluded.last_at ELSE app_log.last_at END
"""  # noqa: S608  (our own column names)
# Most apps have few rows. Counting past the limit first, before anything else is begun, spares them the sorting.
_CAP = """
DELETE FROM app_log WHERE id IN (SELECT id FROM (
  SELECT id, row_number() OVER (PARTITION BY stage, reason ORDER BY last_at DESC, id DESC) AS place FROM app_log
  WHERE client_id = ? AND EXISTS (SELECT 1 FROM app_log WHERE client_id = ? LIMIT 1 OFFSET ?)
) AS placed WHERE place > ?)
"""
_NEWEST = "ORDER BY last_at DESC, id DESC LIMIT ?"


def merge(db: Db, rows: Sequence[LogRow]) -> None:
    """Count these events; those of an app deleted in the meantime are passed over."""
    db.run_many(_MERGE, [(*row, row.client_id) for row in rows])


def cap(db: Db, client_ids: Iterable[str], most: int) -> None:
    """Keep only the newest rows of each event of each of these apps: many of one event push out no other."""
    db.run_many(_CAP, [(client_id, client_id, most, most) for client_id in client_ids])


def list_of_client(db: Db, client_id: str, limit: int, stage: str = "", outcome: str = "") -> list[LogRow]:
    """List an app's events, newest first; with a stage or an outcome only those that have it."""
    wanted = {"client_id = ?": client_id, "stage = ?": stage, "outcome = ?": outcome}
    given = {condition: value for condition, value in wanted.items() if value}
    rows = db.all(f"{LOG.select} WHERE {' AND '.join(given)} {_NEWEST}", *given.values(), limit)
    return [LogRow._make(row) for row in rows]


def list_by_fingerprint(db: Db, client_id: str, first: bytes, after: bytes, limit: int) -> list[LogRow]:
    """List an app's events whose fingerprint lies in a range, newest first."""
    rows = db.all(
        f"{LOG.select} WHERE client_id = ? AND fingerprint >= ? AND fingerprint < ? {_NEWEST}",
        client_id, first, after, limit,
    )  # fmt: skip
    return [LogRow._make(row) for row in rows]


def list_refusals(db: Db, client_id: str, limit: int) -> list[LogRow]:
    """List what was refused to an app, newest first."""
    rows = db.all(f"{LOG.select} WHERE client_id = ? AND code <> '' {_NEWEST}", client_id, limit)
    return [LogRow._make(row) for row in rows]


def purge(db: Db, before_ms: int, limit: int) -> int:
    """Delete rows that were begun before that moment, a bounded number at a time; ids sort by time."""
    return db.run(
        "DELETE FROM app_log WHERE id IN (SELECT id FROM app_log WHERE id < ? ORDER BY id LIMIT ?)",
        first_id_at(before_ms), limit,
    )  # fmt: skip
