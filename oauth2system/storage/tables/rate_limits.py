"""Counters of attempts that survive a restart and are shared by every worker."""

from typing import Any, ClassVar, NamedTuple

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class ThrottleRow(SQLModel, table=True):
    """One budget: the moment at which it is wholly refilled (GCRA), under a digest of its name."""

    __tablename__: ClassVar[Any] = "throttles"

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    full_at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))


class Throttle(NamedTuple):
    """What is left of one budget."""

    key: bytes
    full_ms: int


THROTTLES = Records(ThrottleRow, Throttle)
# Spending and checking are one statement, so parallel guesses are all counted (T097).
_SPEND = f"""
{THROTTLES.insert()}
ON CONFLICT (key) DO UPDATE SET full_at =
  CASE WHEN throttles.full_at < ? THEN ? ELSE throttles.full_at END + ?
WHERE CASE WHEN throttles.full_at < ? THEN ? ELSE throttles.full_at END + ? <= ?
RETURNING full_at
"""


def spend(db: Db, key: bytes, now_ms: int, cost_ms: int, burst_ms: int) -> bool:
    """Spend `cost_ms` of a budget that holds `burst_ms`; False when there is not enough left."""
    first = now_ms + cost_ms
    row = db.one(_SPEND, key, first, now_ms, now_ms, cost_ms, now_ms, now_ms, cost_ms, now_ms + burst_ms)
    return row is not None


def full_at(db: Db, key: bytes) -> int:
    """Return when (ms) the budget is whole again; 0 for one never touched."""
    found = THROTTLES.find(db, "key = ?", key)
    return found.full_ms if found else 0


def refill(db: Db, key: bytes) -> None:
    """Give the whole budget back, e.g. after the right password."""
    db.run("DELETE FROM throttles WHERE key = ?", key)


def give_back(db: Db, key: bytes, cost_ms: int) -> None:
    """Give one attempt back that was no failure."""
    db.run("UPDATE throttles SET full_at = full_at - ? WHERE key = ?", cost_ms, key)


def purge(db: Db, now_ms: int, limit: int) -> int:
    """Delete budgets that are whole again, a bounded number at a time."""
    return db.run(
        "DELETE FROM throttles WHERE key IN (SELECT key FROM throttles WHERE full_at < ? LIMIT ?)", now_ms, limit
    )
