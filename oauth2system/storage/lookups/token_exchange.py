"""What /oauth2/token reads first: what a client exchanges, in one joined statement, for a client in memory.

Each statement costs as much as a small service, so the common exchanges read once. A code or a refresh token that is
not found here has not been judged: `codes.find_code` and `issue.find_refresh` look again and say what is wrong.
"""

from typing import NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens.format import Kind
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.lookups.known_clients import AppKey, KnownClients, read_with
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.clients import StoredSecret
from oauth2system.storage.tables.ephemeral import EPHEMERAL, Ephemeral
from oauth2system.storage.tables.tokens import Family, Person


class CodeWithPerson(NamedTuple):
    """An authorization code, used or not, and the person who allowed it."""

    kept: Ephemeral
    person: Person


class LiveRefreshToken(NamedTuple):
    """A refresh token that was never rotated, its unrevoked family, and what its person allows today."""

    id: int
    digest: bytes
    expires_ms: int
    family: Family
    allowed: frozenset[str]


class ExchangeLookup(NamedTuple):
    """A client, its working secret of the id that was shown, and what it exchanges where the same read found that."""

    client: Client | None = None
    secret: StoredSecret | None = None
    code: CodeWithPerson | None = None
    refresh_token: LiveRefreshToken | None = None


_APP = read_with()
_WITH_REFRESH_TOKEN = read_with(
    f"t.refresh_digest, t.refresh_expires_at, k.scopes, {tokens.FAMILY_COLUMNS}",
    """
LEFT JOIN tokens t ON t.id = ? AND t.client_id = c.id AND t.rotated_at IS NULL AND t.refresh_digest IS NOT NULL
  AND c.disabled_at IS NULL AND t.client_generation = c.generation
LEFT JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
LEFT JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL AND u.generation = f.generation
LEFT JOIN consents k ON k.user_id = u.id AND k.client_id = f.client_id
""",
)
_WITH_CODE = read_with(
    f"{tokens.PERSON_COLUMNS}, {EPHEMERAL.columns('e')}",
    # The kind is no value, as in simple_flow.py.
    f"""
LEFT JOIN ephemeral e ON e.id = ? AND e.kind = '{Kind.CODE.value}' AND e.digest = ? AND e.client_id = c.id
  AND e.expires_at > ?
  AND (e.client_generation IS NULL OR e.client_generation = c.generation)
LEFT JOIN users u ON u.id = e.user_id AND u.generation = e.generation
LEFT JOIN consents k ON k.user_id = u.id AND k.client_id = e.client_id
""",
)
_CODE = tokens.PERSON_COLUMNS.count(",") + 1


def find_client(db: Db, known: KnownClients, app: AppKey) -> ExchangeLookup:
    """Return the client of that id with its working secret of that id; all fields are None without such a client."""
    found = known.find(db, _APP, app)
    return ExchangeLookup() if found is None else ExchangeLookup(found.client, found.secret)


def find_with_refresh_token(db: Db, known: KnownClients, app: AppKey, token_id: int) -> ExchangeLookup:
    """Find a client with a live refresh token of its own, by id; the caller compares the digests."""
    found = known.find(db, _WITH_REFRESH_TOKEN, app, token_id)
    if found is None:
        return ExchangeLookup()
    digest, expires_ms, allowed = found.row[:3]
    if allowed is None:
        return ExchangeLookup(found.client, found.secret)
    token = LiveRefreshToken(token_id, digest, expires_ms, Family._make(found.row[3:]), scopes.read(allowed))
    return ExchangeLookup(found.client, found.secret, refresh_token=token)


def find_with_code(db: Db, known: KnownClients, app: AppKey, code: tuple[int, bytes], now_ms: int) -> ExchangeLookup:
    """Find a client with a code of its own, by the code's id and digest, used or not, until it is forgotten."""
    row_id, digest = code
    found = known.find(db, _WITH_CODE, app, row_id, digest, now_ms)
    if found is None:
        return ExchangeLookup()
    if found.row[0] is None:
        return ExchangeLookup(found.client, found.secret)
    of_code = CodeWithPerson(EPHEMERAL.read(found.row[_CODE:]), tokens.person_of(found.row[:_CODE]))
    return ExchangeLookup(found.client, found.secret, code=of_code)
