"""What happened to whom: security events, and refusals as the app's owner may read them."""

import json
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from oauth2system.ids import first_id_at
from oauth2system.storage.database.columns import BigKey, Instant, Json, to_ms
from oauth2system.storage.database.transactions import Db


class AuditRow(SQLModel, table=True):
    """One event; `data` never holds a secret. Equal refusals in a row are merged: `times` counts them."""

    __tablename__: ClassVar[Any] = "audit"
    __table_args__ = (Index("ix_audit_client_id_id", "client_id", "id"), Index("ix_audit_user_id_id", "user_id", "id"))

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    event: str
    actor: str
    user_id: str | None = None
    client_id: str | None = None
    ip: str = ""
    data: Any = Field(sa_column=Column(Json, nullable=False))
    times: int = 1


def add(db: Db, row: AuditRow) -> None:
    """Insert, without what the ORM costs: every sign-in writes here."""
    data = json.dumps(row.data, separators=(",", ":"), ensure_ascii=False)
    at_ms = to_ms(row.at)
    db.run(_ADD, row.id, at_ms, row.event, row.actor, row.user_id, row.client_id, row.ip, data, row.times)


_ADD = (
    "INSERT INTO audit (id, at, event, actor, user_id, client_id, ip, data, times) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def purge(db: Db, before: datetime, limit: int) -> int:
    """Forget what is older than that moment, a bounded number at a time; ids sort by time."""
    return db.run(
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? ORDER BY id LIMIT ?)",
        first_id_at(to_ms(before)),
        limit,
    )
