"""What an access token opens, by one narrow read: only what is plainly alive is found here.

Everything that stands behind a token is joined in. Where anything is missing, expired, revoked or
disabled there is no row, and `tokens.find` says why.
"""

from typing import NamedTuple

from oauth2system.storage.database.transactions import Db


class Opening(NamedTuple):
    """A live token with its person; `scopes` and `allowed` are what it was granted and what is allowed today."""

    digest: bytes
    scopes: str
    allowed: str
    resources: str
    jkt: str | None
    claims: str | None
    fetched_ms: int | None
    client_id: str
    metadata: str
    user_id: str
    username: str
    display_name: str
    email: str
    email_confirmed_ms: int | None
    avatar: str | None
    updated_ms: int


_OPEN = """
SELECT t.access_digest, t.scopes, k.scopes, t.resources, t.jkt, f.claims, k.fetched_at, t.client_id, c.metadata,
       u.id, u.username, u.display_name, u.email, u.email_confirmed_at, u.avatar, u.updated_at
FROM tokens t
JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL
JOIN consents k ON k.user_id = f.user_id AND k.client_id = f.client_id
JOIN clients c ON c.id = t.client_id AND c.disabled_at IS NULL
WHERE t.id = ? AND t.access_expires_at > ? AND t.revoked_at IS NULL
"""


def find(db: Db, token_id: int, now_ms: int) -> Opening | None:
    """Find what a live access token opens."""
    row = db.one(_OPEN, token_id, now_ms)
    return None if row is None else Opening._make(row)
