"""The record of an account: written when its names are free, and deleted."""

from dataclasses import replace
from datetime import datetime

from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.ids import USER
from oauth2system.policy import lifetimes
from oauth2system.policy.names import Email, Username
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import usernames
from oauth2system.services.pictures import store
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import released_names, users
from oauth2system.storage.tables.users import User


def write(  # noqa: PLR0913  (the facts of one thing)
    ctx: Context,
    username: Username,
    email: Email,
    shown: str,
    password_hash: str | None,
    *,
    confirmed: bool,
    admin: bool,
) -> User:
    """Write an account that holds its address, or refuse with what is already taken."""
    holder = users.find_by_skeleton(ctx.db, username.skeleton)
    if holder is not None:
        raise Invalid(username=usernames.explain_taken(holder.username, username))
    owner = users.find_by_email(ctx.db, email.key)
    if owner is not None:
        raise Invalid(email=N_("The account {username} has this address.", username=owner.username))
    fresh = create(ctx, username, email, shown, password_hash)
    user = replace(fresh, email_confirmed_at=ctx.now if confirmed else None, is_admin=admin)
    with ctx.db.all_or_nothing():
        if not users.add(ctx.db, user):
            raise Invalid(username=N_("This username or address has just been taken."))
        usernames.require_not_held(ctx, username)
        until = find_hold(ctx, email.key)
        if until is not None:
            day = until.date()
            raise Invalid(email=N_("Another account gave this address up and may take it back until {day}.", day=day))
    return user


def remove(ctx: Context, user: User) -> None:
    """Delete an account with everything that belongs to it; hold its username for a year if a site may know it.

    Sites never see an account that was never confirmed. Its username is free at once: else anybody could use up
    usernames by registering them and never confirming.
    """
    if users.delete(ctx.db, user.id):
        usernames.hold(ctx, user.skeleton)


def hold_address(ctx: Context, user_id: str, key: str) -> None:
    """Hold an address that was given up by a change, for as long as the change can be undone (T094)."""
    released_names.hold(ctx.db, _compute_digest(ctx, key), ctx.now_ms + lifetimes.UNDO_LINK.in_ms, user_id)


def find_hold(ctx: Context, key: str, asker: str | None = None) -> datetime | None:
    """Return the moment from which an account may have an address; None where it may have it now.

    To be asked after the address is written, in `all_or_nothing`. The row of the account that gives the address up
    makes this one wait. What that transaction committed is only seen by a statement that begins later.
    """
    until = released_names.held_until(ctx.db, _compute_digest(ctx, key), ctx.now_ms, asker)
    return None if until is None else from_ms(until)


def release_address(ctx: Context, user_id: str, key: str) -> None:
    """End the hold of an address that its account has again."""
    released_names.release(ctx.db, _compute_digest(ctx, key), user_id)


def _compute_digest(ctx: Context, key: str) -> bytes:
    """Return the keyed digest: a reader of the database does not learn which addresses there were (T085)."""
    return ctx.server.encryption.fingerprint("released address", key)


def create(ctx: Context, username: Username, email: Email, shown: str, password_hash: str | None) -> User:
    """Return a new account, not written yet."""
    user_id = str(ctx.new_id(USER))
    return User(
        id=user_id,
        username=username.canonical,
        skeleton=username.skeleton,
        display_name=shown,
        email=email.address,
        email_key=email.key,
        password_hash=password_hash,
        avatar=store.drawn_name(ctx, user_id),
        language=ctx.source.language,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
