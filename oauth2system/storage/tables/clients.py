"""Apps and their secrets."""

import json
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, cast

from sqlalchemy import Column, ForeignKey, LargeBinary, String, func
from sqlmodel import Field, SQLModel, col, select

from oauth2system.protocol.clients.client import Client
from oauth2system.storage.database.columns import BigKey, Instant, Json, to_ms
from oauth2system.storage.database.transactions import Db, Row


class ClientRow(SQLModel, table=True):
    """An app. `metadata_` holds what only the full protocol asks for (RFC 7591 names)."""

    __tablename__: ClassVar[Any] = "clients"

    id: str = Field(primary_key=True)
    owner_id: str | None = Field(
        default=None, sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    )
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
    updated_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))


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


class StoredSecret(NamedTuple):
    """A working client secret as it is kept: its digest, and when it was last used (ms)."""

    digest: bytes
    used_ms: int | None


COLUMNS = (
    "id",
    "owner_id",
    "name",
    "description",
    "is_public",
    "first_party",
    "redirect_uris",
    "simple_flow",
    "simple_redirect_uri",
    "reread_seconds",
    "metadata",
    "disabled_at",
)
_FIND = f"SELECT {', '.join(COLUMNS)} FROM clients WHERE id = ?"  # noqa: S608
# For statements that join a client, as `c`, to what is theirs; `from_row` reads these columns.
JOINED = ", ".join(f"c.{name}" for name in COLUMNS)
# For statements that join the working secret of one id, as `s`, to a client; `secret_from_row` reads the columns.
DIGEST_COLUMNS = "s.digest, s.last_used_at"
DIGEST_JOIN = "LEFT JOIN client_secrets s ON s.id = ? AND s.client_id = c.id AND s.retired_at IS NULL"
_FIND_WITH_SECRET = f"SELECT {JOINED}, {DIGEST_COLUMNS} FROM clients c {DIGEST_JOIN} WHERE c.id = ?"  # noqa: S608


def find(db: Db, client_id: str) -> Client | None:
    """Find by id, as the protocol sees it; disabled clients are found too."""
    row = db.one(_FIND, client_id)
    return None if row is None else from_row(row)


def from_row(row: Row) -> Client:
    """Read the columns of JOINED."""
    return _client(tuple(row))


@lru_cache(maxsize=2048)
def _client(row: tuple[Any, ...]) -> Client:
    """Build a Client from a row. Keyed by the whole row, the cache cannot be stale."""
    metadata: dict[str, Any] = json.loads(row[10])
    for name, value in metadata.items():
        if isinstance(value, list):
            several = cast("list[str]", value)
            metadata[name] = frozenset(several) if name in _SETS else tuple(several)
    return Client(
        id=row[0],
        owner_id=row[1],
        name=row[2],
        description=row[3],
        is_public=bool(row[4]),
        first_party=bool(row[5]),
        redirect_uris=tuple(json.loads(row[6])),
        simple_flow=bool(row[7]),
        simple_redirect_uri=row[8],
        reread_seconds=row[9],
        disabled=row[11] is not None,
        **metadata,
    )


_SETS = frozenset({"scopes", "grant_types", "response_types", "response_modes"})


def metadata_of(client: Client) -> dict[str, Any]:
    """Return what the `metadata` column keeps of a client: whatever differs from the defaults."""
    plain: dict[str, Any] = {}
    for spec in fields(Client):
        value: Any = getattr(client, spec.name)
        if spec.name in _OWN_COLUMNS or value == spec.default:
            continue
        plain[spec.name] = sorted(value) if spec.name in _SETS else value
    return plain


_OWN_COLUMNS = frozenset(
    {
        "id",
        "owner_id",
        "name",
        "description",
        "is_public",
        "first_party",
        "redirect_uris",
        "simple_flow",
        "simple_redirect_uri",
        "reread_seconds",
        "disabled",
    }
)


def last_change(db: Db) -> int:
    """Return when (ms) an app was last changed; 0 when there is none."""
    row = db.one("SELECT MAX(updated_at) FROM clients")
    return (row[0] if row else None) or 0


def public_redirect_uris(db: Db) -> list[str]:
    """List the redirect URIs of all public apps."""
    rows = db.all("SELECT redirect_uris FROM clients WHERE is_public AND disabled_at IS NULL")
    return [uri for row in rows for uri in cast("list[str]", json.loads(row[0]))]


def get_row(db: Db, client_id: str, *, hold: bool = False) -> ClientRow | None:
    """Find the row itself; `hold` keeps others from changing it until this transaction ends."""
    if not client_id.isdecimal():  # ids are; anything else a page sends would only trouble the database
        return None
    return db.orm.get(ClientRow, client_id, with_for_update=hold or None)


def owned_by(db: Db, owner_id: str) -> list[ClientRow]:
    """List a person's apps, newest first."""
    query = select(ClientRow).where(ClientRow.owner_id == owner_id).order_by(col(ClientRow.id).desc())
    return list(db.orm.exec(query))


def page(db: Db, search: str, offset: int, limit: int) -> list[ClientRow]:
    """List apps of everybody, by a part of their name, newest first."""
    query = select(ClientRow).order_by(col(ClientRow.created_at).desc(), col(ClientRow.id).desc())
    if search:
        query = query.where(func.lower(ClientRow.name).contains(search.lower(), autoescape=True))
    return list(db.orm.exec(query.offset(offset).limit(limit)))


def owner_of(db: Db, client_id: str) -> tuple[str, str] | None:
    """Return (username, display name) of the app's owner."""
    row = db.one(
        "SELECT u.username, u.display_name FROM clients c JOIN users u ON u.id = c.owner_id WHERE c.id = ?", client_id
    )
    return None if row is None else (row[0], row[1])


def delete(db: Db, client_id: str) -> None:
    """Delete with secrets, consents and everything in flight."""
    db.run("DELETE FROM clients WHERE id = ?", client_id)


def secrets_of(db: Db, client_id: str) -> list[ClientSecretRow]:
    """List the secrets that still work, oldest first."""
    query = select(ClientSecretRow).where(
        ClientSecretRow.client_id == client_id, col(ClientSecretRow.retired_at).is_(None)
    )
    return list(db.orm.exec(query.order_by(col(ClientSecretRow.id))))


def sealed_secrets(db: Db, client_id: str) -> list[bytes]:
    """List the working secrets that can be read back, newest first."""
    sql = (
        "SELECT sealed FROM client_secrets WHERE client_id = ? AND retired_at IS NULL AND sealed IS NOT NULL"
        " ORDER BY id DESC"
    )
    return [row[0] for row in db.all(sql, client_id)]


def find_with_secret(db: Db, client_id: str, secret_id: int) -> tuple[Client, StoredSecret | None] | None:
    """Return a client with its working secret of that id, if it has one, in one read; None without such a client."""
    row = db.one(_FIND_WITH_SECRET, secret_id, client_id)
    return None if row is None else (from_row(row[:-2]), secret_from_row(row[-2:]))


def secret_from_row(row: Row) -> StoredSecret | None:
    """Read DIGEST_COLUMNS; None where the join found no working secret."""
    digest, used_ms = row
    return None if digest is None else StoredSecret(digest, used_ms)


def retire_secret(db: Db, secret_id: int, client_id: str, now: datetime) -> bool:
    """Stop a secret from working."""
    sql = "UPDATE client_secrets SET retired_at = ? WHERE id = ? AND client_id = ? AND retired_at IS NULL"
    return db.run(sql, to_ms(now), secret_id, client_id) == 1


def stamp_secret(db: Db, secret_id: int, used_ms: int) -> None:
    """Note when a secret was last used."""
    db.run("UPDATE client_secrets SET last_used_at = ? WHERE id = ?", used_ms, secret_id)
