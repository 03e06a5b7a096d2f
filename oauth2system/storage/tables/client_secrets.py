"""The secrets of clients: shown once, kept as digests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel, col

from oauth2system.storage.database.columns import BigKey, Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class ClientSecretRow(SQLModel, table=True):
    """One of an app's secrets: shown once, kept as a digest; `sealed` only for client_secret_jwt (OIDC Core §10.1)."""

    __tablename__: ClassVar[Any] = "client_secrets"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    client_id: str = Field(
        sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    label: str
    hint: str
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    retired_at: datetime | None = Field(default=None, sa_column=Column(Instant))


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A secret of a client, as it is kept; one that is retired is not accepted."""

    id: int
    client_id: str
    digest: bytes
    sealed: bytes | None
    label: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None = None
    retired_at: datetime | None = None


SECRETS = Records(ClientSecretRow, ClientSecret)


def add(db: Db, secret: ClientSecret) -> None:
    """Insert a new secret."""
    db.run(SECRETS.insert(), *SECRETS.values(secret))


def list_working(db: Db, client_id: str) -> list[ClientSecret]:
    """List the secrets of a client that are accepted, oldest first."""
    query = SECRETS.query.where(ClientSecretRow.client_id == client_id, col(ClientSecretRow.retired_at).is_(None))
    return SECRETS.every(db, query.order_by(col(ClientSecretRow.id)))


def retire(db: Db, secret_id: int, client_id: str, now: datetime) -> bool:
    """Stop a secret from being accepted; False where it already was retired, or belongs to another client."""
    key, owner, retired_at = (
        col(column) for column in (ClientSecretRow.id, ClientSecretRow.client_id, ClientSecretRow.retired_at)
    )
    change = sa.update(ClientSecretRow).where(key == secret_id, owner == client_id, retired_at.is_(None))
    return db.execute(change.values(retired_at=now)) == 1


def stamp(db: Db, secret_id: int, used_ms: int) -> None:
    """Note when a secret was last used."""
    db.run("UPDATE client_secrets SET last_used_at = ? WHERE id = ?", used_ms, secret_id)
