"""Browsers signed in with us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import BigKey, Instant, from_ms, to_ms
from oauth2system.storage.database.transactions import Db, Row


class SessionRow(SQLModel, table=True):
    """One signed-in browser; the cookie is stored only as a digest, the handle is no secret."""

    __tablename__: ClassVar[Any] = "sessions"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    handle: str = Field(unique=True)
    # What clients know it by, where that is older than the session: it stays when the person signs in again.
    sid: str | None = None
    user_id: str = Field(
        sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    ip: str
    agent: str
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    authenticated_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    seen_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Instant, index=True))


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is alive, with the facts of its person that decisions need."""

    id: int
    digest: bytes
    handle: str
    user_id: str
    username: str
    email_confirmed: bool
    is_admin: bool
    authenticated_at: datetime
    seen_at: datetime
    created_at: datetime
    display_name: str
    sid: str | None = None


COLUMNS = (
    "s.id, s.digest, s.handle, s.user_id, u.username, u.email_confirmed_at, u.is_admin,"
    " s.authenticated_at, s.seen_at, s.created_at, u.display_name, s.sid"
)
_LIVE = """
SELECT {columns} FROM sessions s JOIN users u ON u.id = s.user_id
WHERE {key} = ? AND s.ended_at IS NULL AND s.expires_at > ? AND u.disabled_at IS NULL
"""
_BY_ID = _LIVE.format(columns=COLUMNS, key="s.id")
_BY_HANDLE = _LIVE.format(columns=COLUMNS, key="s.handle")


def find_live(db: Db, session_id: int, now: datetime) -> Session | None:
    """Find by the id inside the cookie; the caller compares the digest."""
    row = db.one(_BY_ID, session_id, to_ms(now))
    return None if row is None else from_row(row)


def find_live_by_handle(db: Db, handle: str, now: datetime) -> Session | None:
    """Find by the handle that stands in for the cookie on the event socket."""
    row = db.one(_BY_HANDLE, handle, to_ms(now))
    return None if row is None else from_row(row)


def from_row(row: Row) -> Session:
    """Build a Session from COLUMNS."""
    return Session(
        id=row[0],
        digest=row[1],
        handle=row[2],
        user_id=row[3],
        username=row[4],
        email_confirmed=row[5] is not None,
        is_admin=bool(row[6]),
        authenticated_at=from_ms(row[7]),
        seen_at=from_ms(row[8]),
        created_at=from_ms(row[9]),
        display_name=row[10],
        sid=row[11],
    )


def add(db: Db, row: SessionRow) -> None:
    """Insert a fresh session, without what the ORM costs."""
    times = (row.created_at, row.authenticated_at, row.seen_at, row.expires_at)
    db.run(_ADD, row.id, row.digest, row.handle, row.sid, row.user_id, row.ip, row.agent, *map(to_ms, times))


_ADD = (
    "INSERT INTO sessions (id, digest, handle, sid, user_id, ip, agent, created_at, authenticated_at, seen_at,"
    " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def touch(db: Db, session_id: int, now: datetime, expires_at: datetime) -> None:
    """Note that the browser was seen, and move the idle limit."""
    db.run("UPDATE sessions SET seen_at = ?, expires_at = ? WHERE id = ?", to_ms(now), to_ms(expires_at), session_id)


def end(db: Db, session_id: int, now: datetime) -> None:
    """End one session."""
    db.run("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL", to_ms(now), session_id)


def end_all(db: Db, user_id: str, now: datetime, *, but: int | None = None) -> int:
    """End every session of a person, or all but one; returns how many."""
    return db.run(
        "UPDATE sessions SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL AND id <> ?",
        to_ms(now),
        user_id,
        -1 if but is None else but,
    )


def names_of(db: Db, user_id: str, now: datetime, *, but: int | None = None) -> list[tuple[str, str | None]]:
    """List (handle, sid) of a person's live sessions, or of all but one."""
    rows = db.all(
        "SELECT handle, sid FROM sessions WHERE user_id = ? AND ended_at IS NULL AND expires_at > ? AND id <> ?",
        user_id,
        to_ms(now),
        -1 if but is None else but,
    )
    return [(handle, sid) for handle, sid in rows]


def live_of(db: Db, user_id: str, now: datetime) -> list[tuple[str, str, str, datetime, datetime]]:
    """List (handle, ip, agent, created, seen) of a person's live sessions, newest first."""
    rows = db.all(
        "SELECT handle, ip, agent, created_at, seen_at FROM sessions"
        " WHERE user_id = ? AND ended_at IS NULL AND expires_at > ? ORDER BY seen_at DESC",
        user_id,
        to_ms(now),
    )
    return [(handle, ip, agent, from_ms(created), from_ms(seen)) for handle, ip, agent, created, seen in rows]


def purge(db: Db, before: datetime, limit: int) -> int:
    """Delete sessions that ended or expired before that moment, a bounded number at a time."""
    return db.run(
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < ? OR ended_at < ? LIMIT ?)",
        to_ms(before),
        to_ms(before),
        limit,
    )
