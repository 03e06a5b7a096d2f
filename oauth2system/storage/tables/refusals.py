"""Refusals for an app's owner: equal ones are one row with a count.

A row keeps the reason and its parameters. Its `detail` and `repair` are the English words of that day, for a
version that does not know the reason. Rows that are older than the reasons have no other words.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import BigKey, Instant, from_ms, to_ms
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class RefusalRow(SQLModel, table=True):
    """What was refused to an app and why; never a secret."""

    __tablename__: ClassVar[Any] = "refusals"
    __table_args__ = (
        Index("ix_refusals_client_id_fingerprint", "client_id", "fingerprint", unique=True),
        Index("ix_refusals_client_id_last_at", "client_id", "last_at"),
    )

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    client_id: str = Field(sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    stage: str
    reason: str = ""
    params: str = ""
    code: str
    detail: str
    sent: str | None = None
    registered: str | None = None
    repair: str = ""
    times: int = 1
    first_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_at: datetime = Field(sa_column=Column(Instant, nullable=False))


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """One kind of refusal, however often it happened; `params` are JSON."""

    stage: str
    reason: str
    params: str
    sent: str | None
    registered: str | None


@dataclass(frozen=True, slots=True)
class CountedRefusal:
    """A kind of refusal with its wire code, its words as they were stored, and how often and when it happened."""

    what: RefusalKind
    code: str
    detail: str
    repair: str
    times: int
    last_at: datetime


class StoredRefusal(NamedTuple):
    """A row, as it is stored."""

    id: int
    client_id: str
    fingerprint: bytes
    stage: str
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


REFUSALS = Records(RefusalRow, StoredRefusal)
_MERGE = f"""
INSERT INTO refusals ({REFUSALS.columns()}) SELECT {", ".join("?" * len(REFUSALS.names))} FROM clients WHERE id = ?
ON CONFLICT (client_id, fingerprint) DO UPDATE SET times = refusals.times + excluded.times, last_at = excluded.last_at
"""  # noqa: S608  (our own column names)


def merge(db: Db, row_id: int, client_id: str, fingerprint: bytes, kept: CountedRefusal) -> None:
    """Count a refusal; an app deleted in the meantime is passed over."""
    what, last_ms = kept.what, to_ms(kept.last_at)
    row = StoredRefusal(
        id=row_id,
        client_id=client_id,
        fingerprint=fingerprint,
        stage=what.stage,
        reason=what.reason,
        params=what.params,
        code=kept.code,
        detail=kept.detail,
        sent=what.sent,
        registered=what.registered,
        repair=kept.repair,
        times=kept.times,
        first_ms=last_ms,
        last_ms=last_ms,
    )
    db.run(_MERGE, *REFUSALS.values(row), client_id)


def cap(db: Db, client_id: str, most: int) -> None:
    """Keep only an app's newest refusals."""
    db.run(
        "DELETE FROM refusals WHERE client_id = ? AND id NOT IN"
        " (SELECT id FROM refusals WHERE client_id = ? ORDER BY last_at DESC, id DESC LIMIT ?)",
        client_id,
        client_id,
        most,
    )


def list_of_client(db: Db, client_id: str, limit: int) -> list[CountedRefusal]:
    """List an app's refusals, newest first."""
    rows = db.all(f"{REFUSALS.select} WHERE client_id = ? ORDER BY last_at DESC, id DESC LIMIT ?", client_id, limit)
    return [_count_refusal(REFUSALS.read(row)) for row in rows]


def _count_refusal(row: StoredRefusal) -> CountedRefusal:
    what = RefusalKind(row.stage, row.reason, row.params, row.sent, row.registered)
    return CountedRefusal(what, row.code, row.detail, row.repair, row.times, from_ms(row.last_ms))
