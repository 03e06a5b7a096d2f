"""The signed-in person's own account: shown and renamed."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import budgets, lifetimes, names, quotas
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts, writes
from oauth2system.services.accounts import usernames
from oauth2system.services.pictures import addresses
from oauth2system.storage.tables import ephemeral, pictures, users
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class Me:
    """What a person sees of themselves; `pending_email` waits to be confirmed."""

    id: str
    username: str
    display_name: str
    email: str
    email_confirmed: bool
    pending_email: str | None
    picture: str
    has_picture: bool
    is_admin: bool
    created_at: datetime


@transacts
def get_profile(ctx: Context) -> Me:
    """Return the person who asks."""
    user = users.find(ctx.db, _require_person(ctx))
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    pending = ephemeral.newest_of(ctx.db, Kind.CONFIRM, user.id, ctx.now)
    moving = pending.data.get("email") if pending is not None else None
    return Me(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        email_confirmed=user.email_confirmed,
        pending_email=moving,
        picture=addresses.avatar(user.avatar),
        has_picture=pictures.has_user(ctx.db, user.id),
        is_admin=user.is_admin,
        created_at=user.created_at,
    )


@transacts
def rename(ctx: Context, display_name: str) -> Me:
    """Change the name that others see."""
    user = _get(ctx, _require_person(ctx))
    shown = names.read_display_name(display_name)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)
    users.update(ctx.db, user.id, display_name=shown, updated_at=ctx.now)
    audit.record(ctx, "account.renamed", user_id=user.id)
    return get_profile(ctx)


@transacts
def username_problem(ctx: Context, name: str) -> Message | None:
    """Return why this username cannot be taken, while it is typed; None when it can."""
    sentence = names.username_problem(name)
    if sentence is not None:
        return sentence
    return usernames.find_problem(ctx, names.read_username(name))


@writes
def judge_username(ctx: Context, name: str) -> str:
    """Return the same for a script on the page, a limited number of times an hour; empty when the name is free."""
    rate_limits.spend(ctx, budgets.USERNAMES, budgets.network(ctx.source.ip))
    return (username_problem(ctx, name) or "") if name.strip() else ""


def purge_unconfirmed(ctx: Context, limit: int = 500) -> int:
    """Delete registrations that nobody confirmed in two weeks, or that are too many, a bounded number at a time."""
    old = users.purge_unconfirmed(ctx.db, ctx.now - lifetimes.UNCONFIRMED_ACCOUNT, limit)
    return old or users.purge_unconfirmed_beyond(ctx.db, quotas.UNCONFIRMED_ACCOUNTS, limit)


def _require_person(ctx: Context) -> str:
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    return ctx.session.user_id


def _get(ctx: Context, user_id: str) -> User:
    user = users.find(ctx.db, user_id)
    if user is None:
        raise NotFound(N_("There is no such account."))
    return user
