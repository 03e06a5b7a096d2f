"""Our signing keys: public halves in the open, private halves sealed.

(alg, number) is the primary key, so of any number of nodes that make "the first RS256 key" at the
same moment one inserts the row and the others read it (T162).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class SigningKeyRow(SQLModel, table=True):
    """One key: published since `created_at`, signing since `active_at` until the next number does."""

    __tablename__: ClassVar[Any] = "signing_keys"

    alg: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    kid: str = Field(unique=True)
    public: str
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    active_at: datetime = Field(sa_column=Column(Instant, nullable=False))


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it is stored; `sealed` is gone once it can never sign again."""

    alg: str
    number: int
    kid: str
    public: str
    sealed: bytes | None
    created_ms: int
    active_ms: int


KEYS = Records(SigningKeyRow, StoredKey)
_ADD = f"{KEYS.insert()} ON CONFLICT DO NOTHING"


def list_all(db: Db) -> list[StoredKey]:
    """List all keys, of each algorithm the oldest first."""
    return [KEYS.read(row) for row in db.all(f"{KEYS.select} ORDER BY alg, number")]


def add(db: Db, key: StoredKey) -> bool:
    """Insert; False when another node was first with this number."""
    return db.run(_ADD, *KEYS.values(key)) == 1


def activate(db: Db, kid: str, active_ms: int) -> None:
    """Let a published key sign from that moment on."""
    db.run("UPDATE signing_keys SET active_at = ? WHERE kid = ?", active_ms, kid)


def wipe(db: Db, kid: str) -> None:
    """Forget the private half of a key that has signed its last token; hints are still verified with the rest."""
    db.run("UPDATE signing_keys SET sealed = NULL WHERE kid = ?", kid)


def delete(db: Db, kid: str) -> None:
    """Forget a key wholly."""
    db.run("DELETE FROM signing_keys WHERE kid = ?", kid)
