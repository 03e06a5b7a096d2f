"""What /oauth2/userinfo reads: a live access token, its person and its app's options, by one narrow statement.

Everything that must stand behind the token is joined in. Where anything is missing, expired, revoked or disabled there
is no row, and `issue.find` says why.
"""

from typing import NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.tokens.claims import UserFacts
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.lookups import client_options
from oauth2system.storage.lookups.client_options import ClientOptions
from oauth2system.storage.tables import tokens


class LiveToken(NamedTuple):
    """A live access token of a person: what it was granted, what the person allows today, what its app asked for."""

    digest: bytes
    scopes: frozenset[str]
    allowed: frozenset[str]
    resources: str
    jkt: str | None
    claims: str | None
    fetched_ms: int | None
    client_id: str
    options: ClientOptions
    user: UserFacts


_FIND = f"""
SELECT t.access_digest, t.scopes, k.scopes, t.resources, t.jkt, f.claims, k.fetched_at, t.client_id, c.metadata,
       {tokens.FACTS_COLUMNS}
FROM tokens t
JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL AND u.generation = f.generation
JOIN consents k ON k.user_id = f.user_id AND k.client_id = f.client_id
JOIN clients c ON c.id = t.client_id AND c.disabled_at IS NULL AND c.generation = t.client_generation
WHERE t.id = ? AND t.access_expires_at > ? AND t.revoked_at IS NULL
"""  # noqa: S608  (our own column names)
_FACTS = 9


def find(db: Db, token_id: int, now_ms: int) -> LiveToken | None:
    """Find a live access token by the id inside it; the caller compares the digest."""
    row = db.one(_FIND, token_id, now_ms)
    if row is None:
        return None
    digest, granted, allowed, *facts, metadata = row[:_FACTS]
    return LiveToken(
        digest,
        scopes.read(granted),
        scopes.read(allowed),
        *facts,
        options=client_options.read(metadata),
        user=tokens.facts_of(row[_FACTS:]),
    )
