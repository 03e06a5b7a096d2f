"""The secrets of clients: shown once, kept as digests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

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
    expires_at: datetime | None = Field(default=None, sa_column=Column(Instant, index=True))
    # The secret of the same app that this one was made to replace.
    replaces_id: int | None = Field(default=None, sa_column=Column(BigKey))
    # How many of the mails about its expiry were ordered.
    reminded: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # Of its last use: the network, and how it was sent.
    last_network: str | None = None
    last_method: str | None = None
    # When it last came in a query string.
    query_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    # Uses of one day (days since 1970, UTC), and of the day before it.
    used_day: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    uses: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    uses_before: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A secret of a client, as it is kept; one that is retired or has expired is not accepted."""

    id: int
    client_id: str
    digest: bytes
    sealed: bytes | None
    label: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None = None
    retired_at: datetime | None = None
    expires_at: datetime | None = None
    replaces_id: int | None = None
    reminded: int = 0
    last_network: str | None = None
    last_method: str | None = None
    query_at: datetime | None = None
    used_day: int = 0
    uses: int = 0
    uses_before: int = 0


class SecretUses(NamedTuple):
    """Uses of a secret within one day, which wait to be written; `network` and `method` are those of the last one."""

    day: int
    times: int
    last_ms: int
    network: str
    method: str
    query_ms: int | None


SECRETS = Records(ClientSecretRow, ClientSecret)


def add(db: Db, secret: ClientSecret) -> None:
    """Insert a new secret."""
    db.run(SECRETS.insert(), *SECRETS.values(secret))


def list_kept(db: Db, client_id: str) -> list[ClientSecret]:
    """List the secrets of a client that are not retired, expired ones too, oldest first."""
    query = SECRETS.query.where(ClientSecretRow.client_id == client_id, col(ClientSecretRow.retired_at).is_(None))
    return SECRETS.every(db, query.order_by(col(ClientSecretRow.id)))


def retire(db: Db, secret_id: int, client_id: str, now: datetime) -> bool:
    """Stop a secret from being accepted; False where it already was retired, or belongs to another client."""
    key, owner, retired_at = (
        col(column) for column in (ClientSecretRow.id, ClientSecretRow.client_id, ClientSecretRow.retired_at)
    )
    change = sa.update(ClientSecretRow).where(key == secret_id, owner == client_id, retired_at.is_(None))
    return db.execute(change.values(retired_at=now)) == 1


def count_uses(db: Db, uses: Iterable[tuple[int, SecretUses]]) -> None:
    """Add uses to the counts of secrets, of a day and of the day before; older days are forgotten."""
    db.run_many(_COUNT, [_count_values(secret_id, new) for secret_id, new in uses])


# On the right all columns are as they were. Uses of yesterday may be written after the first of today.
_COUNT = """
UPDATE client_secrets SET
  uses_before = CASE WHEN used_day = ? THEN uses WHEN used_day < ? THEN 0 WHEN used_day = ? THEN uses_before + ?
    ELSE uses_before END,
  uses = CASE WHEN used_day < ? THEN ? WHEN used_day = ? THEN uses + ? ELSE uses END,
  used_day = CASE WHEN used_day < ? THEN ? ELSE used_day END,
  last_used_at = CASE WHEN used_day <= ? THEN ? ELSE last_used_at END,
  last_network = CASE WHEN used_day <= ? THEN ? ELSE last_network END,
  last_method = CASE WHEN used_day <= ? THEN ? ELSE last_method END,
  query_at = COALESCE(?, query_at)
WHERE id = ?
"""


def _count_values(secret_id: int, new: SecretUses) -> tuple[Any, ...]:
    day, times, last_ms, network, method, query_ms = new
    before = (day - 1, day, day + 1, times)
    last = (day, last_ms, day, network, day, method)
    return (*before, day, times, day, times, day, day, *last, query_ms, secret_id)


def take_expiring(db: Db, now_ms: int, until_ms: int, mails: int, limit: int) -> list[ClientSecret]:
    """Return secrets that expire until then and whose owners had fewer mails than `mails`, and count that mail.

    Of several processes one gets each secret.
    """
    rows = db.all(_TAKE_EXPIRING, mails, mails, now_ms, until_ms, limit, mails)
    return sorted(map(SECRETS.read, rows), key=lambda secret: secret.id)


_TAKE_EXPIRING = f"""
UPDATE client_secrets SET reminded = ? WHERE id IN (
  SELECT id FROM client_secrets WHERE retired_at IS NULL AND reminded < ? AND expires_at > ? AND expires_at <= ?
  ORDER BY client_id, id LIMIT ?
) AND reminded < ? RETURNING {SECRETS.columns()}
"""  # noqa: S608  (our own column names)
