"""Usernames and addresses that were given up: kept as keyed digests, so that nobody else gets one soon after."""

from typing import Any, ClassVar, NamedTuple

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class ReleasedNameRow(SQLModel, table=True):
    """A digest of the name, and the moment from which somebody else may have it."""

    __tablename__: ClassVar[Any] = "released_names"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    free_at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    # The account that gave it up by a change, and may take it back; of a deleted account nobody may.
    owner_id: str | None = None


class ReleasedName(NamedTuple):
    """A digest of a name, the moment from which it is free, and the account that may take it back before."""

    digest: bytes
    free_ms: int
    owner_id: str | None


RELEASED_NAMES = Records(ReleasedNameRow, ReleasedName)
_HOLD = (
    f"{RELEASED_NAMES.insert()} ON CONFLICT (digest) DO UPDATE SET"
    " free_at = excluded.free_at, owner_id = excluded.owner_id"
)


def hold(db: Db, digest: bytes, free_ms: int, owner_id: str | None = None) -> None:
    """Keep a name from everybody but its owner until that moment."""
    db.run(_HOLD, *RELEASED_NAMES.values(ReleasedName(digest, free_ms, owner_id)))


def held_until(db: Db, digest: bytes, now_ms: int, asker: str | None = None) -> int | None:
    """Return the moment (ms) from which an account may have the name; None where it may have it now."""
    found = RELEASED_NAMES.find(db, "digest = ? AND free_at > ?", digest, now_ms)
    return None if found is None or (asker is not None and found.owner_id == asker) else found.free_ms


def release(db: Db, digest: bytes, owner_id: str) -> None:
    """End the hold of a name that its owner took back."""
    db.run("DELETE FROM released_names WHERE digest = ? AND owner_id = ?", digest, owner_id)


def forget(db: Db, owner_id: str) -> None:
    """Forget who gave names up; the names stay held."""
    db.run("UPDATE released_names SET owner_id = NULL WHERE owner_id = ?", owner_id)


def purge(db: Db, now_ms: int, limit: int) -> int:
    """Delete what is free again, a bounded number at a time."""
    return db.run(
        "DELETE FROM released_names WHERE digest IN (SELECT digest FROM released_names WHERE free_at <= ? LIMIT ?)",
        now_ms,
        limit,
    )
