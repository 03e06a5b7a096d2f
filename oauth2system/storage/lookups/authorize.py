"""What /oauth2/authorize reads first: session and consent in one joined statement, for an app in memory."""

from typing import NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.lookups.known_clients import NO_SECRET, KnownClients, read_with
from oauth2system.storage.tables import sessions
from oauth2system.storage.tables.consents import NOT_ASKED, Answered
from oauth2system.storage.tables.sessions import Session


class AuthorizeLookup(NamedTuple):
    """An app, the live session in the browser that asks, and what the session's person answered the app."""

    client: Client | None = None
    session: Session | None = None
    answered: Answered = NOT_ASKED


_FIND = read_with(
    f"{sessions.COLUMNS}, k.scopes, k.declined",
    f"""
LEFT JOIN sessions s ON s.id = ? AND s.ended_at IS NULL AND s.expires_at > ?
LEFT JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL AND u.generation = s.generation
  AND {sessions.COUNTS}
LEFT JOIN consents k ON k.user_id = s.user_id AND k.client_id = c.id
""",
)
_USERNAME = sessions.COLUMNS.split(", ").index("u.username")


def find(db: Db, known: KnownClients, client_id: str, session_id: int, now_ms: int) -> AuthorizeLookup:
    """Find an app with the live session of that id; the caller compares the session's digest.

    Without such an app nothing is found. A session is not found where it is over, its person is disabled, or it does
    not count (`sessions.COUNTS`).
    """
    found = known.find(db, _FIND, (client_id, NO_SECRET), session_id, now_ms)
    if found is None:
        return AuthorizeLookup()
    client, row = found.client, found.row
    if row[_USERNAME] is None:
        return AuthorizeLookup(client)
    answered = NOT_ASKED if row[-2] is None else Answered(scopes.read(row[-2]), scopes.read(row[-1]))
    return AuthorizeLookup(client, sessions.from_row(row[:-2]), answered)
