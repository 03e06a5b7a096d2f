"""People, and the one canonical form of what names them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, func, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, SQLModel, col, select

from oauth2system.storage.database.columns import Instant, from_ms, to_ms
from oauth2system.storage.database.transactions import Db, Row


class UserRow(SQLModel, table=True):
    """A person. `username` is canonical; `skeleton` makes look-alikes collide (T127)."""

    __tablename__: ClassVar[Any] = "users"

    id: str = Field(primary_key=True)
    username: str = Field(unique=True, max_length=32)
    skeleton: str = Field(unique=True)
    display_name: str
    email: str
    email_key: str = Field(unique=True)
    email_confirmed_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    password_hash: str | None = None
    avatar: str | None = None
    is_admin: bool = False
    disabled_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    updated_at: datetime = Field(sa_column=Column(Instant, nullable=False))


@dataclass(frozen=True, slots=True)
class User:
    """What services may know of a person; the password hash stays behind."""

    id: str
    username: str
    display_name: str
    email: str
    email_confirmed: bool
    avatar: str | None
    is_admin: bool
    disabled: bool
    created_at: datetime


def facts(row: UserRow) -> User:
    """Turn a row into facts that may leave the transaction."""
    return User(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        email=row.email,
        email_confirmed=row.email_confirmed_at is not None,
        avatar=row.avatar,
        is_admin=row.is_admin,
        disabled=row.disabled_at is not None,
        created_at=row.created_at,
    )


def find(db: Db, user_id: str) -> UserRow | None:
    """Find by id."""
    return db.orm.get(UserRow, user_id)


def find_facts(db: Db, user_id: str) -> User | None:
    """Find the facts alone, without the ORM: pages ask for them all the time."""
    row = db.one(_FACTS, user_id)
    if row is None:
        return None
    return User(
        id=row[0],
        username=row[1],
        display_name=row[2],
        email=row[3],
        email_confirmed=row[4] is not None,
        avatar=row[5],
        is_admin=bool(row[6]),
        disabled=row[7] is not None,
        created_at=from_ms(row[8]),
    )


_FACTS = (
    "SELECT id, username, display_name, email, email_confirmed_at, avatar, is_admin, disabled_at, created_at"
    " FROM users WHERE id = ?"
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in compares with."""

    user_id: str
    password_hash: str | None = field(repr=False)
    disabled: bool


_CREDENTIALS = "SELECT id, password_hash, disabled_at FROM users WHERE"


def credentials(db: Db, user_id: str) -> Credentials | None:
    """Find what somebody signs in with, by id."""
    return _credentials(db.one(f"{_CREDENTIALS} id = ?", user_id))


def credentials_by_username(db: Db, username: str) -> Credentials | None:
    """Find what somebody signs in with, by canonical username."""
    return _credentials(db.one(f"{_CREDENTIALS} username = ?", username))


def credentials_by_email(db: Db, email_key: str) -> Credentials | None:
    """Find what somebody signs in with, by e-mail key."""
    return _credentials(db.one(f"{_CREDENTIALS} email_key = ?", email_key))


def _credentials(row: Row | None) -> Credentials | None:
    return None if row is None else Credentials(row[0], row[1], row[2] is not None)


def find_by_login(db: Db, username: str | None, email_key: str | None) -> UserRow | None:
    """Find by canonical username or by e-mail key, whichever was typed."""
    if email_key is not None:
        return db.orm.exec(select(UserRow).where(UserRow.email_key == email_key)).first()
    return db.orm.exec(select(UserRow).where(UserRow.username == username)).first()


def find_by_skeleton(db: Db, skeleton: str) -> UserRow | None:
    """Find whoever already has a name that looks like this one."""
    return db.orm.exec(select(UserRow).where(UserRow.skeleton == skeleton)).first()


def find_skeleton_holder(db: Db, skeleton: str) -> str | None:
    """Find the username of whoever has a name that looks like this one, without the ORM."""
    row = db.one("SELECT username FROM users WHERE skeleton = ?", skeleton)
    return row[0] if row else None


def add(db: Db, row: UserRow) -> None:
    """Insert; raises IntegrityError when a unique name was taken in the meantime."""
    db.orm.add(row)
    db.orm.flush()


def try_add(db: Db, row: UserRow) -> bool:
    """Insert; False, and nothing done, when one of the unique names was taken in the meantime."""
    try:
        with db.orm.begin_nested():
            db.orm.add(row)
            db.orm.flush()
    except IntegrityError:
        return False
    return True


def try_claim(db: Db, row: UserRow, address: str, key: str, now: datetime) -> bool:
    """Confirm an address for an account; False, and nothing done, when another took it in the meantime."""
    before = (row.email, row.email_key, row.email_confirmed_at, row.updated_at)
    try:
        with db.orm.begin_nested():
            row.email, row.email_key = address, key
            row.email_confirmed_at = row.updated_at = now
            db.orm.flush()
    except IntegrityError:
        row.email, row.email_key, row.email_confirmed_at, row.updated_at = before
        return False
    return True


def delete(db: Db, user_id: str) -> None:
    """Delete with everything that hangs on the person."""
    db.run("DELETE FROM users WHERE id = ?", user_id)


def count(db: Db) -> int:
    """Count the accounts."""
    row = db.one("SELECT COUNT(*) FROM users")
    return int(row[0]) if row else 0


def has_admin(db: Db) -> bool:
    """Tell whether anybody administers this site yet."""
    return db.one("SELECT 1 FROM users WHERE is_admin LIMIT 1") is not None


def page(db: Db, search: str, offset: int, limit: int) -> list[UserRow]:
    """List people by a part of their username, display name or address, newest first."""
    query = select(UserRow).order_by(col(UserRow.created_at).desc(), col(UserRow.id).desc())
    if search:
        named = (UserRow.username, UserRow.display_name, UserRow.email)
        query = query.where(or_(*(func.lower(column).contains(search.lower(), autoescape=True) for column in named)))
    return list(db.orm.exec(query.offset(offset).limit(limit)))


def purge_unconfirmed(db: Db, before: datetime, limit: int) -> int:
    """Delete accounts that nobody confirmed since that moment, a bounded number at a time."""
    # The range lets the unique index find them, in every collation; else all accounts would be read.
    return db.run(
        "DELETE FROM users WHERE id IN (SELECT id FROM users WHERE email_key LIKE 'unconfirmed %'"
        " AND email_key >= 'unconfirmed' AND email_key < 'unconfirmee' AND updated_at < ? LIMIT ?)",
        to_ms(before),
        limit,
    )


def replace_password(db: Db, user_id: str, password_hash: str, now: datetime) -> None:
    """Store another hash of the password."""
    db.run("UPDATE users SET password_hash = ?, updated_at = ? WHERE id = ?", password_hash, to_ms(now), user_id)
