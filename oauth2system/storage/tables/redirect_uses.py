"""When visitors were last sent to each registered address of an app."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class RedirectUseRow(SQLModel, table=True):
    """An address of an app to which somebody was sent with an answer."""

    __tablename__: ClassVar[Any] = "redirect_uses"

    client_id: str = Field(
        sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True, nullable=False)
    )
    uri: str = Field(primary_key=True)
    last_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))


class RedirectUse(NamedTuple):
    """A row, as it is stored."""

    client_id: str
    uri: str
    last_ms: int


USES = Records(RedirectUseRow, RedirectUse)
_STAMP = f"""
INSERT INTO redirect_uses ({USES.columns()}) SELECT ?, ?, ? FROM clients WHERE id = ?
ON CONFLICT (client_id, uri) DO UPDATE SET last_at = excluded.last_at
"""  # noqa: S608  (our own column names)


def stamp(db: Db, uses: Iterable[RedirectUse]) -> None:
    """Note when somebody was last sent there; the address of an app deleted in the meantime is passed over."""
    db.run_many(_STAMP, [(*USES.values(use), use.client_id) for use in uses])


def list_used(db: Db, client_id: str, since_ms: int) -> frozenset[str]:
    """Return the addresses of an app to which somebody was sent since that moment."""
    rows = db.all("SELECT uri FROM redirect_uses WHERE client_id = ? AND last_at >= ?", client_id, since_ms)
    return frozenset(row[0] for row in rows)


def purge(db: Db, before_ms: int, limit: int) -> int:
    """Forget uses before that moment, a bounded number at a time."""
    return db.run(
        "DELETE FROM redirect_uses WHERE (client_id, uri) IN"
        " (SELECT client_id, uri FROM redirect_uses WHERE last_at < ? LIMIT ?)",
        before_ms, limit,
    )  # fmt: skip
