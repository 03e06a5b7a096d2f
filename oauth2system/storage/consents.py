"""What a person allows an app."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.columns import Instant


class ConsentRow(SQLModel, table=True):
    """One person, one app; revoking deletes the row, and every read joins it."""

    __tablename__ = "consents"

    user_id: str = Field(sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    client_id: str = Field(sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True, index=True))
    scopes: str
    granted_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    fetched_at: datetime | None = Field(default=None, sa_column=Column(Instant))
