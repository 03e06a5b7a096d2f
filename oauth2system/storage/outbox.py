"""What waits to be delivered: written with the change that caused it, sent after the commit."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from oauth2system.storage.columns import BigKey, Instant


class OutboxRow(SQLModel, table=True):
    """One delivery. The payload is encrypted: a mail holds links that the tables know only as digests (T085)."""

    __tablename__: ClassVar[Any] = "outbox"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    kind: str
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tries: int = 0
    due_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_error: str | None = None
    failed_at: datetime | None = Field(default=None, sa_column=Column(Instant))
