"""What /api/user reads in the simple flow: value, person and consent in one joined statement, for an app in memory."""

from typing import NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens.format import Kind
from oauth2system.storage.database.columns import from_json
from oauth2system.storage.database.transactions import Db, Row
from oauth2system.storage.lookups.known_clients import AppKey, KnownClients, read_with
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.clients import StoredSecret
from oauth2system.storage.tables.tokens import Person


class SimpleValue(NamedTuple):
    """A value of the simple flow in any state, with its person as they are today."""

    client_id: str
    scopes: frozenset[str]
    expires_ms: int
    taken_ms: int | None
    generation: int | None
    client_generation: int | None
    person: Person
    # When the site sent the person here, in milliseconds since 1970.
    begun_ms: int | None


class SimpleFlowLookup(NamedTuple):
    """The app that asks, its working secret of the id that was shown, and the value it shows."""

    client: Client
    secret: StoredSecret | None
    value: SimpleValue | None


_FIND = read_with(
    "e.client_id, e.data, e.expires_at, e.taken_at, e.generation, e.client_generation, " + tokens.PERSON_COLUMNS,
    # The kind is no value of the statement: SQLite would prepare it again at every request, which costs 30 us, since a
    # partial index of this table names a kind.
    f"""
LEFT JOIN ephemeral e ON e.id = ? AND e.kind = '{Kind.SIMPLE.value}' AND e.digest = ?
LEFT JOIN users u ON u.id = e.user_id
LEFT JOIN consents k ON k.user_id = e.user_id AND k.client_id = e.client_id
""",
)
_WIDTH = 6


def find(db: Db, known: KnownClients, app: AppKey, value: tuple[int, bytes]) -> SimpleFlowLookup | None:
    """Find an app with its secret and a value by (id, digest), whatever their state; None without such an app.

    The caller compares the secret's digest, decides what may be answered, and can say why not.
    """
    row_id, digest = value
    found = known.find(db, _FIND, app, row_id, digest)
    return None if found is None else SimpleFlowLookup(found.client, found.secret, _read_value(found.row))


def _read_value(row: Row) -> SimpleValue | None:
    client_id, data, expires_ms, taken_ms, generation, of_client = row[:_WIDTH]
    if client_id is None:
        return None
    kept, person = from_json(data), tokens.person_of(row[_WIDTH:])
    # An earlier version kept the scopes alone, and a value that may be read again lives for a day.
    granted, begun_ms = (kept, None) if isinstance(kept, str) else (kept["scopes"], kept["begun"])
    return SimpleValue(client_id, scopes.read(granted), expires_ms, taken_ms, generation, of_client, person, begun_ms)
