"""Invitations: links by which people may register, each for a number of accounts and until a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel, col

from oauth2system.storage.database.columns import BigKey, Instant, to_ms
from oauth2system.storage.database.records import Records, purge_rows
from oauth2system.storage.database.transactions import Db


class InvitationRow(SQLModel, table=True):
    """One invitation; the link itself is known only to those who have it."""

    __tablename__: ClassVar[Any] = "invitations"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    uses: int
    used: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # Whom it is for: one address, the addresses of one domain, or anybody.
    email_key: str | None = None
    mail_domain: str | None = None
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation: `used` of its `uses` accounts were made."""

    id: int
    digest: bytes
    uses: int
    used: int
    email_key: str | None
    mail_domain: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


INVITATIONS = Records(InvitationRow, Invitation)
_ADD = f"{INVITATIONS.insert()} ON CONFLICT DO NOTHING"
_WORKS = "used < uses AND revoked_at IS NULL AND expires_at > ?"
_USE = f"UPDATE invitations SET used = used + 1 WHERE id = ? AND digest = ? AND {_WORKS} RETURNING id"  # noqa: S608  (names of our own tables and columns)
_REVOKE = f"UPDATE invitations SET revoked_at = ? WHERE id = ? AND {_WORKS} RETURNING {INVITATIONS.columns()}"  # noqa: S608  (names of our own tables and columns)


def add(db: Db, invitation: Invitation) -> bool:
    """Insert; False when another node minted the same id in the same millisecond: mint again."""
    return db.run(_ADD, *INVITATIONS.values(invitation)) == 1


def find(db: Db, row_id: int) -> Invitation | None:
    """Find an invitation by its id; the caller compares the digest."""
    return INVITATIONS.find(db, "id = ?", row_id)


def use(db: Db, row_id: int, digest: bytes, now: datetime) -> bool:
    """Use it once, atomically: of any number of callers as many succeed as it has uses left."""
    return db.one(_USE, row_id, digest, to_ms(now)) is not None


def revoke(db: Db, row_id: int, now: datetime) -> Invitation | None:
    """Revoke an invitation that still works, and return it as it is now; None for any other."""
    ms = to_ms(now)
    row = db.one(_REVOKE, ms, row_id, ms)
    return None if row is None else INVITATIONS.read(row)


def newest(db: Db, limit: int) -> list[Invitation]:
    """List the newest invitations, newest first; ids sort by time."""
    return [INVITATIONS.read(row) for row in db.all(f"{INVITATIONS.select} ORDER BY id DESC LIMIT ?", limit)]


def count_working(db: Db, now: datetime) -> int:
    """Count the invitations that still work."""
    row = db.one(f"SELECT COUNT(*) FROM invitations WHERE {_WORKS}", to_ms(now))  # noqa: S608  (names of our own tables and columns)
    return row[0] if row else 0


def purge(db: Db, before: datetime, limit: int) -> int:
    """Delete what expired before that moment, a bounded number at a time."""
    return purge_rows(db, InvitationRow, limit, col(InvitationRow.expires_at) < before)
