"""People, and the one canonical form of what names them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, func, or_, select

from oauth2system.protocol.tokens.format import Kind
from oauth2system.storage.database.columns import Instant
from oauth2system.storage.database.records import Records, purge_rows
from oauth2system.storage.database.transactions import Db


class UserRow(SQLModel, table=True):
    """A person. `username` is canonical; `skeleton` makes look-alikes collide (T127)."""

    __tablename__: ClassVar[Any] = "users"

    id: str = Field(primary_key=True)
    username: str = Field(unique=True, max_length=32)
    skeleton: str = Field(unique=True)
    display_name: str
    email: str
    email_key: str = Field(unique=True)
    email_confirmed_at: datetime | None = Field(default=None, sa_column=sa.Column(Instant))
    password_hash: str | None = None
    # The public name of the picture (storage/tables/pictures.py), or of the drawing that stands in for one.
    avatar: str | None = Field(default=None, index=True)
    is_admin: bool = False
    disabled_at: datetime | None = Field(default=None, sa_column=sa.Column(Instant))
    # Raised whenever all access is revoked: what carries another number is dead.
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # The language of pages and mails that the person chose; None to follow the browser.
    language: str | None = None
    # The newest version of the terms that the person accepted, and when.
    terms_version: str | None = None
    terms_accepted_at: datetime | None = Field(default=None, sa_column=sa.Column(Instant))
    # The app that a test person was made for; None for people. No foreign key: a row without its app stays apart.
    test_of: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_column=sa.Column(Instant, nullable=False))
    updated_at: datetime = Field(sa_column=sa.Column(Instant, nullable=False))


@dataclass(frozen=True, slots=True)
class User:
    """A person. Pages show no more of them than a view names; the password hash is in no view."""

    id: str
    username: str
    skeleton: str
    display_name: str
    email: str
    email_key: str
    created_at: datetime
    updated_at: datetime
    email_confirmed_at: datetime | None = None
    password_hash: str | None = field(default=None, repr=False)
    avatar: str | None = None
    is_admin: bool = False
    disabled_at: datetime | None = None
    generation: int = 0
    language: str | None = None
    terms_version: str | None = None
    terms_accepted_at: datetime | None = None
    test_of: str | None = None

    @property
    def email_confirmed(self) -> bool:
        """Return whether this person has proven to own the address."""
        return self.email_confirmed_at is not None

    @property
    def disabled(self) -> bool:
        """Return whether an administrator keeps this person from signing in."""
        return self.disabled_at is not None


USERS = Records(UserRow, User)
_ADD = f"{USERS.insert()} ON CONFLICT DO NOTHING"


def find(db: Db, user_id: str) -> User | None:
    """Find by id."""
    return USERS.find(db, "id = ?", user_id)


def find_by_username(db: Db, username: str) -> User | None:
    """Find by canonical username; test people are not found by their names (decision 0039)."""
    return USERS.find(db, "username = ? AND test_of IS NULL", username)


def find_by_email(db: Db, email_key: str) -> User | None:
    """Find by email key: who holds the address, or, by its unconfirmed key, who waits for it."""
    return USERS.find(db, "email_key = ?", email_key)


def language_of(db: Db, user_id: str) -> str | None:
    """Return the language that a person chose, or None."""
    row = db.one("SELECT language FROM users WHERE id = ?", user_id)
    return None if row is None else row[0]


def find_by_skeleton(db: Db, skeleton: str) -> User | None:
    """Find the person whose username looks like this one."""
    return USERS.find(db, "skeleton = ?", skeleton)


def is_drawn(db: Db, name: str) -> bool:
    """Return whether a person is shown under this name of a picture."""
    return db.one("SELECT 1 FROM users WHERE avatar = ?", name) is not None


def add(db: Db, user: User) -> bool:
    """Insert; False, and nothing done, where one of the unique names is already taken."""
    return db.run(_ADD, *USERS.values(user)) == 1


def update(db: Db, user_id: str, **changes: object) -> None:
    """Change these columns of a person, and no others."""
    db.execute(sa.update(UserRow).where(col(UserRow.id) == user_id).values(**changes))


def hold(db: Db, user_id: str) -> None:
    """Keep others from changing a person until the commit: to be called before rows that belong to them are written.

    See the order of locks in storage/database/transactions.py.
    """
    db.fetch_one(select(UserRow.id).where(UserRow.id == user_id).with_for_update(key_share=True))


def raise_generation(db: Db, user_id: str, seen: int | None = None) -> int | None:
    """End all that was made under the person's generation, and return the next one.

    None, and nothing done, where the generation is not the one that was `seen` with the proof.
    """
    sql = "UPDATE users SET generation = generation + 1 WHERE id = ?"
    if seen is None:
        row = db.one(f"{sql} RETURNING generation", user_id)
    else:
        row = db.one(f"{sql} AND generation = ? RETURNING generation", user_id, seen)
    return None if row is None else row[0]


def upgrade_hash(db: Db, user_id: str, old: str, new: str) -> None:
    """Store the same password under today's parameters, unless the password has changed meanwhile."""
    kept = (col(UserRow.id) == user_id, col(UserRow.password_hash) == old)
    db.execute(sa.update(UserRow).where(*kept).values(password_hash=new))


def accept_terms(db: Db, user_id: str, version: str, now: datetime) -> bool:
    """Note which version of the terms a person accepted; False, and nothing done, where they had before."""
    other = or_(col(UserRow.terms_version).is_(None), UserRow.terms_version != version)
    accepted = {"terms_version": version, "terms_accepted_at": now}
    return db.execute(sa.update(UserRow).where(col(UserRow.id) == user_id, other).values(**accepted)) == 1


def claim_email(db: Db, user_id: str, address: str, key: str, now: datetime) -> bool:
    """Confirm an address for an account; False, and nothing done, where another account holds it by now."""
    claimed = {"email": address, "email_key": key, "email_confirmed_at": now, "updated_at": now}
    return db.attempt(sa.update(UserRow).where(col(UserRow.id) == user_id).values(**claimed))


def rename(db: Db, user_id: str, username: str, skeleton: str, now: datetime) -> bool:
    """Give an account another username; False, and nothing done, where another account has it or one like it."""
    changes = {"username": username, "skeleton": skeleton, "updated_at": now}
    return db.attempt(sa.update(UserRow).where(col(UserRow.id) == user_id).values(**changes))


def wait_for_email(db: Db, user_id: str, address: str, waiting_key: str, now: datetime) -> bool:
    """Give an unconfirmed account an address to wait for; False, and nothing done, where it is confirmed by now.

    False also where another account waits for that address by now.
    """
    unproved = (col(UserRow.id) == user_id, col(UserRow.email_confirmed_at).is_(None))
    wanted = {"email": address, "email_key": waiting_key, "updated_at": now}
    return db.attempt(sa.update(UserRow).where(*unproved).values(**wanted))


def delete(db: Db, user_id: str) -> bool:
    """Delete a person with everything that belongs to them, also the test people of their apps.

    Returns whether they ever confirmed an address.

    Sign-ins to their apps that are open stay, and say that the app is gone.
    """
    db.run(
        "UPDATE ephemeral SET client_id = NULL"
        " WHERE kind = ? AND client_id IN (SELECT id FROM clients WHERE owner_id = ?)",
        Kind.FLOW,
        user_id,
    )
    db.run("DELETE FROM users WHERE test_of IN (SELECT id FROM clients WHERE owner_id = ?)", user_id)
    row = db.one("DELETE FROM users WHERE id = ? RETURNING email_confirmed_at", user_id)
    return row is not None and row[0] is not None


def count(db: Db) -> int:
    """Count the accounts of people."""
    return db.fetch(select(func.count()).select_from(UserRow).where(*_match_name("")))[0][0]


def list_test_people(db: Db, client_id: str) -> list[User]:
    """List the test people of an app, oldest first."""
    query = USERS.query.where(UserRow.test_of == client_id)
    return USERS.every(db, query.order_by(col(UserRow.created_at), col(UserRow.id)))


def purge_test_people(db: Db, before: datetime, limit: int) -> int:
    """Delete test people that were made before that moment, a bounded number at a time."""
    return purge_rows(db, UserRow, limit, col(UserRow.test_of).is_not(None), UserRow.created_at < before)


def has_admin(db: Db) -> bool:
    """Return whether this site has an administrator yet."""
    return db.fetch_one(select(UserRow.id).where(UserRow.is_admin).limit(1)) is not None


def holds_other_admin(db: Db, user_id: str) -> bool:
    """Return whether an administrator other than this person can sign in; until the commit nobody else may ask.

    Of two administrators who leave at the same moment the second one sees that the first one has left.
    """
    query = select(UserRow.id, UserRow.disabled_at).where(UserRow.is_admin).order_by(UserRow.id).with_for_update()
    return any(row[0] != user_id and row[1] is None for row in db.fetch(query))


def list_page(db: Db, search: str, offset: int, limit: int) -> list[User]:
    """List people by a part of their username, display name or address, newest first."""
    query = USERS.query.where(*_match_name(search)).order_by(col(UserRow.created_at).desc(), col(UserRow.id).desc())
    return USERS.every(db, query.offset(offset).limit(limit))


def count_found(db: Db, search: str) -> int:
    """Count the people whom `page` lists."""
    return db.fetch(select(func.count()).select_from(UserRow).where(*_match_name(search)))[0][0]


def _match_name(search: str) -> list[sa.ColumnElement[bool]]:
    """Return what is true of the people whom a search finds; test people are none of them."""
    people = col(UserRow.test_of).is_(None)
    if not search:
        return [people]
    named = (UserRow.username, UserRow.display_name, UserRow.email)
    return [people, or_(*(func.lower(column).contains(search.lower(), autoescape=True) for column in named))]


def usernames_by_email(db: Db, keys: Sequence[str]) -> dict[str, str]:
    """Return the usernames of the accounts that hold these addresses, by their email keys."""
    if not keys:
        return {}
    found = db.fetch(select(UserRow.email_key, UserRow.username).where(col(UserRow.email_key).in_(keys)))
    return {row[0]: row[1] for row in found}


def purge_unconfirmed(db: Db, before: datetime, limit: int) -> int:
    """Delete accounts that nobody confirmed since that moment, a bounded number at a time."""
    return purge_rows(db, UserRow, limit, *_match_unconfirmed(), UserRow.updated_at < before)


def purge_unconfirmed_beyond(db: Db, most: int, limit: int) -> int:
    """Delete the oldest accounts that nobody confirmed, as far as there are more than `most`, some at a time."""
    there = db.fetch(select(func.count()).select_from(UserRow).where(*_match_unconfirmed()))[0][0]
    if there <= most:
        return 0
    oldest = (
        select(UserRow.id)
        .where(*_match_unconfirmed())
        .order_by(col(UserRow.updated_at))
        .limit(min(limit, there - most))
    )
    return db.execute(sa.delete(UserRow).where(col(UserRow.id).in_(oldest)))


def _match_unconfirmed() -> list[sa.ColumnElement[bool]]:
    """Return what is true of accounts that wait for an address.

    The range lets the unique index find them, in every collation; else all accounts would be read.
    """
    key = col(UserRow.email_key)
    return [key.like("unconfirmed %"), key >= "unconfirmed", key < "unconfirmee"]
