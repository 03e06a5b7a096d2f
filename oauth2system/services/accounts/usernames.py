"""Usernames: who has one, and which were given up.

A site may know its people by their usernames. So a username that a site may have seen is not given to anybody else
for a year after its account is deleted (decision 0023).
"""

from oauth2system.errors import Invalid
from oauth2system.i18n import N_, Message
from oauth2system.policy import lifetimes
from oauth2system.policy.names import Username
from oauth2system.runtime.context import Context
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import released_names, users
from oauth2system.storage.tables.users import User

_PURPOSE = "released username"


def find_problem(ctx: Context, wanted: Username, own: User | None = None) -> Message | None:
    """Say why a person cannot have a username; None when they can. An account of their `own` is not in the way."""
    holder = users.find_by_skeleton(ctx.db, wanted.skeleton)
    if holder is not None and (own is None or holder.id != own.id):
        return explain_taken(holder.username, wanted)
    if _held_until(ctx, wanted.skeleton) is not None:
        return N_("This username is not available. Choose another.")
    return None


def explain_taken(holder: str, wanted: Username) -> Message:
    """Say that a username is taken, or looks like one that is; `holder` is the username in the way."""
    if holder == wanted.canonical:
        return N_("This username is taken. Choose another.")
    return N_("This username looks too much like one that is taken. Choose another.")


def require_not_held(ctx: Context, wanted: Username) -> None:
    """Refuse a username that was given up, with the day from which it is free; raises Invalid.

    To be asked after the account is written, in `all_or_nothing`. The row of the account that gives the username up
    makes the new one wait. What that transaction committed is only seen by a statement that begins later.
    """
    until = _held_until(ctx, wanted.skeleton)
    if until is not None:
        day = from_ms(until).date()
        raise Invalid(username=N_("This username was given up, and is held until {day}.", day=day))


def hold(ctx: Context, skeleton: str) -> None:
    """Hold a username that was given up, and all that look like it, for a year."""
    released_names.hold(ctx.db, _compute_digest(ctx, skeleton), ctx.now_ms + lifetimes.RELEASED_USERNAME.in_ms)


def _held_until(ctx: Context, skeleton: str) -> int | None:
    return released_names.held_until(ctx.db, _compute_digest(ctx, skeleton), ctx.now_ms)


def _compute_digest(ctx: Context, skeleton: str) -> bytes:
    """Return the keyed digest: a reader of the database does not learn which usernames there were (T085)."""
    return ctx.server.encryption.fingerprint(_PURPOSE, skeleton)
