"""What the owner of an app is asked by: how many people its live tokens, codes and values are about."""

from oauth2system.protocol.tokens.format import Kind
from oauth2system.storage.database.transactions import Db


def count(db: Db, client_id: str, now_ms: int) -> int:
    """Count the people about whom an app could still learn something by a token, a code or a value."""
    row = db.one(_COUNT_PEOPLE, client_id, now_ms, now_ms, now_ms, client_id, Kind.CODE, Kind.SIMPLE, now_ms)
    return 0 if row is None else int(row[0])


_COUNT_PEOPLE = """
SELECT COUNT(*) FROM (
  SELECT f.user_id FROM tokens t
  JOIN clients c ON c.id = t.client_id AND c.generation = t.client_generation
  JOIN families f ON f.id = t.family_id AND f.revoked_at IS NULL
  JOIN users u ON u.id = f.user_id AND u.generation = f.generation AND u.test_of IS NULL
  WHERE t.client_id = ? AND t.ends_at > ?
    AND ((t.revoked_at IS NULL AND t.access_expires_at > ?) OR (t.rotated_at IS NULL AND t.refresh_expires_at > ?))
  UNION
  SELECT e.user_id FROM ephemeral e
  JOIN clients c ON c.id = e.client_id AND c.generation = e.client_generation
  JOIN users u ON u.id = e.user_id AND u.generation = e.generation AND u.test_of IS NULL
  WHERE e.client_id = ? AND (e.kind = ? AND e.taken_at IS NULL OR e.kind = ?) AND e.expires_at > ?
) AS people
"""
