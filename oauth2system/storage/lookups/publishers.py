"""What a person reads about an app before they decide: its owner, its age, how many use it, and a proved domain."""

from datetime import datetime
from typing import NamedTuple

from oauth2system.storage.database.columns import from_ms, to_ms
from oauth2system.storage.database.transactions import Db


class PublisherFacts(NamedTuple):
    """The facts about an app that its page of consent shows; the number of people is counted to a limit."""

    username: str
    name: str
    is_admin: bool
    registered_at: datetime
    people: int
    is_proved: bool


_FIND = """
SELECT COALESCE(u.username, ''), COALESCE(u.display_name, ''), COALESCE(u.is_admin, ?), c.created_at,
  (SELECT COUNT(*) FROM (
    SELECT 1 AS one FROM consents k JOIN users p ON p.id = k.user_id AND p.test_of IS NULL WHERE k.client_id = c.id
    LIMIT ?
  ) AS counted),
  (SELECT COUNT(*) FROM domain_proofs d WHERE d.client_id = c.id AND d.domain = ? AND d.seen_at > ?)
FROM clients c LEFT JOIN users u ON u.id = c.owner_id
WHERE c.id = ?
"""


def find(db: Db, client_id: str, domain: str, seen_since: datetime, most_people: int) -> PublisherFacts | None:
    """Return what is known about an app; a proof of the domain counts if it was seen since then."""
    row = db.one(_FIND, False, most_people, domain, to_ms(seen_since), client_id)
    if row is None:
        return None
    username, name, is_admin, created_ms, people, proofs = row
    return PublisherFacts(username, name, bool(is_admin), from_ms(created_ms), people, proofs > 0)
