"""Reads of people's data by apps: equal reads within one hour are one row with a count.

A row says which app got what, when and from where. Only the person can see it (docs/operating.md).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, Index, String
from sqlmodel import Field, SQLModel

from oauth2system.ids import first_id_at
from oauth2system.storage.database.columns import BigKey, Instant, from_json
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class ReadRow(SQLModel, table=True):
    """What an app read of a person within one hour, at one endpoint, from one network."""

    __tablename__: ClassVar[Any] = "reads"
    __table_args__ = (
        Index("ix_reads_merged", "user_id", "client_id", "read_hour", "endpoint", "fields", "network", unique=True),
    )

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    user_id: str = Field(sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), nullable=False))
    client_id: str = Field(
        sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    # Hours since 1970.
    read_hour: int
    endpoint: str
    # Names of claims, separated by spaces; empty where the read was refused.
    fields: str
    # The beginning of the address of the app's server; empty where it is not known.
    network: str
    times: int
    first_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    last_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class ReadKey(NamedTuple):
    """What distinguishes the reads of one person."""

    client_id: str
    read_hour: int
    endpoint: str
    fields: str
    network: str


class Read(NamedTuple):
    """A row, as it is stored."""

    id: int
    user_id: str
    client_id: str
    read_hour: int
    endpoint: str
    fields: str
    network: str
    times: int
    first_ms: int
    last_ms: int

    @property
    def key(self) -> ReadKey:
        """Return what distinguishes it from the person's other reads."""
        return ReadKey(self.client_id, self.read_hour, self.endpoint, self.fields, self.network)


class Reader(NamedTuple):
    """An app that has read a person's data, or tried to."""

    client_id: str
    name: str
    logo: str | None


# Before every other key.
NOTHING_READ = ReadKey("", -1, "", "", "")
_KEY = ", ".join(ReadKey._fields)
READS = Records(ReadRow, Read)
_MERGE = f"""
INSERT INTO reads ({READS.columns()}) SELECT {", ".join("?" * len(READS.names))} FROM clients c, users u
WHERE c.id = ? AND u.id = ?
ON CONFLICT (user_id, client_id, read_hour, endpoint, fields, network) DO UPDATE SET
  times = reads.times + excluded.times,
  last_at = CASE WHEN excluded.last_at > reads.last_at THEN excluded.last_at ELSE reads.last_at END
"""  # noqa: S608  (our own column names)
_NEWEST = "SELECT id FROM reads WHERE user_id = ? AND client_id = ? ORDER BY last_at DESC, id DESC LIMIT ?"
# Most people have few rows. Counting past the limit first spares them the sorting.
_CAP = (
    "DELETE FROM reads WHERE user_id = ? AND client_id = ?"  # noqa: S608  (our own SQL)
    " AND EXISTS (SELECT 1 FROM reads WHERE user_id = ? AND client_id = ? LIMIT 1 OFFSET ?)"
    f" AND id NOT IN ({_NEWEST})"
)


def merge(db: Db, rows: Sequence[Read]) -> None:
    """Count these reads; what belongs to an app or a person deleted in the meantime is passed over."""
    db.run_many(_MERGE, [(*row, row.client_id, row.user_id) for row in rows])


def cap(db: Db, pairs: Iterable[tuple[str, str]], most: int) -> None:
    """Keep only the newest rows of each pair of a person and an app."""
    db.run_many(_CAP, [(*pair, *pair, most, *pair, most) for pair in pairs])


def list_of_app(db: Db, user_id: str, client_id: str, limit: int, offset: int = 0) -> list[Read]:
    """List what one app read of a person, newest first."""
    rows = db.all(
        f"{READS.select} WHERE user_id = ? AND client_id = ? ORDER BY last_at DESC, id DESC LIMIT ? OFFSET ?",
        user_id, client_id, limit, offset,
    )  # fmt: skip
    return [Read._make(row) for row in rows]


def find_last_fetches(db: Db, user_id: str, endpoints: Sequence[str]) -> dict[str, int]:
    """Return when (ms) each app last got a person's data at one of these endpoints, as far as the record goes back."""
    marks = ", ".join("?" * len(endpoints))
    rows = db.all(
        f"SELECT client_id, MAX(last_at) FROM reads WHERE user_id = ? AND endpoint IN ({marks}) AND fields <> ''"  # noqa: S608  (our own SQL)
        " GROUP BY client_id",
        user_id, *endpoints,
    )  # fmt: skip
    return dict(rows)


def list_fields(db: Db, client_id: str, since_ms: int, limit: int) -> frozenset[str]:
    """Return the names of the claims that an app read since that moment, by its newest rows."""
    rows = db.all(
        "SELECT DISTINCT fields FROM"
        " (SELECT fields, last_at FROM reads WHERE client_id = ? ORDER BY id DESC LIMIT ?) AS newest"
        " WHERE last_at >= ?",
        client_id, limit, since_ms,
    )  # fmt: skip
    return frozenset(name for row in rows for name in row[0].split())


def list_after(db: Db, user_id: str, after: ReadKey, limit: int) -> list[Read]:
    """List some reads of a person in the order of their keys, those that follow after a key."""
    rows = db.all(f"{READS.select} WHERE user_id = ? AND ({_KEY}) > (?, ?, ?, ?, ?) ORDER BY {_KEY} LIMIT ?",
                  user_id, *after, limit)  # fmt: skip
    return [Read._make(row) for row in rows]


def count_of_user(db: Db, user_id: str) -> int:
    """Count the lines about a person."""
    row = db.one("SELECT COUNT(*) FROM reads WHERE user_id = ?", user_id)
    return row[0] if row else 0


def list_unconnected(db: Db, user_id: str) -> list[Reader]:
    """List the apps in a person's record of reads that have no access today, by name."""
    rows = db.all(
        "SELECT c.id, c.name, c.metadata FROM clients c"
        " WHERE c.id IN (SELECT client_id FROM reads WHERE user_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM consents k WHERE k.user_id = ? AND k.client_id = c.id) ORDER BY c.name, c.id",
        user_id, user_id,
    )  # fmt: skip
    return [Reader(client_id, name, from_json(metadata).get("logo")) for client_id, name, metadata in rows]


def purge(db: Db, before_ms: int, limit: int) -> int:
    """Delete rows that were begun before that moment, a bounded number at a time; ids sort by time."""
    return db.run(
        "DELETE FROM reads WHERE id IN (SELECT id FROM reads WHERE id < ? ORDER BY id LIMIT ?)",
        first_id_at(before_ms), limit,
    )  # fmt: skip
