"""Device codes: found by the device by the id in its code, by a person through what they type (RFC 8628)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import BigKey, Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db

Status = Literal["pending", "allowed", "denied", "used"]


class DeviceCodeRow(SQLModel, table=True):
    """One device that waits; neither of its codes is kept, only what they can be recognized by."""

    __tablename__: ClassVar[Any] = "device_codes"

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    user_code: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    client_id: str = Field(
        sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    scopes: str
    resources: str = ""
    status: str = "pending"
    interval: int
    polled_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    user_id: str | None = Field(
        default=None, sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    )
    auth_time: datetime | None = Field(default=None, sa_column=Column(Instant))
    sid: str | None = None
    # How the person who decided had signed in: RFC 8176 values, separated by spaces.
    amr: str | None = None
    # The generation of the person who decided.
    generation: int | None = None
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A waiting device as services see it."""

    id: int
    digest: bytes
    client_id: str
    scopes: str
    resources: str
    status: Status
    interval: int
    polled_ms: int | None
    user_id: str | None
    auth_time_ms: int | None
    sid: str | None
    expires_ms: int
    generation: int | None = None
    amr: str | None = None


DEVICE_CODES = Records(DeviceCodeRow, DeviceCode, "user_code")
_ADD = f"{DEVICE_CODES.insert('user_code')} ON CONFLICT DO NOTHING"


def add(db: Db, code: DeviceCode, user_code: bytes) -> bool:
    """Insert; False when one of the two codes is taken: make others."""
    return db.run(_ADD, *DEVICE_CODES.values(code), user_code) == 1


def find(db: Db, row_id: int) -> DeviceCode | None:
    """Find by the id inside a device code, whatever its state; the caller compares the digest."""
    return DEVICE_CODES.find(db, "id = ?", row_id)


def find_typed(db: Db, user_code: bytes) -> DeviceCode | None:
    """Find what a person typed, whatever its state, while it is kept."""
    return DEVICE_CODES.find(db, "user_code = ?", user_code)


def note_poll(db: Db, row_id: int, now_ms: int, interval: int) -> None:
    """Note a poll, and how long to wait from now on."""
    db.run("UPDATE device_codes SET polled_at = ?, interval = ? WHERE id = ?", now_ms, interval, row_id)


def end(db: Db, row_id: int, now_ms: int) -> None:
    """Let a device code expire now."""
    db.run("UPDATE device_codes SET expires_at = ? WHERE id = ? AND expires_at > ?", now_ms, row_id, now_ms)


def decide(  # noqa: PLR0913  (who decided, and how they had signed in)
    db: Db,
    row_id: int,
    status: Status,
    *,
    scopes: str,
    user_id: str,
    auth_time_ms: int,
    amr: str,
    sid: str,
    generation: int,
    now_ms: int,
) -> bool:
    """Keep a person's decision, with the scopes that they left; of any number of decisions the first one counts."""
    sql = (
        "UPDATE device_codes SET status = ?, scopes = ?, user_id = ?, auth_time = ?, amr = ?, sid = ?, generation = ?"
        " WHERE id = ? AND status = 'pending' AND expires_at > ?"
    )
    return db.run(sql, status, scopes, user_id, auth_time_ms, amr, sid, generation, row_id, now_ms) == 1


def take(db: Db, row_id: int, now_ms: int) -> bool:
    """Use up a code allowed under the person's present generation: of any number of polls exactly one gets True."""
    sql = (
        "UPDATE device_codes SET status = 'used' WHERE id = ? AND status = 'allowed' AND expires_at > ?"
        " AND generation = (SELECT u.generation FROM users u WHERE u.id = device_codes.user_id)"
    )
    return db.run(sql, row_id, now_ms) == 1


def drop_of_user(db: Db, user_id: str, client_id: str | None = None) -> int:
    """Forget what a person has allowed and no device has fetched yet."""
    sql = "DELETE FROM device_codes WHERE user_id = ?"
    return db.run(sql, user_id) if client_id is None else db.run(f"{sql} AND client_id = ?", user_id, client_id)


def drop_of_app(db: Db, client_id: str) -> int:
    """Forget every device that waits for an app; its person begins again there."""
    return db.run("DELETE FROM device_codes WHERE client_id = ?", client_id)


def drop_of_session(db: Db, user_id: str, sid: str, *, but: str) -> int:
    """Forget what was allowed in a session and not fetched yet, but for what asks for that scope."""
    sql = "DELETE FROM device_codes WHERE user_id = ? AND sid = ? AND ' ' || scopes || ' ' NOT LIKE ?"
    return db.run(sql, user_id, sid, f"% {but} %")


def purge(db: Db, before_ms: int, limit: int) -> int:
    """Delete what has expired, a bounded number at a time."""
    sql = "DELETE FROM device_codes WHERE id IN (SELECT id FROM device_codes WHERE expires_at < ? LIMIT ?)"
    return db.run(sql, before_ms, limit)
