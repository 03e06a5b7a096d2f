"""Who may register apps by a program, and who may manage the one it registered (RFC 7591, RFC 7592)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import BigKey, Instant
from oauth2system.storage.database.records import Records
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
class InitialToken:
    """An initial access token: whose the apps will be that it registers, and how many are left."""

    id: int
    digest: bytes
    owner_id: str | None
    uses: int
    created_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """The registration access token of one app."""

    client_id: str
    token_id: int
    digest: bytes
    created_ms: int


INITIAL_TOKENS = Records(InitialTokenRow, InitialToken)
REGISTRATIONS = Records(RegistrationRow, ClientRegistration)


def add_initial(db: Db, token: InitialToken) -> None:
    """Keep a new initial access token."""
    db.run(INITIAL_TOKENS.insert(), *INITIAL_TOKENS.values(token))


def find_initial(db: Db, row_id: int, now_ms: int) -> InitialToken | None:
    """Find one that can be used now; the caller compares the digest."""
    return INITIAL_TOKENS.find(db, "id = ? AND uses > 0 AND expires_at > ?", row_id, now_ms)


def spend_initial(db: Db, row_id: int, now_ms: int) -> bool:
    """Use it once; of parallel registrations no more succeed than it is good for."""
    sql = "UPDATE initial_tokens SET uses = uses - 1 WHERE id = ? AND uses > 0 AND expires_at > ?"
    return db.run(sql, row_id, now_ms) == 1


def keep(db: Db, registration: ClientRegistration) -> None:
    """Keep the registration access token of an app."""
    db.run(REGISTRATIONS.insert(), *REGISTRATIONS.values(registration))


def find(db: Db, client_id: str) -> ClientRegistration | None:
    """Find an app's registration access token; the caller compares the digest."""
    return REGISTRATIONS.find(db, "client_id = ?", client_id)


def purge_initial(db: Db, before_ms: int, limit: int) -> int:
    """Forget initial access tokens that ended before that moment."""
    sql = "DELETE FROM initial_tokens WHERE id IN (SELECT id FROM initial_tokens WHERE expires_at < ? LIMIT ?)"
    return db.run(sql, before_ms, limit)
