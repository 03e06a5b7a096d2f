"""Usernames that their owners gave up: kept as keyed digests, so that nobody else gets one soon after."""

from typing import Any, ClassVar, NamedTuple

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class ReleasedNameRow(SQLModel, table=True):
    """A digest of how the username looks, and the moment from which somebody else may have it."""

    __tablename__: ClassVar[Any] = "released_names"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    free_at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))


class ReleasedName(NamedTuple):
    """A digest of how a username looks, and the moment from which it is free."""

    digest: bytes
    free_ms: int


RELEASED_NAMES = Records(ReleasedNameRow, ReleasedName)
_HOLD = f"{RELEASED_NAMES.insert()} ON CONFLICT (digest) DO UPDATE SET free_at = excluded.free_at"


def hold(db: Db, digest: bytes, free_ms: int) -> None:
    """Keep a username from everybody until that moment."""
    db.run(_HOLD, *RELEASED_NAMES.values(ReleasedName(digest, free_ms)))


def held_until(db: Db, digest: bytes, now_ms: int) -> int | None:
    """Return the moment (ms) from which the username is free; None where it is not held."""
    found = RELEASED_NAMES.find(db, "digest = ? AND free_at > ?", digest, now_ms)
    return None if found is None else found.free_ms


def purge(db: Db, now_ms: int, limit: int) -> int:
    """Delete what is free again, a bounded number at a time."""
    return db.run(
        "DELETE FROM released_names WHERE digest IN (SELECT digest FROM released_names WHERE free_at <= ? LIMIT ?)",
        now_ms,
        limit,
    )
