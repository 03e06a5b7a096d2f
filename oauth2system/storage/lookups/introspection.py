"""What /oauth2/introspect reads of an app's own live token: token, secret and person, by one narrow statement.

SQLite's driver describes every column of every answer anew, so a wide read costs several times a narrow one. Where
anything is missing, expired, revoked or disabled there is no row, and the wide reads say why.
"""

from typing import NamedTuple

from oauth2system.protocol import scopes
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.lookups import client_options
from oauth2system.storage.lookups.client_options import ClientOptions


class IntrospectedToken(NamedTuple):
    """A live access token of a confidential app, with a working secret of the same app.

    `allowed` is what the person allows today; None for a token of the app itself.
    """

    digest: bytes
    scopes: frozenset[str]
    allowed: frozenset[str] | None
    resources: tuple[str, ...]
    jkt: str | None
    expires_ms: int
    user_id: str | None
    username: str | None
    auth_time_ms: int | None
    acr: str | None
    secret_digest: bytes
    options: ClientOptions


_FIND = """
SELECT t.access_digest, t.scopes, k.scopes, t.resources, t.jkt, t.access_expires_at, u.id, u.username, f.auth_time,
       f.acr, s.digest, c.metadata
FROM tokens t
JOIN clients c ON c.id = t.client_id AND c.disabled_at IS NULL AND NOT c.is_public
  AND c.generation = t.client_generation
JOIN client_secrets s ON s.id = ? AND s.client_id = c.id AND s.retired_at IS NULL
  AND (s.expires_at IS NULL OR s.expires_at > ?)
LEFT JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
LEFT JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL AND u.generation = f.generation
LEFT JOIN consents k ON k.user_id = u.id AND k.client_id = f.client_id
WHERE t.id = ? AND t.client_id = ? AND t.access_expires_at > ? AND t.revoked_at IS NULL
  AND (t.family_id IS NULL OR k.scopes IS NOT NULL)
"""


def find(db: Db, token_id: int, client_id: str, secret_id: int, now_ms: int) -> IntrospectedToken | None:
    """Find a live access token of an app with a working secret of that app; the caller compares both digests."""
    row = db.one(_FIND, secret_id, now_ms, token_id, client_id, now_ms)
    if row is None:
        return None
    digest, granted, allowed, resources, *facts, metadata = row
    return IntrospectedToken(
        digest,
        scopes.read(granted),
        None if allowed is None else scopes.read(allowed),
        tuple(resources.split()),
        *facts,
        options=client_options.read(metadata),
    )
