"""What /oauth2/userinfo reads: a live access token, its person and its app's options, by one narrow statement.

Everything that must stand behind the token is joined in. Where anything is missing, expired, revoked or disabled there
is no row, and `issue.find` says why.
"""

from typing import NamedTuple

from oauth2system.storage.database.transactions import Db
from oauth2system.storage.lookups import client_options
from oauth2system.storage.lookups.client_options import ClientOptions
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.tokens import Person


class LiveToken(NamedTuple):
    """A live access token of a person: what it was granted, what the person allows today, what its app asked for."""

    digest: bytes
    scopes: frozenset[str]
    resources: str
    jkt: str | None
    claims: str | None
    client_id: str
    options: ClientOptions
    person: Person


_FIND = f"""
SELECT t.access_digest, t.scopes, t.resources, t.jkt, f.claims, t.client_id, c.metadata, {tokens.PERSON_COLUMNS}
FROM tokens t
JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL AND u.generation = f.generation
JOIN consents k ON k.user_id = f.user_id AND k.client_id = f.client_id
JOIN clients c ON c.id = t.client_id AND c.disabled_at IS NULL
WHERE t.id = ? AND t.access_expires_at > ? AND t.revoked_at IS NULL
"""  # noqa: S608  (our own column names)
_PERSON = 7


def find(db: Db, token_id: int, now_ms: int) -> LiveToken | None:
    """Find a live access token by the id inside it; the caller compares the digest."""
    row = db.one(_FIND, token_id, now_ms)
    if row is None:
        return None
    digest, scopes, resources, jkt, claims, client_id, metadata = row[:_PERSON]
    return LiveToken(
        digest,
        frozenset(scopes.split()),
        resources,
        jkt,
        claims,
        client_id,
        client_options.read(metadata),
        tokens.person_of(row[_PERSON:]),
    )
