"""App, session and consent in one joined read: all that most authorizations look up."""

from datetime import datetime

from oauth2system.protocol.clients.client import Client
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import clients, sessions
from oauth2system.storage.tables.sessions import Session

_FIND = f"""
SELECT {clients.JOINED}, {sessions.COLUMNS}, k.scopes
FROM clients c
LEFT JOIN sessions s ON s.id = ? AND s.ended_at IS NULL AND s.expires_at > ?
LEFT JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
LEFT JOIN consents k ON k.user_id = s.user_id AND k.client_id = c.id
WHERE c.id = ?
"""  # noqa: S608  (our own column names)
_WIDTH = len(clients.COLUMNS)
_USERNAME = _WIDTH + sessions.COLUMNS.split(", ").index("u.username")


def find(
    db: Db, client_id: str, session_id: int, now: datetime
) -> tuple[Client, Session | None, frozenset[str]] | None:
    """Return the app with the live session of that id and what its person allows the app; None without such an app."""
    row = db.one(_FIND, session_id, to_ms(now), client_id)
    if row is None:
        return None
    client = clients.from_row(row[:_WIDTH])
    if row[_USERNAME] is None:  # no live session, or its person is disabled
        return client, None, frozenset()
    return client, sessions.from_row(row[_WIDTH:-1]), frozenset((row[-1] or "").split())
