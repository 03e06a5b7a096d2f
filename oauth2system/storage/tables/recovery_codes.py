"""Recovery codes: kept as keyed digests, each used once."""

from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.ids import first_id_at
from oauth2system.storage.database.columns import BigKey, Instant, to_ms
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class RecoveryCodeRow(SQLModel, table=True):
    """One of the codes that a person keeps on paper."""

    __tablename__: ClassVar[Any] = "recovery_codes"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    user_id: str = Field(
        sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class RecoveryCode(NamedTuple):
    """A recovery code as it is kept."""

    id: int
    user_id: str
    digest: bytes
    used_ms: int | None = None


RECOVERY = Records(RecoveryCodeRow, RecoveryCode)


def add(db: Db, code: RecoveryCode) -> None:
    """Insert a new code."""
    db.run(RECOVERY.insert(), *RECOVERY.values(code))


def list_all(db: Db, user_id: str) -> list[RecoveryCode]:
    """List the codes of a person, used or not."""
    return [RECOVERY.read(row) for row in db.all(f"{RECOVERY.select} WHERE user_id = ? ORDER BY id", user_id)]


def use(db: Db, code_id: int, now: datetime) -> bool:
    """Use a code; of any number of callers exactly one gets True."""
    return db.run("UPDATE recovery_codes SET used_at = ? WHERE id = ? AND used_at IS NULL", to_ms(now), code_id) == 1


def remove_since(db: Db, user_id: str, since_ms: int) -> int:
    """Remove the codes that were made since a moment; returns how many. Ids sort by time."""
    return db.run("DELETE FROM recovery_codes WHERE user_id = ? AND id >= ?", user_id, first_id_at(since_ms))


def remove_all(db: Db, user_id: str) -> int:
    """Forget every code of a person; returns how many there were."""
    return db.run("DELETE FROM recovery_codes WHERE user_id = ?", user_id)
