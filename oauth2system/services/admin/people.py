"""Accounts, as administrators and commands manage them: made, invited, listed, disabled and enabled."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, names, passwords, quotas
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, one_time_links, outbox, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.accounts import admission, records, revoke_access, usernames
from oauth2system.services.admin import invitations
from oauth2system.services.sessions import new_passwords, sessions
from oauth2system.storage.tables import deletions, ephemeral, users
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made by an administrator; without a password its person sets one by a password reset."""

    username: str
    email: str
    display_name: str = ""
    password: str | None = field(default=None, repr=False)
    confirmed: bool = False
    admin: bool = False


async def create_account(call: Call, wanted: NewAccount) -> User:
    """Make an account and hash its password outside the transaction; raises Invalid and NotPermitted as `create`."""
    password, hashed = wanted.password, None
    if password is not None:
        passwords.check_new(password, *call.settings.site_names, wanted.username, wanted.email, wanted.display_name)
        hashed = await new_passwords.hash_unbreached(call, password)
    return await call(
        create,
        wanted.username,
        wanted.email,
        wanted.display_name,
        hashed,
        confirmed=wanted.confirmed,
        admin=wanted.admin,
    )


@transacts
def create(  # noqa: PLR0913  (an account has these facts)
    ctx: Context,
    username: str,
    email: str,
    display_name: str = "",
    password_hash: str | None = None,
    *,
    confirmed: bool = False,
    admin: bool = False,
) -> User:
    """Make an account, which holds its address before it is confirmed; raises NotPermitted and Invalid."""
    _require_operator(ctx)
    name = names.read_username(username, reserved_ok=True)
    shown = names.read_display_name(display_name, otherwise=name.canonical)
    address = names.read_email(email)
    admission.require_domain(ctx, address.key)
    user = records.write(ctx, name, address, shown, password_hash, confirmed=confirmed, admin=admin)
    if not confirmed:
        outbox.mail(ctx, "confirm", lives=lifetimes.CONFIRM_LINK, user_id=user.id)
    audit.record(ctx, "account.created", user_id=user.id, admin=admin, confirmed=confirmed)
    return user


@transacts
def rename(ctx: Context, username: str, new: str) -> User:
    """Give an account another username; the old one is held for a year. Raises NotFound and Invalid."""
    user, wanted = _find_named(ctx, username), names.read_username(new, reserved_ok=True)
    with ctx.db.all_or_nothing():
        usernames.rename(ctx, user, wanted)
    return replace(user, username=wanted.canonical, skeleton=wanted.skeleton)


@transacts
def disable(ctx: Context, username: str) -> User:
    """Disable an account and revoke all its access at once (T114)."""
    user = _find_named(ctx, username)
    if ctx.session is not None and user.id == ctx.session.user_id:
        raise NotPermitted(N_("You cannot disable your own account."))
    # An account that is about to be deleted is disabled as of now: its person cannot keep it by a sign-in.
    is_barred = deletions.bars(ctx.db, user, ctx.now)
    user = _switch(ctx, user, user.disabled_at if is_barred else ctx.now)
    revoke_access.revoke_all(ctx, user.id, "account disabled")
    audit.record(ctx, "account.disabled", user_id=user.id)
    return user


@transacts
def enable(ctx: Context, username: str) -> User:
    """Enable an account again; one that is about to be deleted is kept."""
    user = _find_named(ctx, username)
    sessions.keep_account(ctx, user.id)
    user = _switch(ctx, user, None)
    audit.record(ctx, "account.enabled", user_id=user.id)
    return user


@transacts
def send_link(ctx: Context, username: str) -> User:
    """Send a person a mail that lets them in: a link for a new password, or one that confirms their address.

    Raises NotFound, NotPermitted for a disabled account, and TooManyAttempts.
    """
    user = _find_named(ctx, username)
    if user.disabled:
        raise NotPermitted(N_("Enable the account first."))
    rate_limits.spend(ctx, budgets.MAIL_TO, "by an administrator", user.id)
    if user.email_confirmed:
        outbox.mail(ctx, "reset", lives=lifetimes.RESET_LINK, key=user.email_key)
    else:
        outbox.mail(ctx, "confirm", lives=lifetimes.CONFIRM_LINK, user_id=user.id)
    audit.record(ctx, "account.link_sent", user_id=user.id)
    return user


def _switch(ctx: Context, user: User, disabled_at: datetime | None) -> User:
    users.update(ctx.db, user.id, disabled_at=disabled_at)
    return replace(user, disabled_at=disabled_at)


@transacts
def list_users(ctx: Context, search: str = "", page: int = 0) -> tuple[User, ...]:
    """List accounts, newest first, by a part of a name or an address."""
    _require_operator(ctx)
    return tuple(users.list_page(ctx.db, search[:100], max(0, page) * quotas.PEOPLE_ON_A_PAGE, quotas.PEOPLE_ON_A_PAGE))


@transacts
def make_setup_link(ctx: Context) -> str | None:
    """Return a link that makes the first administrator, once; None when there is one already.

    Only the newest link works: of two that were used at the same moment, both could win.
    """
    _require_operator(ctx)
    if users.has_admin(ctx.db):
        return None
    ephemeral.drop_kind(ctx.db, Kind.SETUP)
    token = one_time_links.mint(ctx, Kind.SETUP, lives=lifetimes.SETUP_LINK, data={})
    return f"{ctx.settings.public_url}/setup?token={token}"


@transacts
def invite(ctx: Context, email: str) -> str:
    """Invite somebody by mail; returns the link too, for handing it over in another way."""
    return invitations.create(ctx, email=names.read_email(email).address).link


def _require_operator(ctx: Context) -> None:
    if not ctx.system and not (ctx.session is not None and ctx.session.is_admin):
        raise NotPermitted(N_("Only an administrator may do this."))


def _find_named(ctx: Context, username: str) -> User:
    _require_operator(ctx)
    user = users.find_by_username(ctx.db, names.canonical(username))
    if user is None:
        raise NotFound(N_("There is no account named {username}.", username=names.canonical(username)[:40]))
    return user
