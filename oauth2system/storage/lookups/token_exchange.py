"""A client with its secret and what it exchanges, in one joined read: each statement costs as much as a small service.

Where the read finds nothing of what is exchanged there is no verdict: `tokens.find_refresh` and
`handles.find_code` look again and say why.
"""

from typing import NamedTuple

from oauth2system.protocol.clients.client import Client
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import clients, ephemeral, tokens
from oauth2system.storage.tables.ephemeral import Kept
from oauth2system.storage.tables.tokens import Family, Person

Secret = tuple[Client, bytes | None, int | None]


class Renewable(NamedTuple):
    """A live refresh token that was not rotated yet, its family, and what its person allows today."""

    id: int
    digest: bytes
    expires_ms: int
    family: Family
    allowed: frozenset[str]


_SECRET = f"{clients.JOINED}, s.digest, s.last_used_at"
_WITH_SECRET = "LEFT JOIN client_secrets s ON s.id = ? AND s.client_id = c.id AND s.retired_at IS NULL"  # noqa: S105
_WIDTH = len(clients.COLUMNS) + 2
_REFRESH = f"""
SELECT {_SECRET}, t.refresh_digest, t.refresh_expires_at, k.scopes,
  f.id, f.user_id, f.client_id, f.sid, f.scopes, f.resources, f.claims, f.auth_time, f.acr, f.amr, f.jkt, f.offline,
  f.expires_at
FROM tokens t
JOIN clients c ON c.id = t.client_id AND c.disabled_at IS NULL
JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL
JOIN consents k ON k.user_id = f.user_id AND k.client_id = f.client_id
{_WITH_SECRET}
WHERE t.id = ? AND t.client_id = ? AND t.rotated_at IS NULL AND t.refresh_digest IS NOT NULL
"""  # noqa: S608  (our own column names)
_CODE = f"""
SELECT {_SECRET}, e.id, e.user_id, e.client_id, e.data, e.expires_at, e.taken_at, {tokens.PERSON_COLUMNS}
FROM ephemeral e
JOIN clients c ON c.id = e.client_id
JOIN users u ON u.id = e.user_id
LEFT JOIN consents k ON k.user_id = e.user_id AND k.client_id = e.client_id
{_WITH_SECRET}
WHERE e.id = ? AND e.kind = ? AND e.digest = ? AND e.client_id = ? AND e.expires_at > ?
"""  # noqa: S608
_CODE_WIDTH = 6


def find_refresh(db: Db, client_id: str, secret_id: int, token_id: int) -> tuple[Secret, Renewable] | None:
    """Find a refresh token that plainly works, with its client and a secret of that; the caller compares digests."""
    row = db.one(_REFRESH, secret_id, token_id, client_id)
    if row is None:
        return None
    digest, expires_ms, allowed = row[_WIDTH : _WIDTH + 3]
    family = Family._make((*row[_WIDTH + 3 :], None))
    return _secret(row), Renewable(token_id, digest, expires_ms, family, frozenset(allowed.split()))


def find_code(  # noqa: PLR0913, PLR0917  (two ids, each with what proves it)
    db: Db, client_id: str, secret_id: int, kind: str, named: tuple[int, bytes], now_ms: int
) -> tuple[Secret, Kept, Person] | None:
    """Find a code by (id, digest), used or not, with its client, that client's secret, and its person."""
    row = db.one(_CODE, secret_id, named[0], kind, named[1], client_id, now_ms)
    if row is None:
        return None
    kept = ephemeral.kept(row[_WIDTH : _WIDTH + _CODE_WIDTH])
    return _secret(row), kept, tokens.person_of(row[_WIDTH + _CODE_WIDTH :])


def _secret(row: tuple[object, ...]) -> Secret:
    client = clients.from_row(row[: _WIDTH - 2])
    return client, row[_WIDTH - 2], row[_WIDTH - 1]  # type: ignore[return-value]
