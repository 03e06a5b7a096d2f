"""Families and their tokens: one row holds an access token and its refresh token.

The id inside a token is the row's key and sorts by time: inserts append, a look-up reads one row,
purging is a range. Who may still use it is joined in at every use, never remembered.
"""

from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens.claims import UserFacts
from oauth2system.storage.database.columns import BigKey, Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db, Row
from oauth2system.storage.tables import clients


class FamilyRow(SQLModel, table=True):
    """What one authorization granted; its id is the id of the code it was redeemed with."""

    __tablename__: ClassVar[Any] = "families"
    __table_args__: ClassVar[Any] = (Index("ix_families_expires_at", "expires_at"),)

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    user_id: str = Field(
        sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    client_id: str = Field(
        sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    sid: str | None = None
    scopes: str
    resources: str = ""
    claims: str | None = None
    auth_time: datetime = Field(sa_column=Column(Instant, nullable=False))
    acr: str | None = None
    amr: str | None = None
    jkt: str | None = None
    offline: bool = False
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    revoked_for: str | None = None
    # The person's generation under which the authorization was given.
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class TokenRow(SQLModel, table=True):
    """An access token, and the refresh token handed out with it; from `ends_at` on neither can work.

    No foreign keys: a lost client, family or person is noticed by the joins of `_FIND`.
    """

    __tablename__: ClassVar[Any] = "tokens"
    __table_args__: ClassVar[Any] = (Index("ix_tokens_ends_at", "ends_at"),)

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    family_id: int | None = Field(default=None, sa_column=Column(BigKey))
    client_id: str
    access_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    access_expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    refresh_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    refresh_expires_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    scopes: str
    resources: str = ""
    jkt: str | None = None
    rotated_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    successor_id: int | None = Field(default=None, sa_column=Column(BigKey))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    ends_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    # The app's generation, as it was read together with what the token was made for.
    client_generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Family(NamedTuple):
    """What was granted, by whom and how they had signed in."""

    id: int
    user_id: str
    client_id: str
    sid: str | None
    scopes: str
    resources: str
    claims: str | None
    auth_time_ms: int
    acr: str | None
    amr: str | None
    jkt: str | None
    offline: bool
    expires_ms: int
    revoked_ms: int | None = None
    generation: int = 0


class Token(NamedTuple):
    """A token's row: only digests of the tokens themselves."""

    id: int
    family_id: int | None
    client_id: str
    access_digest: bytes
    access_expires_ms: int
    refresh_digest: bytes | None
    refresh_expires_ms: int | None
    scopes: str
    resources: str
    jkt: str | None
    rotated_ms: int | None = None
    successor_id: int | None = None
    revoked_ms: int | None = None
    client_generation: int = 0


class Person(NamedTuple):
    """The person behind a token, and what they allow the app today."""

    facts: UserFacts
    disabled: bool
    allowed: frozenset[str] | None
    fetched_ms: int | None
    generation: int


class Found(NamedTuple):
    """A token with everything that decides whether it still works; no family is no person (RFC 6749 §4.4)."""

    token: Token
    client: Client
    family: Family | None
    person: Person | None


FAMILIES = Records(FamilyRow, Family, "revoked_for")
TOKENS = Records(TokenRow, Token, "ends_at")
_ADD_FAMILY = FAMILIES.insert()
_ADD = TOKENS.insert("ends_at")
# For statements that join a family, as `f`; `Family._make` reads these columns.
FAMILY_COLUMNS = FAMILIES.columns("f")
# For statements that join a person, as `u`; `facts_of` reads these columns.
FACTS_COLUMNS = "u.id, u.username, u.display_name, u.email, u.email_confirmed_at, u.avatar, u.updated_at, u.language"
# The same with a consent, as `k`; `person_of` reads these columns.
PERSON_COLUMNS = f"{FACTS_COLUMNS}, u.disabled_at, k.scopes, k.fetched_at, u.generation"
_FACTS_WIDTH, _PERSON_WIDTH = (text.count(",") + 1 for text in (FACTS_COLUMNS, PERSON_COLUMNS))
_WIDTH = len(TOKENS.names)
_AFTER_FAMILY = _WIDTH + len(FAMILIES.names)
_AFTER_PERSON = _AFTER_FAMILY + _PERSON_WIDTH
# The joins are the liveness: a deleted client, person or family leaves no row, or an empty side.
_FIND = f"""
SELECT {TOKENS.columns("t")}, {FAMILY_COLUMNS}, {PERSON_COLUMNS}, {clients.JOINED}
FROM tokens t JOIN clients c ON c.id = t.client_id
LEFT JOIN families f ON f.id = t.family_id
LEFT JOIN users u ON u.id = f.user_id
LEFT JOIN consents k ON k.user_id = f.user_id AND k.client_id = f.client_id
WHERE t.id = ?
"""  # noqa: S608  (names of our own tables and columns)
_FIND_PERSON = (
    f"SELECT {PERSON_COLUMNS} FROM users u"  # noqa: S608  (names of our own tables and columns)
    " LEFT JOIN consents k ON k.user_id = u.id AND k.client_id = ? WHERE u.id = ?"
)


def add_family(db: Db, family: Family) -> None:
    """Insert what was granted."""
    db.send(_ADD_FAMILY, *FAMILIES.values(family))


def add(db: Db, token: Token) -> bool:
    """Insert; False when another node minted the same id in the same millisecond: mint again."""
    ends_ms = max(token.access_expires_ms, token.refresh_expires_ms or 0)
    return db.add(_ADD, *TOKENS.values(token), ends_ms)


def find(db: Db, token_id: int) -> Found | None:
    """Find by the id inside a token, whatever its state; the caller compares the digest and decides."""
    row = db.one(_FIND, token_id)
    if row is None:
        return None
    has_family = row[_WIDTH] is not None
    return Found(
        Token._make(row[:_WIDTH]),
        clients.from_row(row[_AFTER_PERSON:]),
        Family._make(row[_WIDTH:_AFTER_FAMILY]) if has_family else None,
        person_of(row[_AFTER_FAMILY:_AFTER_PERSON]) if has_family else None,
    )


def person_of(row: Row) -> Person:
    """Read PERSON_COLUMNS."""
    disabled_at, allowed, fetched_ms, generation = row[_FACTS_WIDTH:]
    return Person(
        facts_of(row[:_FACTS_WIDTH]),
        disabled_at is not None,
        None if allowed is None else scopes.read(allowed),
        fetched_ms,
        generation,
    )


def facts_of(row: Row) -> UserFacts:
    """Read FACTS_COLUMNS."""
    user_id, username, display_name, email, confirmed_at, avatar, updated_ms, language = row
    is_confirmed, updated_at = confirmed_at is not None, updated_ms // 1000
    return UserFacts(user_id, username, display_name, email, is_confirmed, avatar, updated_at, language)


def find_person(db: Db, user_id: str, client_id: str) -> Person | None:
    """Find a person with what they allow this client today."""
    row = db.one(_FIND_PERSON, client_id, user_id)
    return None if row is None else person_of(row)


def rotate(db: Db, token_id: int, digest: bytes, successor_id: int, now_ms: int) -> bool:
    """Use a refresh token up, atomically: of any number of parallel refreshes exactly one gets True (T046)."""
    return db.run(_ROTATE, now_ms, successor_id, token_id, digest, now_ms) == 1


_ROTATE = (
    "UPDATE tokens SET rotated_at = ?, successor_id = ? WHERE id = ? AND refresh_digest = ?"
    " AND rotated_at IS NULL AND refresh_expires_at > ?"
)


def delete(db: Db, token_id: int) -> None:
    """Delete a token that was made and never answered."""
    db.run("DELETE FROM tokens WHERE id = ?", token_id)


def prolong(db: Db, token_id: int, refresh_expires_ms: int) -> None:
    """Move the idle limit of a refresh token that is not rotated."""
    sql = "UPDATE tokens SET refresh_expires_at = ?, ends_at = ? WHERE id = ?"
    db.run(sql, refresh_expires_ms, refresh_expires_ms, token_id)


def revoke_family(db: Db, family_id: int, now_ms: int, why: str) -> bool:
    """Revoke every token of a family; False when it was revoked before or never was."""
    return db.run(_REVOKE_FAMILY, now_ms, why, family_id) == 1


_REVOKE_FAMILY = "UPDATE families SET revoked_at = ?, revoked_for = ? WHERE id = ? AND revoked_at IS NULL"


def revoke_access(db: Db, token_id: int, now_ms: int) -> None:
    """Revoke one access token; its refresh token stays valid (RFC 7009 §2.1)."""
    db.run("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", now_ms, token_id)


def revoke_of_user(db: Db, user_id: str, now_ms: int, why: str, *, client_id: str | None = None) -> int:
    """Revoke all that a person granted, to one client or to all; returns how many families."""
    sql = "UPDATE families SET revoked_at = ?, revoked_for = ? WHERE user_id = ? AND revoked_at IS NULL"
    if client_id is None:
        return db.run(sql, now_ms, why, user_id)
    return db.run(f"{sql} AND client_id = ?", now_ms, why, user_id, client_id)


def revoke_offline(db: Db, user_id: str, client_id: str, now_ms: int, why: str) -> int:
    """Revoke what a person granted a client for offline access; returns how many families."""
    return db.run(
        "UPDATE families SET revoked_at = ?, revoked_for = ? WHERE user_id = ? AND client_id = ?"
        " AND offline AND revoked_at IS NULL",
        now_ms, why, user_id, client_id,
    )  # fmt: skip


def outlive(db: Db, user_id: str, generation: int) -> None:
    """Take what was granted for offline access on into the person's next generation (OIDC Core §11)."""
    db.run(
        "UPDATE families SET generation = ? WHERE user_id = ? AND generation = ? AND offline AND revoked_at IS NULL",
        generation, user_id, generation - 1,
    )  # fmt: skip


def revoke_of_session(db: Db, user_id: str, sid: str, now_ms: int, why: str) -> int:
    """Revoke what was granted in one session, but for what was meant to outlive it (OIDC Core §11)."""
    return db.run(
        "UPDATE families SET revoked_at = ?, revoked_for = ? WHERE user_id = ? AND sid = ?"
        " AND NOT offline AND revoked_at IS NULL",
        now_ms, why, user_id, sid,
    )  # fmt: skip


def of_session(db: Db, user_id: str, sid: str) -> list[str]:
    """List the clients that got tokens in this session: whom a sign-out concerns."""
    rows = db.all("SELECT DISTINCT client_id FROM families WHERE user_id = ? AND sid = ?", user_id, sid)
    return [row[0] for row in rows]


def purge(db: Db, before_ms: int, limit: int) -> int:
    """Delete tokens that ended before that moment, a bounded number at a time."""
    return db.run("DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE ends_at < ? LIMIT ?)", before_ms, limit)


def purge_families(db: Db, before_ms: int, limit: int) -> int:
    """Delete families that ended before that moment, a bounded number at a time."""
    return db.run(
        "DELETE FROM families WHERE id IN (SELECT id FROM families WHERE expires_at < ? LIMIT ?)", before_ms, limit
    )
