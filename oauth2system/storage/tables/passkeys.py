"""Passkeys: the public keys that people sign in with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel, col

from oauth2system.storage.database.columns import BigKey, Instant, to_ms
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class PasskeyRow(SQLModel, table=True):
    """One passkey of a person. It has no secret: the private key never leaves the authenticator."""

    __tablename__: ClassVar[Any] = "passkeys"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    user_id: str = Field(
        sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    credential_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    # What the authenticator knows the person by; not their id.
    user_handle: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sign_count: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str
    aaguid: str
    # How a browser reaches it, separated by spaces: a hint for the next use.
    transports: str
    # Whether its maker copies it to other devices of the person, and whether it was copied already.
    syncs: bool
    copied: bool
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    # When its counter showed that somebody else has a copy; it is not accepted since.
    refused_at: datetime | None = Field(default=None, sa_column=Column(Instant))


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as it is kept; one with `refused_at` is not accepted."""

    id: int
    user_id: str
    credential_id: bytes
    user_handle: bytes
    public_key: bytes
    sign_count: int
    name: str
    aaguid: str
    transports: str
    syncs: bool
    copied: bool
    created_at: datetime
    last_used_at: datetime | None = None
    refused_at: datetime | None = None


PASSKEYS = Records(PasskeyRow, Passkey)
_ADD = f"{PASSKEYS.insert()} ON CONFLICT DO NOTHING"
# The counter rises, or the authenticator has none. Of two uses at the same moment the later counter wins.
_USE = (
    "UPDATE passkeys SET sign_count = ?, copied = ?, last_used_at = ?"
    " WHERE id = ? AND refused_at IS NULL AND (sign_count < ? OR (sign_count = 0 AND ? = 0))"
)


def add(db: Db, passkey: Passkey) -> bool:
    """Insert; False where an account has this passkey already."""
    return db.run(_ADD, *PASSKEYS.values(passkey)) == 1


def of_user(db: Db, user_id: str) -> list[Passkey]:
    """List a person's passkeys, oldest first."""
    return PASSKEYS.every(db, PASSKEYS.query.where(PasskeyRow.user_id == user_id).order_by(col(PasskeyRow.id)))


def find(db: Db, credential_id: bytes) -> Passkey | None:
    """Find by the id that the authenticator gave."""
    return PASSKEYS.find(db, "credential_id = ?", credential_id)


def count(db: Db, user_id: str) -> int:
    """Count a person's passkeys."""
    row = db.one("SELECT COUNT(*) FROM passkeys WHERE user_id = ?", user_id)
    return int(row[0]) if row else 0


def use(db: Db, passkey_id: int, sign_count: int, *, copied: bool, used_at: datetime) -> bool:
    """Note a use with its counter; False where the counter did not rise, or the passkey is gone or refused."""
    return db.run(_USE, sign_count, copied, to_ms(used_at), passkey_id, sign_count, sign_count) == 1


def refuse(db: Db, passkey_id: int, now: datetime) -> bool:
    """Stop a passkey from being accepted; False where it already was, or is gone."""
    sql = "UPDATE passkeys SET refused_at = ? WHERE id = ? AND refused_at IS NULL"
    return db.run(sql, to_ms(now), passkey_id) == 1


def rename(db: Db, passkey_id: int, user_id: str, name: str) -> bool:
    """Give a passkey another name; False where this person has no such passkey."""
    return db.run("UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ?", name, passkey_id, user_id) == 1


def remove(db: Db, passkey_id: int, user_id: str) -> bool:
    """Delete a passkey; False where this person has no such passkey."""
    return db.run("DELETE FROM passkeys WHERE id = ? AND user_id = ?", passkey_id, user_id) == 1


def remove_since(db: Db, user_id: str, since_ms: int) -> int:
    """Delete the passkeys that were added since a moment; returns how many."""
    return db.run("DELETE FROM passkeys WHERE user_id = ? AND created_at >= ?", user_id, since_ms)


class PasskeyOfferRow(SQLModel, table=True):
    """A person who was offered a passkey and said "Not now"."""

    __tablename__: ClassVar[Any] = "passkey_offers"

    user_id: str = Field(sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    declined_at: datetime = Field(sa_column=Column(Instant, nullable=False))


@dataclass(frozen=True, slots=True)
class PasskeyOffer:
    """When a person declined a passkey."""

    user_id: str
    declined_at: datetime


OFFERS = Records(PasskeyOfferRow, PasskeyOffer)
_DECLINE = f"{OFFERS.insert()} ON CONFLICT (user_id) DO UPDATE SET declined_at = excluded.declined_at"


def decline(db: Db, user_id: str, now: datetime) -> None:
    """Note that a person wants no passkey for now."""
    db.run(_DECLINE, *OFFERS.values(PasskeyOffer(user_id, now)))


def declined_since(db: Db, user_id: str, moment: datetime) -> bool:
    """Return whether a person declined a passkey after that moment."""
    return OFFERS.find(db, "user_id = ? AND declined_at > ?", user_id, to_ms(moment)) is not None
