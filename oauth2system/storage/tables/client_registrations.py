"""Who may register apps by a program, and who may manage the one it registered (RFC 7591, RFC 7592)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import BigKey, Instant
from oauth2system.storage.database.transactions import Db


class InitialTokenRow(SQLModel, table=True):
    """An initial access token; `uses` counts down with every app registered by it."""

    __tablename__: ClassVar[Any] = "initial_tokens"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    owner_id: str | None = Field(
        default=None, sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    )
    uses: int
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))


class RegistrationRow(SQLModel, table=True):
    """The registration access token of an app that a program registered."""

    __tablename__: ClassVar[Any] = "registrations"

    client_id: str = Field(sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True))
    token_id: int = Field(sa_column=Column(BigKey, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))


@dataclass(frozen=True, slots=True)
class Initial:
    """An initial access token that still works."""

    id: int
    digest: bytes
    owner_id: str | None


def add_initial(  # noqa: PLR0913  (a row has these columns)
    db: Db, row_id: int, digest: bytes, *, owner_id: str | None, uses: int, now_ms: int, expires_ms: int
) -> None:
    """Keep a new initial access token."""
    db.run(
        "INSERT INTO initial_tokens (id, digest, owner_id, uses, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        row_id, digest, owner_id, uses, now_ms, expires_ms,
    )  # fmt: skip


def find_initial(db: Db, row_id: int, now_ms: int) -> Initial | None:
    """Find one that can be used now; the caller compares the digest."""
    sql = "SELECT id, digest, owner_id FROM initial_tokens WHERE id = ? AND uses > 0 AND expires_at > ?"
    row = db.one(sql, row_id, now_ms)
    return None if row is None else Initial(*row)


def spend_initial(db: Db, row_id: int, now_ms: int) -> bool:
    """Use it once; of parallel registrations no more succeed than it is good for."""
    sql = "UPDATE initial_tokens SET uses = uses - 1 WHERE id = ? AND uses > 0 AND expires_at > ?"
    return db.run(sql, row_id, now_ms) == 1


def keep(db: Db, client_id: str, token_id: int, digest: bytes, now_ms: int) -> None:
    """Keep the registration access token of an app."""
    db.run(
        "INSERT INTO registrations (client_id, token_id, digest, created_at) VALUES (?, ?, ?, ?)",
        client_id, token_id, digest, now_ms,
    )  # fmt: skip


def find(db: Db, client_id: str) -> tuple[int, bytes] | None:
    """Return (id, digest) of an app's registration access token."""
    row = db.one("SELECT token_id, digest FROM registrations WHERE client_id = ?", client_id)
    return None if row is None else (row[0], row[1])


def purge_initial(db: Db, before_ms: int, limit: int) -> int:
    """Forget initial access tokens that ended before that moment."""
    sql = "DELETE FROM initial_tokens WHERE id IN (SELECT id FROM initial_tokens WHERE expires_at < ? LIMIT ?)"
    return db.run(sql, before_ms, limit)
