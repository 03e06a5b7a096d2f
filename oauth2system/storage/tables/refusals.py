"""Refusals as an app's owner reads them: equal ones are one row with a count."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import BigKey, Instant, from_ms
from oauth2system.storage.database.transactions import Db


class RefusalRow(SQLModel, table=True):
    """What was refused to an app, why, and how to mend it; never a secret."""

    __tablename__: ClassVar[Any] = "refusals"
    __table_args__ = (
        Index("ix_refusals_client_id_fingerprint", "client_id", "fingerprint", unique=True),
        Index("ix_refusals_client_id_last_at", "client_id", "last_at"),
    )

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    client_id: str = Field(sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    stage: str
    code: str
    detail: str
    sent: str | None = None
    registered: str | None = None
    repair: str = ""
    times: int = 1
    first_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_at: datetime = Field(sa_column=Column(Instant, nullable=False))


@dataclass(frozen=True, slots=True)
class Refused:
    """One kind of refusal, however often it happened."""

    stage: str
    code: str
    detail: str
    sent: str | None
    registered: str | None
    repair: str


_MERGE = """
INSERT INTO refusals
  (id, client_id, fingerprint, stage, code, detail, sent, registered, repair, times, first_at, last_at)
SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM clients WHERE id = ?
ON CONFLICT (client_id, fingerprint) DO UPDATE SET times = refusals.times + excluded.times, last_at = excluded.last_at
"""


def merge(  # noqa: PLR0913
    db: Db, row_id: int, client_id: str, fingerprint: bytes, *, what: Refused, times: int, now_ms: int
) -> None:
    """Count a refusal; an app deleted in the meantime is passed over."""
    db.run(
        _MERGE,
        row_id,
        fingerprint,
        what.stage,
        what.code,
        what.detail,
        what.sent,
        what.registered,
        what.repair,
        times,
        now_ms,
        now_ms,
        client_id,
    )


def cap(db: Db, client_id: str, most: int) -> None:
    """Keep only an app's newest refusals."""
    db.run(
        "DELETE FROM refusals WHERE client_id = ? AND id NOT IN"
        " (SELECT id FROM refusals WHERE client_id = ? ORDER BY last_at DESC, id DESC LIMIT ?)",
        client_id,
        client_id,
        most,
    )


def of_client(db: Db, client_id: str, limit: int) -> list[tuple[Refused, int, datetime]]:
    """List (what, how often, last time), newest first."""
    rows = db.all(
        "SELECT stage, code, detail, sent, registered, repair, times, last_at FROM refusals"
        " WHERE client_id = ? ORDER BY last_at DESC, id DESC LIMIT ?",
        client_id,
        limit,
    )
    return [(Refused(*row[:6]), row[6], from_ms(row[7])) for row in rows]
