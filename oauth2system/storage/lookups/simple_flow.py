"""The second call of the simple flow in one joined read: app, secret, value, person and consent."""

from dataclasses import dataclass

import orjson

from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens.claims import UserFacts
from oauth2system.storage.database.transactions import Db, Row
from oauth2system.storage.tables import clients


@dataclass(frozen=True, slots=True)
class Value:
    """A simple value with its person and what that person allows its app (None: nothing any more)."""

    client_id: str
    scopes: str
    expires_ms: int
    taken_ms: int | None
    user: UserFacts
    user_disabled: bool
    allowed: str | None
    fetched_ms: int | None


@dataclass(frozen=True, slots=True)
class Fetch:
    """The app that asks, the digest of the secret it names, and the value it shows."""

    client: Client
    secret_digest: bytes | None
    secret_used_ms: int | None
    value: Value | None


_FIND = f"""
SELECT {clients.JOINED}, s.digest, s.last_used_at,
  e.client_id, e.data, e.expires_at, e.taken_at, u.disabled_at, k.scopes, k.fetched_at,
  u.id, u.username, u.display_name, u.email, u.email_confirmed_at, u.avatar
FROM clients c
LEFT JOIN client_secrets s ON s.id = ? AND s.client_id = c.id AND s.retired_at IS NULL
LEFT JOIN ephemeral e ON e.id = ? AND e.kind = ? AND e.digest = ?
LEFT JOIN users u ON u.id = e.user_id
LEFT JOIN consents k ON k.user_id = e.user_id AND k.client_id = e.client_id
WHERE c.id = ?
"""  # noqa: S608  (our own column names)
_WIDTH = len(clients.COLUMNS)


def find(db: Db, client_id: str, secret_id: int, kind: str, named: tuple[int, bytes]) -> Fetch | None:
    """Find the app with the secret and the value of those ids, whatever their state; None without such an app.

    `named` is the value's (id, digest). The caller decides what may be told, and can say why not.
    """
    row = db.one(_FIND, secret_id, named[0], kind, named[1], client_id)
    if row is None:
        return None
    value = _value(row[_WIDTH + 2 :]) if row[_WIDTH + 2] is not None else None
    return Fetch(clients.from_row(row[:_WIDTH]), row[_WIDTH], row[_WIDTH + 1], value)


def _value(row: Row) -> Value:
    return Value(
        client_id=row[0],
        scopes=orjson.loads(row[1]),
        expires_ms=row[2],
        taken_ms=row[3],
        user=UserFacts(row[7], row[8], row[9], row[10], row[11] is not None, row[12]),
        user_disabled=row[4] is not None,
        allowed=row[5],
        fetched_ms=row[6],
    )
