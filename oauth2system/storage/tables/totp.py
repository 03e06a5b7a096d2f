"""Authenticator apps: one for each person, with its seed sealed and the last time step that was used."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class TotpRow(SQLModel, table=True):
    """The authenticator app of a person; the seed is sealed for this person alone (T085)."""

    __tablename__: ClassVar[Any] = "totp"

    user_id: str = Field(sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    confirmed_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    # The latest time step whose code was used: that code, and every older one, is not accepted again (T099).
    last_step: int = Field(sa_column=Column(BigInteger, nullable=False))


@dataclass(frozen=True, slots=True)
class Totp:
    """The authenticator app of a person."""

    user_id: str
    sealed: bytes = field(repr=False)
    confirmed_at: datetime
    last_step: int


TOTP = Records(TotpRow, Totp)
_SAVE = (
    f"{TOTP.insert()} ON CONFLICT (user_id) DO UPDATE SET"
    " sealed = excluded.sealed, confirmed_at = excluded.confirmed_at, last_step = excluded.last_step"
)


def find(db: Db, user_id: str) -> Totp | None:
    """Find the authenticator app of a person."""
    return TOTP.find(db, "user_id = ?", user_id)


def save(db: Db, totp: Totp) -> None:
    """Keep an authenticator app in place of an older one."""
    db.run(_SAVE, *TOTP.values(totp))


def use_step(db: Db, totp: Totp, step: int) -> bool:
    """Use the code of a time step; of any number of callers exactly one gets True (RFC 6238 §5.2)."""
    sql = "UPDATE totp SET last_step = ? WHERE user_id = ? AND sealed = ? AND last_step < ?"
    return db.run(sql, step, totp.user_id, totp.sealed, step) == 1


def remove_since(db: Db, user_id: str, since_ms: int) -> int:
    """Remove an authenticator app that was set up since a moment; returns how many."""
    return db.run("DELETE FROM totp WHERE user_id = ? AND confirmed_at >= ?", user_id, since_ms)


def remove(db: Db, user_id: str) -> bool:
    """Forget the authenticator app of a person; False where there is none."""
    return db.run("DELETE FROM totp WHERE user_id = ?", user_id) == 1
