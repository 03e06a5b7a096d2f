"""The record of an account: written when its names are free, and deleted."""

from dataclasses import replace

from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.ids import USER
from oauth2system.policy.names import Email, Username
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import usernames
from oauth2system.services.pictures import store
from oauth2system.storage.tables import users
from oauth2system.storage.tables.users import User


def write(  # noqa: PLR0913
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
    return user


def remove(ctx: Context, user: User) -> None:
    """Delete an account with everything that belongs to it; hold its username for a year if a site may know it.

    Sites never see an account that was never confirmed. Its username is free at once: else anybody could use up
    usernames by registering them and never confirming.
    """
    if users.delete(ctx.db, user.id):
        usernames.hold(ctx, user.skeleton)


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
