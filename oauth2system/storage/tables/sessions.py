"""Browsers signed in with us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel, col, or_

from oauth2system.storage.database.columns import BigKey, Instant, from_ms, to_ms
from oauth2system.storage.database.records import Records, purge_rows
from oauth2system.storage.database.transactions import Db, Row
from oauth2system.storage.tables import server_settings


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
    # The generation of the person that was read together with the password: it ends with that generation.
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # How the person signed in: RFC 8176 values, separated by spaces.
    amr: str = Field(default="pwd", sa_column_kwargs={"server_default": "pwd"})
    # The person asked to stay signed in: the cookie outlives the browser, and the limits are longer.
    kept: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    # It began in a browser that was not known, and the person has not said that it was them.
    in_question: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class Session(NamedTuple):
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
    generation: int = 0
    amr: str = "pwd"
    kept: bool = True
    avatar: str | None = None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it is kept, alive or not."""

    id: int
    digest: bytes
    handle: str
    user_id: str
    ip: str
    agent: str
    created_at: datetime
    authenticated_at: datetime
    seen_at: datetime
    expires_at: datetime
    sid: str | None = None
    ended_at: datetime | None = None
    generation: int = 0
    amr: str = "pwd"
    kept: bool = True
    in_question: bool = False


SESSIONS = Records(SessionRow, StoredSession)
_ADD = SESSIONS.insert()

COLUMNS = (
    "s.id, s.digest, s.handle, s.user_id, u.username, u.email_confirmed_at, u.is_admin,"
    " s.authenticated_at, s.seen_at, s.created_at, u.display_name, s.sid, s.generation, s.amr, s.kept, u.avatar"
)
_LIVE = """
SELECT {columns} FROM sessions s JOIN users u ON u.id = s.user_id
WHERE {key} = ? AND s.ended_at IS NULL AND s.expires_at > ? AND u.disabled_at IS NULL
  AND s.generation = u.generation
"""
# A session counts while its person owes this server nothing; else they are asked first, and it counts again.
COUNTS = server_settings.OWES_NOTHING
_BY_ID = f"{_LIVE.format(columns=COLUMNS, key='s.id')} AND {COUNTS}"
_BY_HANDLE = f"{_LIVE.format(columns=COLUMNS, key='s.handle')} AND {COUNTS}"
_OWING_TERMS = f"{_LIVE.format(columns=COLUMNS, key='s.id')} AND {server_settings.OWES_TERMS_ONLY}"
_BEGUN = _LIVE.format(columns=COLUMNS, key="s.id")


def find_live(db: Db, session_id: int, now: datetime) -> Session | None:
    """Find by the id inside the cookie; the caller compares the digest."""
    row = db.one(_BY_ID, session_id, to_ms(now))
    return None if row is None else from_row(row)


def find_owing_terms(db: Db, session_id: int, now: datetime) -> Session | None:
    """Find a session that does not count until its person accepts the terms; the caller compares the digest."""
    row = db.one(_OWING_TERMS, session_id, to_ms(now))
    return None if row is None else from_row(row)


def find_begun(db: Db, session_id: int, now: datetime) -> Session | None:
    """Find a session to end it, whether or not it counts now; the caller compares the digest."""
    row = db.one(_BEGUN, session_id, to_ms(now))
    return None if row is None else from_row(row)


def find_live_by_handle(db: Db, handle: str, now: datetime) -> Session | None:
    """Find by the handle that stands in for the cookie on the event socket."""
    row = db.one(_BY_HANDLE, handle, to_ms(now))
    return None if row is None else from_row(row)


def from_row(row: Row) -> Session:
    """Build a Session from COLUMNS."""
    (id_, digest, handle, user_id, username, confirmed, is_admin, authenticated, seen, created, *rest) = row
    display_name, sid, generation, amr, kept, avatar = rest
    # By place, which costs half of what names cost.
    return Session(
        id_, digest, handle, user_id, username, confirmed is not None, bool(is_admin),
        from_ms(authenticated), from_ms(seen), from_ms(created),
        display_name, sid, generation, amr, bool(kept), avatar,
    )  # fmt: skip


def add(db: Db, session: StoredSession) -> None:
    """Insert a fresh session."""
    db.run(_ADD, *SESSIONS.values(session))


def touch(db: Db, session_id: int, now: datetime, expires_at: datetime) -> None:
    """Note that the browser was seen, and move the idle limit."""
    db.run("UPDATE sessions SET seen_at = ?, expires_at = ? WHERE id = ?", to_ms(now), to_ms(expires_at), session_id)


def set_amr(db: Db, session_id: int, amr: str) -> None:
    """Note what the person has proved in this session."""
    db.run("UPDATE sessions SET amr = ? WHERE id = ?", amr, session_id)


def end(db: Db, session_id: int, now: datetime) -> None:
    """End one session."""
    db.run("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL", to_ms(now), session_id)


def is_in_question(db: Db, session_id: int) -> bool:
    """Return whether the person is asked about a session, which may have ended."""
    row = db.one("SELECT in_question FROM sessions WHERE id = ?", session_id)
    return row is not None and bool(row[0])


def settle(db: Db, session_id: int) -> None:
    """Note that a session is not in question any more."""
    db.run("UPDATE sessions SET in_question = ? WHERE id = ?", False, session_id)


def end_all(db: Db, user_id: str, now: datetime) -> int:
    """End every session of a person; returns how many."""
    return db.execute(sa.update(SessionRow).where(*_match_live(user_id)).values(ended_at=now))


def live_of(db: Db, user_id: str, now: datetime) -> list[StoredSession]:
    """List a person's sessions that were not ended, of every generation, latest seen first."""
    query = SESSIONS.query.where(*_match_live(user_id), SessionRow.expires_at > now)
    return SESSIONS.every(db, query.order_by(col(SessionRow.seen_at).desc()))


def list_surplus(db: Db, user_id: str, now: datetime, most: int) -> list[StoredSession]:
    """List a person's sessions beyond so many that were seen latest, at most a hundred of them."""
    query = SESSIONS.query.where(*_match_live(user_id), SessionRow.expires_at > now)
    latest_first = (col(SessionRow.seen_at).desc(), col(SessionRow.id).desc())
    return SESSIONS.every(db, query.order_by(*latest_first).offset(most).limit(100))


def _match_live(user_id: str) -> list[ColumnElement[bool]]:
    return [col(SessionRow.user_id) == user_id, col(SessionRow.ended_at).is_(None)]


def purge(db: Db, before: datetime, limit: int) -> int:
    """Delete sessions that ended or expired before that moment, a bounded number at a time."""
    return purge_rows(db, SessionRow, limit, or_(SessionRow.expires_at < before, col(SessionRow.ended_at) < before))
