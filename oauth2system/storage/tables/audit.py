"""What happened to whom: security events, and refusals as the app's owner may read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel, col

from oauth2system.ids import first_id_at
from oauth2system.storage.database.columns import BigKey, Instant, Json, to_ms
from oauth2system.storage.database.records import Records, purge_rows
from oauth2system.storage.database.transactions import Db


class AuditRow(SQLModel, table=True):
    """One event; `data` never holds a secret. Equal refusals in a row are merged: `times` counts them."""

    __tablename__: ClassVar[Any] = "audit"
    __table_args__ = (
        Index("ix_audit_client_id_id", "client_id", "id"),
        Index("ix_audit_user_id_id", "user_id", "id"),
        Index("ix_audit_actor", "actor"),
    )

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    event: str
    actor: str
    user_id: str | None = None
    client_id: str | None = None
    ip: str = ""
    data: Any = Field(sa_column=Column(Json, nullable=False))
    times: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, when, by whom and to whom; `data` holds plain facts."""

    id: int
    at: datetime
    event: str
    actor: str
    user_id: str | None
    client_id: str | None
    ip: str
    data: Any
    times: int = 1


DELETED = "deleted user"
EVENTS = Records(AuditRow, Event)
_ADD = EVENTS.insert()


def add(db: Db, event: Event) -> None:
    """Insert an event."""
    db.send(_ADD, *EVENTS.values(event))


def is_there(db: Db, user_id: str, event: str) -> bool:
    """Return whether there is an event of this kind about a person."""
    return db.one("SELECT 1 FROM audit WHERE user_id = ? AND event = ? LIMIT 1", user_id, event) is not None


def find_of_user(db: Db, user_id: str, event_id: int) -> Event | None:
    """Find one event about a person."""
    return EVENTS.find(db, "user_id = ? AND id = ?", user_id, event_id)


def list_of_user(db: Db, user_id: str, kinds: Iterable[str], *, before_id: int, limit: int) -> list[Event]:
    """List the newest events of these kinds about a person that are older than an id."""
    query = EVENTS.query.where(col(AuditRow.user_id) == user_id, col(AuditRow.id) < before_id)
    query = query.where(col(AuditRow.event).in_(sorted(kinds)))
    return EVENTS.every(db, query.order_by(col(AuditRow.id).desc()).limit(limit))


def list_after(db: Db, user_id: str, after_id: int, limit: int) -> list[Event]:
    """List some events about a person, the oldest first: those after an id."""
    query = EVENTS.query.where(col(AuditRow.user_id) == user_id, col(AuditRow.id) > after_id)
    return EVENTS.every(db, query.order_by(col(AuditRow.id)).limit(limit))


def count_of_user(db: Db, user_id: str) -> int:
    """Count the events about a person."""
    row = db.one("SELECT COUNT(*) FROM audit WHERE user_id = ?", user_id)
    return row[0] if row else 0


def list_since(db: Db, event: str, moment: datetime) -> list[Event]:
    """Return the events of one kind from that moment on, the oldest first; ids sort by time."""
    query = EVENTS.query.where(col(AuditRow.event) == event, col(AuditRow.id) >= first_id_at(to_ms(moment)))
    return EVENTS.every(db, query.order_by(col(AuditRow.id)))


def forget(db: Db, user_id: str) -> None:
    """Keep what happened to a person and what they did, without anything that leads to them."""
    db.run("UPDATE audit SET user_id = NULL, actor = ?, ip = '', data = '{}' WHERE user_id = ?", DELETED, user_id)
    db.run("UPDATE audit SET actor = ?, ip = '' WHERE actor = ?", DELETED, f"user:{user_id}")


def purge(db: Db, before: datetime, limit: int) -> int:
    """Delete what is older than that moment, a bounded number at a time; ids sort by time."""
    return purge_rows(db, AuditRow, limit, AuditRow.id < first_id_at(to_ms(before)))
