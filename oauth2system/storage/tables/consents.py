"""What a person allows an app."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from oauth2system.protocol import scopes
from oauth2system.protocol.authorization.response import origin_of
from oauth2system.storage.database.columns import Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class ConsentRow(SQLModel, table=True):
    """One person, one app; revoking deletes the row, and every read joins it."""

    __tablename__: ClassVar[Any] = "consents"

    user_id: str = Field(sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True))
    client_id: str = Field(
        sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True, index=True)
    )
    scopes: str
    granted_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    fetched_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    # Scopes that the person left out or took away: where the app calls them optional, it does not ask again.
    declined: str = ""


class Consent(NamedTuple):
    """What one person allows one app."""

    user_id: str
    client_id: str
    scopes: str
    granted_at: datetime
    fetched_at: datetime | None = None
    declined: str = ""


class Answered(NamedTuple):
    """What a person answered an app: the scopes that they allow, and those that they left out or took away."""

    allowed: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()


NOT_ASKED = Answered()
CONSENTS = Records(ConsentRow, Consent)
_WIDTH = len(CONSENTS.names)
_KEEP = (
    f"{CONSENTS.insert()} ON CONFLICT (user_id, client_id)"
    " DO UPDATE SET scopes = excluded.scopes, granted_at = excluded.granted_at, declined = excluded.declined"
)


def find(db: Db, user_id: str, client_id: str) -> Answered:
    """Return what this person answered this app; nothing when there is no consent."""
    row = db.one("SELECT scopes, declined FROM consents WHERE user_id = ? AND client_id = ?", user_id, client_id)
    return Answered(scopes.read(row[0]), scopes.read(row[1])) if row else NOT_ASKED


def keep(db: Db, user_id: str, client_id: str, answered: Answered, now: datetime) -> None:
    """Remember the whole of what a person answered."""
    allowed, declined = scopes.write(answered.allowed), scopes.write(answered.declined)
    db.run(_KEEP, *CONSENTS.values(Consent(user_id, client_id, allowed, now, declined=declined)))


def list_scopes(db: Db, client_id: str) -> list[str]:
    """List the scopes that anybody allows an app, in catalogue order."""
    rows = db.all("SELECT DISTINCT scopes FROM consents WHERE client_id = ?", client_id)
    return scopes.write(name for row in rows for name in scopes.read(row[0])).split()


def narrow(db: Db, user_id: str, client_id: str, *, before: Answered, after: Answered) -> bool:
    """Replace the scopes of a consent; False when they are not what they were before."""
    sql = "UPDATE consents SET scopes = ?, declined = ? WHERE user_id = ? AND client_id = ? AND scopes = ?"
    allowed, declined, known = map(scopes.write, (*after, before.allowed))
    return db.run(sql, allowed, declined, user_id, client_id, known) == 1


def forget(db: Db, user_id: str, client_id: str) -> Consent | None:
    """Take the consent back and return it; of several callers one gets it."""
    row = db.one(_FORGET, user_id, client_id)
    return None if row is None else CONSENTS.read(row)


_FORGET = f"DELETE FROM consents WHERE user_id = ? AND client_id = ? RETURNING {CONSENTS.columns()}"  # noqa: S608  (names of our own tables and columns)


def restore(db: Db, consent: Consent) -> bool:
    """Give a consent back that was taken back; False when there is a new one."""
    return db.run(f"{CONSENTS.insert()} ON CONFLICT DO NOTHING", *CONSENTS.values(consent)) == 1


def forget_all(db: Db, user_id: str) -> int:
    """Take back every consent of a person; returns how many there were."""
    return db.run("DELETE FROM consents WHERE user_id = ?", user_id)


def stamp(db: Db, fetches: Iterable[tuple[tuple[str, str], int]]) -> None:
    """Note when an app last fetched a person, for some pairs of a person and an app."""
    sql = "UPDATE consents SET fetched_at = ? WHERE user_id = ? AND client_id = ?"
    db.run_many(sql, [(fetched_ms, *pair) for pair, fetched_ms in fetches])


def count_people(db: Db, client_id: str) -> int:
    """Count the people who use an app; its test people are none."""
    sql = (
        "SELECT COUNT(*) FROM consents WHERE client_id = ?"
        " AND user_id NOT IN (SELECT u.id FROM users u WHERE u.test_of = ?)"
    )
    row = db.one(sql, client_id, client_id)
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """One app that a person has connected."""

    client_id: str
    name: str
    owner: str
    home: str
    scopes: str
    granted_at: datetime
    fetched_at: datetime | None
    logo: str | None


def list_of_user(db: Db, user_id: str) -> list[ConnectedApp]:
    """List the apps a person has connected, newest first."""
    rows = db.all(
        f"SELECT {CONSENTS.columns('s')}, c.name, COALESCE(u.display_name, ''), c.redirect_uris, c.metadata"  # noqa: S608  (names of our own tables and columns)
        " FROM consents s JOIN clients c ON c.id = s.client_id LEFT JOIN users u ON u.id = c.owner_id"
        " WHERE s.user_id = ? ORDER BY s.granted_at DESC",
        user_id,
    )
    return [_make_connection(CONSENTS.read(row[:_WIDTH]), *row[_WIDTH:]) for row in rows]


def _make_connection(consent: Consent, name: str, owner: str, redirect_uris: str, metadata: str) -> ConnectedApp:
    return ConnectedApp(
        consent.client_id,
        name,
        owner,
        _find_home(redirect_uris),
        consent.scopes,
        consent.granted_at,
        consent.fetched_at,
        json.loads(metadata).get("logo"),
    )


def _find_home(redirect_uris: str) -> str:
    """Return where an app lives, from its first redirect URI: an origin, or the scheme of a program."""
    uris: list[str] = json.loads(redirect_uris)
    return origin_of(uris[0]) if uris else ""
