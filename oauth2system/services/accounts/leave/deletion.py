"""The deletion of an account: asked for, taken back within two weeks, and done (decision 0034)."""

from dataclasses import dataclass
from datetime import datetime

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, names
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, one_time_links, outbox, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.accounts import records, revoke_access
from oauth2system.services.sessions import sessions, sign_in
from oauth2system.services.sessions.sign_in import Attempt, Match
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import audit as events
from oauth2system.storage.tables import deletions, ephemeral, released_names, server_settings, users
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.users import User


async def ask(call: Call, password: str, device: str | None) -> None:
    """Disable the account of the person who is signed in, and delete it in two weeks; raises as `begin`."""
    attempt, match = await sign_in.check_password(call, password, device)
    await call(begin, attempt, match)


@transacts
def begin(ctx: Context, attempt: Attempt, match: Match | None) -> None:
    """Disable the actor's account and apps if the password was right, and end all access at once.

    Raises Invalid for its field otherwise, and for the last administrator; StepUpNeeded.
    """
    user = sign_in.finish_again(ctx, attempt, match, field="password")
    if _is_last_admin(ctx, user):
        raise Invalid(form=N_("You are the only administrator. Make somebody else an administrator first."))
    _begin(ctx, user)


@transacts
def delete_named(ctx: Context, username: str, *, at_once: bool) -> User:
    """Delete the account of a person, in two weeks or at once: for the operator.

    Returns the account as it was. Raises NotFound, and NotPermitted for the last administrator.
    """
    user = users.find_by_username(ctx.db, names.canonical(username)) if ctx.system else None
    if user is None:
        raise NotFound(N_("There is no such user."))
    if _is_last_admin(ctx, user):
        raise NotPermitted(N_("{username} is the only administrator, and cannot be deleted.", username=user.username))
    if at_once:
        revoke_access.revoke_all(ctx, user.id, "account deleted")
        erase(ctx, user)
    elif deletions.find(ctx.db, user.id) is None:
        _begin(ctx, user)
    return user


def _is_last_admin(ctx: Context, user: User) -> bool:
    return user.is_admin and not users.holds_other_admin(ctx.db, user.id)


def _begin(ctx: Context, user: User) -> None:
    due_at = ctx.now + lifetimes.DELETION
    revoke_access.revoke_all(ctx, user.id, "account about to be deleted")
    deletions.begin(ctx.db, user.id, ctx.now, due_at)
    audit.record(ctx, "account.deletion_asked", user_id=user.id)
    if user.email_confirmed:
        _mail_link(ctx, user, due_at)


def _mail_link(ctx: Context, user: User, due_at: datetime) -> None:
    ephemeral.drop(ctx.db, (Kind.KEEP,), user_id=user.id)
    token = one_time_links.mint(ctx, Kind.KEEP, lives=lifetimes.DELETION, data={}, whose=Whose(user.id, None))
    facts = {"token": token, "due": str(to_ms(due_at))}
    outbox.mail(ctx, "account_deletion", lives=lifetimes.DELETION, user_id=user.id, **facts)


@dataclass(frozen=True, slots=True)
class KeepPage:
    """What the link of the mail opens; `username` is empty where the link does not work any more."""

    username: str = ""
    due_at: datetime | None = None


@reads
def open_link(ctx: Context, token: str | None) -> KeepPage:
    """Return which account the link of a mail keeps; nothing happens yet."""
    row = one_time_links.find(ctx, Kind.KEEP, token)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    asked = deletions.find(ctx.db, user.id) if user is not None else None
    if user is None or asked is None or deletions.bars(ctx.db, user, ctx.now):
        return KeepPage()
    return KeepPage(user.username, asked.due_at)


@transacts
def keep_by_link(ctx: Context, token: str | None) -> bool:
    """Keep the account that the link of a mail is about; False for a link that was used or has expired."""
    rate_limits.spend(ctx, budgets.LINK, budgets.network(ctx.source.ip))
    row = one_time_links.find(ctx, Kind.KEEP, token)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    if user is None or deletions.bars(ctx.db, user, ctx.now):
        return False
    return one_time_links.take(ctx, Kind.KEEP, token) is not None and sessions.keep_account(ctx, user.id)


def erase_due(ctx: Context, _most: int) -> int:
    """Delete one account whose day has come, with everything that names its person; returns how many.

    It is one transaction: after a crash all of it is still there, and the next run does it.
    """
    user_id = deletions.take_due(ctx.db, ctx.now)
    user = users.find(ctx.db, user_id) if user_id is not None else None
    if user is None:
        return 0
    erase(ctx, user)
    return 1


def erase(ctx: Context, user: User) -> None:
    """Delete an account with everything that belongs to it, apps included, and mail its person that it is gone."""
    records.remove(ctx, user)
    # What has no row of the account above it: it stays for its own reason, and forgets whom it was about.
    events.forget(ctx.db, user.id)
    released_names.forget(ctx.db, user.id)
    server_settings.forget(ctx.db, user.id)
    audit.record(ctx, "account.deleted")
    if user.email_confirmed:
        facts = {"to": user.email, "username": user.username, "language": user.language or ""}
        outbox.mail(ctx, "account_deleted", lives=lifetimes.ACCESS_ENDED_MAIL, **facts)
