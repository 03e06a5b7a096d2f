"""Flows that nobody has answered: rows of `ephemeral`, found by an index that has only them."""

from typing import NamedTuple

from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables.ephemeral import UNANSWERED

GIVE_UP = f"""
UPDATE ephemeral SET taken_at = ?
WHERE id IN (SELECT id FROM ephemeral WHERE {UNANSWERED} AND expires_at <= ? ORDER BY expires_at LIMIT ?)
AND taken_at IS NULL RETURNING id, client_id
"""  # noqa: S608  (our own condition)


class GivenUp(NamedTuple):
    """A flow that nobody has answered in its time."""

    id: int
    client_id: str | None


def give_up(db: Db, expires_before_ms: int, *, now_ms: int, limit: int) -> list[GivenUp]:
    """Use up the unanswered flows that expire before that moment, a bounded number at a time, and return them.

    Of all processes that look at once, one gets each flow.
    """
    rows = db.all(GIVE_UP, now_ms, expires_before_ms, limit)
    return [GivenUp._make(row) for row in rows]
