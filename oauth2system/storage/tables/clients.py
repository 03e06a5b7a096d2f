"""Apps and their secrets."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, ColumnElement, ForeignKey, Select, String, Table
from sqlmodel import Field, SQLModel, col, func, select

from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens.format import Kind
from oauth2system.storage.database.columns import Instant, Json, from_json, from_ms
from oauth2system.storage.database.compiler import Convert
from oauth2system.storage.database.records import Records
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
    # Raised when all tokens of the app are revoked.
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    metadata_: dict[str, Any] = Field(sa_column=Column("metadata", Json, nullable=False))
    disabled_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    updated_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    # A random number that the database draws anew at every write of the app or its secrets (decision 0043).
    stamp: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))


class StoredSecret(NamedTuple):
    """A client secret that is not retired, as it is kept: its digest, and when it expires (ms)."""

    digest: bytes
    expires_ms: int | None


class StoredClient(NamedTuple):
    """A row, as it is stored, but for its dates."""

    id: str
    owner_id: str | None
    name: str
    description: str
    is_public: bool
    first_party: bool
    redirect_uris: list[str]
    simple_flow: bool
    simple_redirect_uri: str | None
    reread_seconds: int
    generation: int
    metadata: dict[str, Any]
    disabled_at: datetime | None


_TABLE: Table = vars(ClientRow)["__table__"]
_DATES = ("created_at", "updated_at")
CLIENTS = Records(ClientRow, StoredClient, *_DATES, "stamp")
COLUMNS = CLIENTS.names
_FIELDS = {spec.name: spec for spec in fields(Client)}
# The one mapping of Client. A field with a column of its own name is kept there, and `disabled` is the moment in
# `disabled_at`; of all other fields the document in `metadata` keeps what differs from the default.
_OWN = tuple(name for name in COLUMNS if name in _FIELDS)
_REST = tuple(name for name in _FIELDS if name not in {*_OWN, "disabled"})
_DOCUMENTS = frozenset(name for name in _OWN if isinstance(_TABLE.columns[name].type, Json))
# What is stored as 0 and 1, or as a list.
_TYPES: dict[str, Convert] = {
    name: kind for name, spec in _FIELDS.items() for kind in (bool, tuple, frozenset) if isinstance(spec.default, kind)
}

_FIND = f"{CLIENTS.select} WHERE id = ?"
# For statements that join a client, as `c`, to what is theirs; `from_row` reads these columns.
JOINED = CLIENTS.columns("c")
_FIND_WITH_SECRET = (
    f"SELECT {JOINED}, s.digest, s.expires_at FROM clients c"  # noqa: S608  (names of our own tables and columns)
    " LEFT JOIN client_secrets s ON s.id = ? AND s.client_id = c.id AND s.retired_at IS NULL WHERE c.id = ?"
)


def find(db: Db, client_id: str) -> Client | None:
    """Find by id, as the protocol sees it; disabled clients are found too."""
    row = db.one(_FIND, client_id)
    return None if row is None else from_row(row)


def from_row(row: Row) -> Client:
    """Read the columns of JOINED."""
    return _build_client(tuple(row))


@lru_cache(maxsize=2048)
def _build_client(row: tuple[Any, ...]) -> Client:
    """Build a Client from a row. Keyed by the whole row, the cache cannot be stale."""
    *own, metadata, disabled_at = row
    kept = dict(zip(_OWN, own, strict=True))
    kept |= {name: from_json(kept[name]) for name in _DOCUMENTS} | from_json(metadata)
    kept |= {name: kind(kept[name]) for name, kind in _TYPES.items() if name in kept}
    return Client(**kept, disabled=disabled_at is not None)


def _to_columns(client: Client) -> dict[str, Any]:
    """Return what each column keeps of a client, but for its dates, `disabled_at` and its generation."""
    own = {name: getattr(client, name) for name in _OWN if name != "generation"}
    rest = {name: getattr(client, name) for name in _REST}
    differs = {name: value for name, value in rest.items() if value != _FIELDS[name].default}
    return {**own, "metadata": {name: _sort(value) for name, value in differs.items()}}


def _sort(value: Any) -> Any:
    return sorted(cast("frozenset[str]", value)) if isinstance(value, frozenset) else value


def add(db: Db, client: Client, now: datetime) -> None:
    """Insert a new client."""
    disabled_at = now if client.disabled else None
    values = {
        **_to_columns(client),
        "generation": client.generation,
        "disabled_at": disabled_at,
        "created_at": now,
        "updated_at": now,
    }
    db.execute(sa.insert(_TABLE).values(**values))


def save(db: Db, client: Client, now: datetime) -> None:
    """Store a client that was found to be changed, all but `disabled`: only `set_disabled` changes that."""
    db.execute(sa.update(_TABLE).where(col(ClientRow.id) == client.id).values(**_to_columns(client), updated_at=now))


def set_disabled(db: Db, client_id: str, now: datetime, *, disabled: bool) -> None:
    """Disable a client or enable it again."""
    values = {"disabled_at": now if disabled else None, "updated_at": now}
    db.execute(sa.update(_TABLE).where(col(ClientRow.id) == client_id).values(**values))


def raise_generation(db: Db, client_id: str) -> None:
    """End every token, code and value of an app, also those that another transaction is about to write."""
    db.run("UPDATE clients SET generation = generation + 1 WHERE id = ?", client_id)


def last_change(db: Db) -> int:
    """Return when (ms) an app was last changed; 0 when there is none."""
    row = db.one("SELECT MAX(updated_at) FROM clients")
    return (row[0] if row else None) or 0


def list_public_redirect_uris(db: Db) -> list[str]:
    """List the redirect URIs of all public apps."""
    query = sa.select(_TABLE.columns.redirect_uris).where(
        col(ClientRow.is_public), col(ClientRow.disabled_at).is_(None)
    )
    return [uri for (uris,) in db.fetch(query) for uri in uris]


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client, and when it was registered and last changed."""

    client: Client
    created_at: datetime
    updated_at: datetime


_QUERY = sa.select(*(_TABLE.columns[name] for name in (*COLUMNS, *_DATES)))


def find_registered(db: Db, client_id: str, *, hold: bool = False) -> RegisteredClient | None:
    """Find by id; `hold` keeps others from changing it until this transaction ends."""
    if not client_id.isdecimal():  # ids are; anything else a page sends would only trouble the database
        return None
    query = _QUERY.where(col(ClientRow.id) == client_id)
    return next(iter(_read_registered(db, query.with_for_update() if hold else query)), None)


def count_owned(db: Db, owner_id: str) -> int:
    """Count a person's apps."""
    return db.fetch(select(func.count()).where(ClientRow.owner_id == owner_id))[0][0]


def list_owned(db: Db, owner_id: str) -> list[RegisteredClient]:
    """List a person's apps, newest first."""
    return _read_registered(db, _QUERY.where(col(ClientRow.owner_id) == owner_id).order_by(col(ClientRow.id).desc()))


def list_page(db: Db, search: str, offset: int, limit: int) -> list[RegisteredClient]:
    """List apps of everybody, by a part of their name, newest first."""
    query = _QUERY.where(*_match_name(search)).order_by(col(ClientRow.created_at).desc(), col(ClientRow.id).desc())
    return _read_registered(db, query.offset(offset).limit(limit))


def count_found(db: Db, search: str) -> int:
    """Count the apps that `page` lists."""
    return db.fetch(select(func.count()).select_from(ClientRow).where(*_match_name(search)))[0][0]


def _match_name(search: str) -> list[ColumnElement[bool]]:
    return [func.lower(col(ClientRow.name)).contains(search.lower(), autoescape=True)] if search else []


def _read_registered(db: Db, query: Select[Any]) -> list[RegisteredClient]:
    width = len(COLUMNS)
    return [RegisteredClient(from_row(row[:width]), *map(from_ms, row[width:])) for row in db.fetch_stored(query)]


def owner_of(db: Db, client_id: str) -> tuple[str, str] | None:
    """Return (username, display name) of the app's owner."""
    row = db.one(
        "SELECT u.username, u.display_name FROM clients c JOIN users u ON u.id = c.owner_id WHERE c.id = ?", client_id
    )
    return None if row is None else (row[0], row[1])


def names_of(db: Db, client_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of these apps by id; those that are gone have none."""
    query = select(ClientRow.id, ClientRow.name).where(col(ClientRow.id).in_(sorted(client_ids)))
    return {row[0]: row[1] for row in db.fetch(query)}


def delete(db: Db, client_id: str) -> None:
    """Delete with secrets, consents, test people and all in flight; open sign-ins stay and say that the app is gone."""
    db.run("UPDATE ephemeral SET client_id = NULL WHERE client_id = ? AND kind = ?", client_id, Kind.FLOW)
    db.run("DELETE FROM users WHERE test_of = ?", client_id)
    db.run("DELETE FROM clients WHERE id = ?", client_id)


def find_with_secret(db: Db, client_id: str, secret_id: int) -> tuple[Client, StoredSecret | None] | None:
    """Return a client with its unretired secret of that id, if it has one, in one read; None without such a client."""
    row = db.one(_FIND_WITH_SECRET, secret_id, client_id)
    return None if row is None else (from_row(row[:-2]), secret_from_row(row[-2:]))


def secret_from_row(row: Row) -> StoredSecret | None:
    """Read the digest and the end of a secret; None where the join found none."""
    digest, expires_ms = row
    return None if digest is None else StoredSecret(digest, expires_ms)
