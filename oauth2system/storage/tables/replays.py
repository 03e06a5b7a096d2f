"""What may be presented once: `jti` of client assertions and DPoP proofs, shared by every node.

The primary key is the rule: of any number of nodes that claim one key, one inserts the row (T038, T063).
"""

from typing import Any, ClassVar, NamedTuple

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class ReplayRow(SQLModel, table=True):
    """A digest of who presented what, kept until it would be refused for its age anyway."""

    __tablename__: ClassVar[Any] = "replays"

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))


class Replay(NamedTuple):
    """What was presented, and until when it is remembered."""

    key: bytes
    expires_ms: int


REPLAYS = Records(ReplayRow, Replay)
_CLAIM = f"{REPLAYS.insert()} ON CONFLICT DO NOTHING"


def claim(db: Db, key: bytes, expires_ms: int) -> bool:
    """Claim a key once; False for every later claim."""
    return db.run(_CLAIM, *REPLAYS.values(Replay(key, expires_ms))) == 1


def purge(db: Db, now_ms: int, limit: int) -> int:
    """Delete what has grown too old to be replayed, a bounded number at a time."""
    return db.run(
        "DELETE FROM replays WHERE key IN (SELECT key FROM replays WHERE expires_at < ? LIMIT ?)", now_ms, limit
    )
