"""What a person answers an app: all that it asks for, or less of it where the app calls a scope optional.

An optional scope that was left out is not asked for again: the app gets an answer without it.
"""

from typing import NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import consents, tokens
from oauth2system.storage.tables.consents import Answered


class Boxes(NamedTuple):
    """The boxes of a form that came back: the scopes that were left ticked, and those that were not."""

    ticked: frozenset[str] = frozenset()
    unticked: frozenset[str] = frozenset()


NO_BOXES = Boxes()
NOTHING: frozenset[str] = frozenset()


def list_left_out(client: Client, needed: frozenset[str], answered: Answered) -> frozenset[str]:
    """Return the scopes that the app calls optional and that this person declined: it goes on without them."""
    if not answered.declined:
        return NOTHING
    return scopes.list_optional(needed, client.optional_scopes) & answered.declined - answered.allowed


def settle(client: Client, needed: frozenset[str], answered: Answered) -> frozenset[str]:
    """Return the scopes that need no question: those that are allowed, and those that the person leaves out."""
    left_out = list_left_out(client, needed, answered)
    return answered.allowed | left_out if left_out else answered.allowed


def list_declined(client: Client, needed: frozenset[str], answered: Answered, boxes: Boxes) -> frozenset[str]:
    """Return the optional scopes that a person leaves out: what they unticked, and what they declined before.

    Only what the app calls optional now can be left out.
    """
    optional = scopes.list_optional(needed, client.optional_scopes)
    before = list_left_out(client, needed, answered)
    return optional & (before | boxes.unticked) - boxes.ticked


def keep(ctx: Context, whose: tuple[str, str], before: Answered, agreed: frozenset[str], left: frozenset[str]) -> None:
    """Keep what a person (their id, the client's) agreed to and what they left out, next to what they answered before.

    What was allowed and is left out now is taken from the app at once, as on the page of connections.
    """
    allowed, declined = (before.allowed | agreed) - left, (before.declined - agreed) | left
    consents.keep(ctx.db, *whose, Answered(allowed, declined), ctx.now)
    user_id, client_id = whose
    audit.record(ctx, "consent.given", user_id=user_id, client_id=client_id, scopes=scopes.write(allowed))
    for scope in sorted(before.allowed & left):
        note_narrowed(ctx, whose, scope)


def note_narrowed(ctx: Context, whose: tuple[str, str], scope: str) -> None:
    """Record that a person took a scope from an app, and end what depends on it."""
    user_id, client_id = whose
    if scope == scopes.OFFLINE:
        # What was to outlive a sign-out ends; the app signs the person in again.
        tokens.revoke_offline(ctx.db, user_id, client_id, ctx.now_ms, "offline access revoked")
    audit.record(ctx, "consent.narrowed", user_id=user_id, client_id=client_id, scope=scope)
