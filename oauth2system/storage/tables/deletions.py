"""Accounts that their people asked to delete: disabled until the day on which they are deleted, or kept after all."""

from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import Instant, to_ms
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables.users import User


class DeletionRow(SQLModel, table=True):
    """One account that is about to be deleted."""

    __tablename__: ClassVar[Any] = "deletions"

    user_id: str = Field(sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    # Also the moment in `disabled_at` of the account and of its apps: what an administrator disabled has another one.
    asked_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    due_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))


class Deletion(NamedTuple):
    """An account, when its person asked to delete it, and when it is deleted."""

    user_id: str
    asked_at: datetime
    due_at: datetime


DELETIONS = Records(DeletionRow, Deletion)
_ADD = f"{DELETIONS.insert()} ON CONFLICT (user_id) DO NOTHING"
_DUE = """
DELETE FROM deletions WHERE user_id = (SELECT user_id FROM deletions WHERE due_at <= ? ORDER BY due_at LIMIT 1)
AND due_at <= ? RETURNING user_id
"""


def begin(db: Db, user_id: str, now: datetime, due_at: datetime) -> None:
    """Disable an account and those of its apps that work, and note when it is deleted."""
    now_ms = to_ms(now)
    db.run(_ADD, *DELETIONS.values(Deletion(user_id, now, due_at)))
    db.run("UPDATE users SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL", now_ms, user_id)
    db.run(
        "UPDATE clients SET disabled_at = ?, updated_at = ? WHERE owner_id = ? AND disabled_at IS NULL",
        now_ms, now_ms, user_id,
    )  # fmt: skip


def cancel(db: Db, user_id: str, now: datetime) -> bool:
    """Keep an account after all, and enable what `begin` disabled; False where it was not about to be deleted."""
    row = db.one("DELETE FROM deletions WHERE user_id = ? RETURNING asked_at", user_id)
    if row is None:
        return False
    db.run("UPDATE users SET disabled_at = NULL WHERE id = ? AND disabled_at = ?", user_id, row[0])
    db.run(
        "UPDATE clients SET disabled_at = NULL, updated_at = ? WHERE owner_id = ? AND disabled_at = ?",
        to_ms(now), user_id, row[0],
    )  # fmt: skip
    return True


def find(db: Db, user_id: str) -> Deletion | None:
    """Return when an account is deleted; None where it stays."""
    return DELETIONS.find(db, "user_id = ?", user_id)


def bars(db: Db, user: User, now: datetime) -> bool:
    """Return whether this person cannot sign in: an administrator disabled the account, or its last day is over.

    A person who only asked to delete it may come back until then.
    """
    if user.disabled_at is None:
        return False
    row = find(db, user.id)
    return row is None or row.asked_at != user.disabled_at or row.due_at <= now


def take_due(db: Db, now: datetime) -> str | None:
    """Take the account that has been due for longest; of workers that ask at one moment one gets it."""
    row = db.one(_DUE, to_ms(now), to_ms(now))
    return None if row is None else row[0]
