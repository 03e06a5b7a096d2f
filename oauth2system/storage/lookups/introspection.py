"""What introspection tells an app of its own live token, by one narrow read: token, secret and people at once.

SQLite's driver describes every column of every answer anew, so a wide read costs several times a narrow
one. Where anything is missing, expired, revoked or disabled there is no row, and the wide reads say why.
"""

from typing import NamedTuple

from oauth2system.storage.database.transactions import Db


class Inspected(NamedTuple):
    """A live access token of the app whose secret this is; the caller compares both digests."""

    digest: bytes
    secret_digest: bytes
    secret_used_ms: int | None
    metadata: str
    scopes: str
    allowed: str | None
    resources: str
    jkt: str | None
    expires_ms: int
    user_id: str | None
    username: str | None
    auth_time_ms: int | None
    acr: str | None


_INSPECT = """
SELECT t.access_digest, s.digest, s.last_used_at, c.metadata, t.scopes, k.scopes, t.resources, t.jkt,
       t.access_expires_at, u.id, u.username, f.auth_time, f.acr
FROM tokens t
JOIN clients c ON c.id = t.client_id AND c.disabled_at IS NULL AND NOT c.is_public
JOIN client_secrets s ON s.id = ? AND s.client_id = c.id AND s.retired_at IS NULL
LEFT JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
LEFT JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL
LEFT JOIN consents k ON k.user_id = u.id AND k.client_id = f.client_id
WHERE t.id = ? AND t.client_id = ? AND t.access_expires_at > ? AND t.revoked_at IS NULL
  AND (t.family_id IS NULL OR k.scopes IS NOT NULL)
"""


def find(db: Db, token_id: int, client_id: str, secret_id: int, now_ms: int) -> Inspected | None:
    """Find a live access token of an app together with a working secret of the same app."""
    row = db.one(_INSPECT, secret_id, token_id, client_id, now_ms)
    return None if row is None else Inspected._make(row)
