"""What /oauth2/token reads first: a client, the secret it shows and what it exchanges, in one joined statement.

Each statement costs as much as a small service, so the common exchanges read once. A code or a refresh token that is
not found here has not been judged: `codes.find_code` and `issue.find_refresh` look again and say what is wrong.
"""

from typing import NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens.format import Kind
from oauth2system.storage.database.transactions import Db, Row
from oauth2system.storage.tables import clients, tokens
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


_CLIENT = f"{clients.JOINED}, {clients.DIGEST_COLUMNS}"
_SECRET = len(clients.COLUMNS)
_WIDTH = _SECRET + clients.DIGEST_COLUMNS.count(",") + 1
_WITH_REFRESH_TOKEN = f"""
SELECT {_CLIENT}, t.refresh_digest, t.refresh_expires_at, k.scopes, {tokens.FAMILY_COLUMNS}
FROM tokens t
JOIN clients c ON c.id = t.client_id AND c.disabled_at IS NULL AND c.generation = t.client_generation
JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL AND u.generation = f.generation
JOIN consents k ON k.user_id = f.user_id AND k.client_id = f.client_id
{clients.DIGEST_JOIN}
WHERE t.id = ? AND t.client_id = ? AND t.rotated_at IS NULL AND t.refresh_digest IS NOT NULL
"""  # noqa: S608  (our own column names)
_WITH_CODE = f"""
SELECT {_CLIENT}, {tokens.PERSON_COLUMNS}, {EPHEMERAL.columns("e")}
FROM ephemeral e
JOIN clients c ON c.id = e.client_id AND (e.client_generation IS NULL OR c.generation = e.client_generation)
JOIN users u ON u.id = e.user_id AND u.generation = e.generation
LEFT JOIN consents k ON k.user_id = e.user_id AND k.client_id = e.client_id
{clients.DIGEST_JOIN}
WHERE e.id = ? AND e.kind = ? AND e.digest = ? AND e.client_id = ? AND e.expires_at > ?
"""  # noqa: S608  (our own column names)
_CODE = _WIDTH + tokens.PERSON_COLUMNS.count(",") + 1


def find_client(db: Db, client_id: str, secret_id: int) -> ExchangeLookup:
    """Return the client of that id with its working secret of that id; all fields are None without such a client."""
    found = clients.find_with_secret(db, client_id, secret_id)
    return ExchangeLookup() if found is None else ExchangeLookup(*found)


def find_with_refresh_token(db: Db, client_id: str, secret_id: int, token_id: int) -> ExchangeLookup | None:
    """Find a client with a live refresh token of its own, by id; the caller compares the digests."""
    row = db.one(_WITH_REFRESH_TOKEN, secret_id, token_id, client_id)
    if row is None:
        return None
    digest, expires_ms, allowed = row[_WIDTH : _WIDTH + 3]
    family = Family._make(row[_WIDTH + 3 :])
    token = LiveRefreshToken(token_id, digest, expires_ms, family, scopes.read(allowed))
    return ExchangeLookup(*_read_client(row), refresh_token=token)


def find_with_code(
    db: Db, client_id: str, secret_id: int, code: tuple[int, bytes], now_ms: int
) -> ExchangeLookup | None:
    """Find a client with a code of its own, by the code's id and digest, used or not, until it is forgotten."""
    row_id, digest = code
    row = db.one(_WITH_CODE, secret_id, row_id, Kind.CODE, digest, client_id, now_ms)
    if row is None:
        return None
    found = CodeWithPerson(EPHEMERAL.read(row[_CODE:]), tokens.person_of(row[_WIDTH:_CODE]))
    return ExchangeLookup(*_read_client(row), code=found)


def _read_client(row: Row) -> tuple[Client, StoredSecret | None]:
    return clients.from_row(row[:_SECRET]), clients.secret_from_row(row[_SECRET:_WIDTH])
