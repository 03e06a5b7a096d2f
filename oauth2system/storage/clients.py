"""Apps and their secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.columns import BigKey, Instant, Json


class ClientRow(SQLModel, table=True):
    """An app. `metadata_` holds what only the full protocol asks for (RFC 7591 names)."""

    __tablename__ = "clients"

    id: str = Field(primary_key=True)
    owner_id: str | None = Field(default=None, sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), index=True))
    name: str
    description: str = ""
    is_public: bool = False
    first_party: bool = False
    redirect_uris: list[str] = Field(sa_column=Column(Json, nullable=False))
    simple_flow: bool = False
    simple_redirect_uri: str | None = None
    reread_seconds: int = 0
    metadata_: dict[str, Any] = Field(sa_column=Column("metadata", Json, nullable=False))
    disabled_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    updated_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class ClientSecretRow(SQLModel, table=True):
    """One of an app's secrets: shown once, kept as a digest."""

    __tablename__ = "client_secrets"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    client_id: str = Field(sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    label: str
    hint: str
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    retired_at: datetime | None = Field(default=None, sa_column=Column(Instant))
