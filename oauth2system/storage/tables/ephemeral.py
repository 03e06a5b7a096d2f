"""Rows that live for minutes, each used once: flows, codes, simple handles, links in mails.

Every kind shares `keep` and `take`; the kind is part of the digest and of each statement, so that
no value can stand in for one of another kind (T056).
"""

from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.protocol.tokens.format import Kind
from oauth2system.storage.database.columns import BigKey, Instant, Json, to_json, to_ms
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db, Row

# Flows that nobody has answered. Without parameters: an index is used only under the condition that it was made with.
UNANSWERED = f"kind = '{Kind.FLOW.value}' AND taken_at IS NULL"


class EphemeralRow(SQLModel, table=True):
    """One short-lived thing; the value itself is known only to its holder."""

    __tablename__: ClassVar[Any] = "ephemeral"
    __table_args__ = (
        Index("ix_ephemeral_expires_at", "expires_at"),
        Index("ix_ephemeral_user_id", "user_id"),
        Index("ix_ephemeral_client_id", "client_id"),
        # Of unanswered flows only (migration 0026). SQLAlchemy would load every dialect that a condition is named for.
        Index("ix_ephemeral_unanswered", "expires_at"),
    )

    id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    kind: str
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    user_id: str | None = Field(default=None, sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE")))
    client_id: str | None = Field(default=None, sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE")))
    data: Any = Field(sa_column=Column(Json, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    taken_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    # The person's generation that was read together with the proof; without one it outlives every revocation.
    generation: int | None = None
    # The app's generation, of codes and values: they end with its tokens.
    client_generation: int | None = None


class Whose(NamedTuple):
    """The person of a row, and their generation as it was read together with what proves them.

    The row ends when the generation is raised. None outlives every revocation.
    """

    user_id: str
    generation: int | None


class Ephemeral(NamedTuple):
    """A short-lived row as services see it."""

    id: int
    user_id: str | None
    client_id: str | None
    data: Any
    expires_ms: int
    taken_ms: int | None
    generation: int | None

    @property
    def whose(self) -> Whose | None:
        """Return the person of the row, with the generation under which it was made."""
        return None if self.user_id is None else Whose(self.user_id, self.generation)


EPHEMERAL = Records(EphemeralRow, Ephemeral, "kind", "digest", "client_generation")
# A row is dead when all access of its person, or all tokens of its app, were revoked since; `ephemeral` is the row
# that is judged.
_STANDS = (
    "(user_id IS NULL OR generation IS NULL"
    " OR generation = (SELECT u.generation FROM users u WHERE u.id = ephemeral.user_id))"
    " AND (client_generation IS NULL"
    " OR client_generation = (SELECT c.generation FROM clients c WHERE c.id = ephemeral.client_id))"
)
_KEEP = f"{EPHEMERAL.insert('kind', 'digest')} ON CONFLICT DO NOTHING"
_KEEP_FOR_APP = _KEEP.replace("kind, digest)", "kind, digest, client_generation)").replace(
    "?) ON", "?, (SELECT c.generation FROM clients c WHERE c.id = ?)) ON"
)
_PRESENTED = f"{EPHEMERAL.select} WHERE id = ? AND kind = ? AND digest = ? AND expires_at > ?"
_FIND = f"{_PRESENTED} AND {_STANDS}"
_FIND_USED = f"{_PRESENTED} AND taken_at IS NOT NULL"
_TAKE = (
    "UPDATE ephemeral SET taken_at = ? WHERE id = ? AND kind = ? AND digest = ? AND taken_at IS NULL"  # noqa: S608  (names of our own tables and columns)
    f" AND expires_at > ? AND {_STANDS} RETURNING {EPHEMERAL.columns()}"
)


def keep(  # noqa: PLR0913  (a row has these columns)
    db: Db,
    row_id: int,
    kind: str,
    digest: bytes,
    *,
    data: Any,
    expires_ms: int,
    whose: Whose | None = None,
    client_id: str | None = None,
) -> bool:
    """Insert; False when another node minted the same id in the same millisecond: mint again."""
    user_id, generation = whose or (None, None)
    row = Ephemeral(row_id, user_id, client_id, data, expires_ms, None, generation)
    return db.run(_KEEP, *EPHEMERAL.values(row), kind, digest) == 1


def keep_for_app(  # noqa: PLR0913  (a row has these columns)
    db: Db,
    row_id: int,
    kind: str,
    digest: bytes,
    *,
    data: Any,
    expires_ms: int,
    whose: Whose,
    client_id: str,
) -> bool:
    """Insert, like `keep`, what ends when all tokens of its app are revoked."""
    row = Ephemeral(row_id, whose.user_id, client_id, data, expires_ms, None, whose.generation)
    return db.run(_KEEP_FOR_APP, *EPHEMERAL.values(row), kind, digest, client_id) == 1


def find(db: Db, row_id: int, kind: str, digest: bytes, now: datetime) -> Ephemeral | None:
    """Find without using it up, taken or not, as long as it has not expired."""
    return _read(db.one(_FIND, row_id, kind, digest, to_ms(now)))


def find_used(db: Db, row_id: int, kind: str, digest: bytes, now: datetime) -> Ephemeral | None:
    """Find a row that was used, only to say so: also when all access of its person was revoked since."""
    return _read(db.one(_FIND_USED, row_id, kind, digest, to_ms(now)))


def take(db: Db, row_id: int, kind: str, digest: bytes, now: datetime) -> Ephemeral | None:
    """Use once, atomically: of any number of callers exactly one gets the row."""
    ms = to_ms(now)
    return _read(db.one(_TAKE, ms, row_id, kind, digest, ms))


def _read(row: Row | None) -> Ephemeral | None:
    return None if row is None else EPHEMERAL.read(row)


def take_until(db: Db, row_id: int, kind: str, digest: bytes, *, now: datetime, until_ms: int) -> bool:  # noqa: PLR0913  (the facts of one thing)
    """Use once, like `take`, but leave the row readable until then."""
    ms = to_ms(now)
    return db.run(_TAKE_UNTIL, ms, max(ms, until_ms), row_id, kind, ms, digest) == 1


def take_found(db: Db, row_id: int, kind: str, *, now_ms: int, until_ms: int) -> bool:
    """Use up a row that this transaction has found by its value, like `take_until`."""
    return db.run(_TAKE_FOUND, now_ms, max(now_ms, until_ms), row_id, kind, now_ms) == 1


_TAKE_FOUND = (
    "UPDATE ephemeral SET taken_at = ?, expires_at = ? WHERE id = ? AND kind = ?"  # noqa: S608  (names of our own tables and columns)
    f" AND taken_at IS NULL AND expires_at > ? AND {_STANDS}"
)
_TAKE_UNTIL = f"{_TAKE_FOUND} AND digest = ?"


def finish(db: Db, row_id: int, kind: str, now: datetime) -> bool:
    """Use a row up by its id alone, expired or not: for who has shown the value before."""
    sql = "UPDATE ephemeral SET taken_at = ? WHERE id = ? AND kind = ? AND taken_at IS NULL"
    return db.run(sql, to_ms(now), row_id, kind) == 1


def newest_of(db: Db, kind: str, user_id: str, now: datetime) -> Ephemeral | None:
    """Find a person's newest row of a kind that is neither used nor expired."""
    return _read(db.one(_NEWEST, kind, user_id, to_ms(now)))


_STANDING = (
    f"{EPHEMERAL.select} WHERE kind = ? AND user_id = ? AND taken_at IS NULL"
    f" AND expires_at > ? AND {_STANDS} ORDER BY id DESC"
)
_NEWEST = f"{_STANDING} LIMIT 1"


def list_standing(db: Db, kind: str, user_id: str, now: datetime) -> list[Ephemeral]:
    """List a person's rows of a kind that are neither used nor expired, newest first."""
    return [EPHEMERAL.read(row) for row in db.all(_STANDING, kind, user_id, to_ms(now))]


def list_unused(db: Db, kind: str, user_id: str) -> list[Ephemeral]:
    """List a person's rows of a kind that are not used yet, expired or not."""
    sql = f"{EPHEMERAL.select} WHERE kind = ? AND user_id = ? AND taken_at IS NULL"
    return [EPHEMERAL.read(row) for row in db.all(sql, kind, user_id)]


def forget(db: Db, row_id: int, kind: str) -> None:
    """Forget one row."""
    db.run("DELETE FROM ephemeral WHERE id = ? AND kind = ?", row_id, kind)


def rewrite(db: Db, row_id: int, *, data: Any, whose: Whose | None) -> bool:
    """Replace what an unused row carries, e.g. a flow that has moved on, and whose decision it is.

    Returns False if the row was used meanwhile: what it says about its end stays.
    """
    user_id, generation = whose or (None, None)
    sql = "UPDATE ephemeral SET data = ?, user_id = ?, generation = ? WHERE id = ? AND taken_at IS NULL"
    return db.run(sql, to_json(data), user_id, generation, row_id) == 1


def note_end(db: Db, row_id: int, data: Any) -> None:
    """Replace what a used row carries by what says how it ended."""
    db.run("UPDATE ephemeral SET data = ? WHERE id = ? AND taken_at IS NOT NULL", to_json(data), row_id)


def prolong(db: Db, row_id: int, expires_ms: int) -> None:
    """Move the expiry, e.g. of a handle that its app may read again."""
    db.run("UPDATE ephemeral SET expires_at = ? WHERE id = ?", expires_ms, row_id)


def outlive(db: Db, kinds: tuple[str, ...], user_id: str, generation: int) -> None:
    """Take a person's rows of these kinds on into their next generation."""
    marks = ", ".join("?" * len(kinds))
    sql = f"UPDATE ephemeral SET generation = ? WHERE kind IN ({marks}) AND user_id = ? AND generation = ?"  # noqa: S608  (names of our own tables and columns)
    db.run(sql, generation, *kinds, user_id, generation - 1)


def drop_unused(db: Db, kind: str, *, user_id: str) -> int:
    """Forget a person's rows of a kind that can still be used; a used one stays and says that it was."""
    return db.run("DELETE FROM ephemeral WHERE kind = ? AND user_id = ? AND taken_at IS NULL", kind, user_id)


def drop_newer(db: Db, kind: str, user_id: str, row_id: int) -> int:
    """Forget a person's rows of a kind that were made after one of them; ids sort by time."""
    return db.run("DELETE FROM ephemeral WHERE kind = ? AND user_id = ? AND id > ?", kind, user_id, row_id)


def drop(db: Db, kinds: tuple[str, ...], *, user_id: str, client_id: str | None = None) -> int:
    """Forget every row of these kinds that belongs to a person (with one client, or with any)."""
    marks = ", ".join("?" * len(kinds))
    sql = f"DELETE FROM ephemeral WHERE kind IN ({marks}) AND user_id = ?"  # noqa: S608  (names of our own tables and columns)
    if client_id is None:
        return db.run(sql, *kinds, user_id)
    return db.run(f"{sql} AND client_id = ?", *kinds, user_id, client_id)


def kill(db: Db, kind: str, *, user_id: str, client_id: str | None = None) -> None:
    """End every row of a kind that belongs to a person, by a generation that nobody has; the rows stay until expiry."""
    sql = "UPDATE ephemeral SET generation = -1 WHERE kind = ? AND user_id = ?"
    if client_id is None:
        db.run(sql, kind, user_id)
    else:
        db.run(f"{sql} AND client_id = ?", kind, user_id, client_id)


def drop_kind(db: Db, kind: str) -> int:
    """Forget every row of a kind."""
    return db.run("DELETE FROM ephemeral WHERE kind = ?", kind)


def shed(db: Db, kinds: tuple[str, ...], now: datetime, limit: int) -> int:
    """Drop what rows of these kinds carry once they have expired, a bounded number at a time; the rows stay."""
    marks = ", ".join("?" * len(kinds))
    sql = (
        "UPDATE ephemeral SET data = 'null' WHERE id IN (SELECT id FROM ephemeral"  # noqa: S608  (names of our own tables and columns)
        f" WHERE expires_at < ? AND kind IN ({marks}) AND data <> 'null' LIMIT ?)"
    )
    return db.run(sql, to_ms(now), *kinds, limit)


class Expired(NamedTuple):
    """A row that was deleted because it had expired."""

    id: int
    kind: str
    client_id: str | None
    taken_ms: int | None


def purge(db: Db, now: datetime, limit: int) -> list[Expired]:
    """Delete what has expired, a bounded number at a time, and return it."""
    rows = db.all(
        "DELETE FROM ephemeral WHERE id IN (SELECT id FROM ephemeral WHERE expires_at < ? LIMIT ?)"
        " RETURNING id, kind, client_id, taken_at",
        to_ms(now), limit,
    )  # fmt: skip
    return [Expired._make(row) for row in rows]
