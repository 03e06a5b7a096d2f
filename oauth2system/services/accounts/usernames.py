"""Usernames: who has one, how it is changed, and which were given up.

A site may know its people by their usernames. So a username that a site may have seen is not given to anybody else
for a year after its account was deleted or renamed (decision 0023). The account that was renamed may take it back.
"""

from datetime import timedelta

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import budgets, lifetimes, names
from oauth2system.policy.names import Username
from oauth2system.runtime import audit, outbox, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts, writes
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import released_names, users
from oauth2system.storage.tables.users import User

_PURPOSE = "released username"


def find_problem(ctx: Context, wanted: Username, own: User | None = None) -> Message | None:
    """Say why a person cannot have a username; None when they can. An account of their `own` is not in the way."""
    holder = users.find_by_skeleton(ctx.db, wanted.skeleton)
    if holder is not None and (own is None or holder.id != own.id):
        return explain_taken(holder.username, wanted)
    if _held_until(ctx, wanted.skeleton, own) is not None:
        return N_("This username is not available. Choose another.")
    return None


def explain_taken(holder: str, wanted: Username) -> Message:
    """Say that a username is taken, or looks like one that is; `holder` is the username in the way."""
    if holder == wanted.canonical:
        return N_("This username is taken. Choose another.")
    return N_("This username looks too much like one that is taken. Choose another.")


def require_not_held(ctx: Context, wanted: Username, own: User | None = None) -> None:
    """Refuse a username that was given up, with the day from which it is free; raises Invalid.

    To be asked after the account is written, in `all_or_nothing`. The row of the account that gives the username up
    makes the new one wait. What that transaction committed is only seen by a statement that begins later.
    """
    until = _held_until(ctx, wanted.skeleton, own)
    if until is not None:
        day = from_ms(until).date()
        raise Invalid(username=N_("This username was given up, and is held until {day}.", day=day))


def hold(ctx: Context, skeleton: str, owner: str | None = None) -> None:
    """Hold a username that was given up, and all that look like it, for a year; its owner may take it back."""
    until = ctx.now_ms + lifetimes.RELEASED_USERNAME.in_ms
    released_names.hold(ctx.db, _compute_digest(ctx, skeleton), until, owner)


def rename(ctx: Context, user: User, wanted: Username) -> None:
    """Give an account another username and hold the old one; raises Invalid where it cannot have it.

    Sites keep knowing the person by their id. Sessions go on.
    """
    if wanted.canonical == user.username:
        raise Invalid(username=N_("This is your username already."))
    sentence = find_problem(ctx, wanted, user)
    if sentence is not None:
        raise Invalid(username=sentence)
    if not users.rename(ctx.db, user.id, wanted.canonical, wanted.skeleton, ctx.now):
        raise Invalid(username=N_("This username has just been taken. Choose another."))
    require_not_held(ctx, wanted, user)
    released_names.release(ctx.db, _compute_digest(ctx, wanted.skeleton), user.id)
    if user.email_confirmed and wanted.skeleton != user.skeleton:  # no site ever saw an account that is not confirmed
        hold(ctx, user.skeleton, user.id)
    audit.record(ctx, "account.username_changed", user_id=user.id)
    if user.email_confirmed:
        facts = {"to": user.email, "old": user.username, "username": wanted.canonical}
        outbox.mail(ctx, "username_changed", lives=lifetimes.ACCESS_ENDED_MAIL, user_id=user.id, **facts)


@transacts
def change(ctx: Context, name: str) -> None:
    """Give the signed-in person another username; raises Invalid. So many times a year (policy/budgets.py)."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    user = users.find(ctx.db, ctx.session.user_id)
    if user is None:
        raise NotPermitted(N_("Sign in first."))
    wanted = names.read_username(name)
    with ctx.db.all_or_nothing():  # what is refused uses nothing up
        rename(ctx, user, wanted)
        if not rate_limits.try_spend(ctx, budgets.CHANGE_USERNAME, user.id):
            wait = rate_limits.wait_seconds(ctx, budgets.CHANGE_USERNAME, user.id)
            day = f"{ctx.now + timedelta(seconds=wait):%Y-%m-%d}"
            sentence = N_("You have changed it often lately. You can change it again from {day} on.", day=day)
            raise Invalid(username=sentence)


@writes
def judge_own(ctx: Context, name: str) -> Message | None:
    """Say why the signed-in person cannot have this username, while it is typed; None when they can."""
    if ctx.session is None or not name.strip():
        return None
    rate_limits.spend(ctx, budgets.USERNAMES, budgets.network(ctx.source.ip))
    sentence = names.username_problem(name)
    user = users.find(ctx.db, ctx.session.user_id)
    if sentence is not None or user is None:
        return sentence
    return find_problem(ctx, names.read_username(name), user)


def _held_until(ctx: Context, skeleton: str, own: User | None = None) -> int | None:
    asker = None if own is None else own.id
    return released_names.held_until(ctx.db, _compute_digest(ctx, skeleton), ctx.now_ms, asker)


def _compute_digest(ctx: Context, skeleton: str) -> bytes:
    """Return the keyed digest: a reader of the database does not learn which usernames there were (T085)."""
    return ctx.server.encryption.fingerprint(_PURPOSE, skeleton)
