"""Accounts: who am I, change what others see, and what an operator may do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import _
from oauth2system.ids import USER
from oauth2system.policy import names
from oauth2system.policy.names import Email, Username
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, one_time_links, outbox, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import revoke_access
from oauth2system.services.delivery.messages import CONFIRM_LIVES
from oauth2system.storage.tables import ephemeral, users
from oauth2system.storage.tables.users import User, UserRow

SETUP_LIVES = timedelta(hours=24)
INVITE_LIVES = timedelta(days=7)
UNCONFIRMED_LIVES = timedelta(days=14)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Me:
    """What a person sees of themselves; `pending_email` waits to be confirmed."""

    id: str
    username: str
    display_name: str
    email: str
    email_confirmed: bool
    pending_email: str | None
    avatar: str | None
    is_admin: bool
    created_at: datetime


def me(ctx: Context) -> Me:
    """Return the person who asks."""
    user = users.find_facts(ctx.db, _asker(ctx))
    if user is None:
        raise NotPermitted(_("Sign in first."))
    pending = ephemeral.newest_of(ctx.db, Kind.CONFIRM, user.id, ctx.now)
    moving = pending.data.get("email") if pending is not None else None
    return Me(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        email_confirmed=user.email_confirmed,
        pending_email=moving,
        avatar=user.avatar,
        is_admin=user.is_admin,
        created_at=user.created_at,
    )


def rename(ctx: Context, display_name: str) -> Me:
    """Change the name that others see."""
    user = _row(ctx, _asker(ctx))
    user.display_name = names.read_display_name(display_name)
    user.updated_at = ctx.now
    ctx.db.orm.flush()
    audit.record(ctx, "account.renamed", user_id=user.id)
    return me(ctx)


def username_problem(ctx: Context, name: str) -> str | None:
    """Say why this username cannot be had, while it is being typed; None when it can."""
    sentence = names.username_problem(name)
    if sentence is not None:
        return sentence
    username = names.read_username(name)
    holder = users.find_skeleton_holder(ctx.db, username.skeleton)
    return None if holder is None else _taken(holder, username)


def taken_sentence(holder: UserRow, wanted: Username) -> str:
    """Say that a username is taken, or looks like one that is."""
    return _taken(holder.username, wanted)


def _taken(holder: str, wanted: Username) -> str:
    if holder == wanted.canonical:
        return _("This username is taken. Choose another.")
    return _("This username looks too much like one that is taken. Choose another.")


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
    """Make an account by an operator's word, which also holds its address before it is confirmed."""
    _require_operator(ctx)
    name = names.read_username(username, reserved_ok=True)
    shown = names.read_display_name(display_name, otherwise=name.canonical)
    address = names.read_email(email)
    user = write(ctx, name, address, shown, password_hash, confirmed=confirmed, admin=admin)
    if not confirmed:
        outbox.mail(ctx, "confirm", lives=CONFIRM_LIVES, user_id=user.id)
    audit.record(ctx, "account.created", user_id=user.id, admin=admin, confirmed=confirmed)
    return users.facts(user)


def write(  # noqa: PLR0913
    ctx: Context,
    username: Username,
    email: Email,
    shown: str,
    password_hash: str | None,
    *,
    confirmed: bool,
    admin: bool,
) -> UserRow:
    """Write an account that holds its address, saying plainly what is already taken."""
    holder = users.find_by_skeleton(ctx.db, username.skeleton)
    if holder is not None:
        raise Invalid(username=taken_sentence(holder, username))
    owner = users.find_by_login(ctx.db, None, email.key)
    if owner is not None:
        raise Invalid(email=_("The account {username} has this address.").format(username=owner.username))
    user = row(ctx, username, email, shown, password_hash)
    user.email_confirmed_at = ctx.now if confirmed else None
    user.is_admin = admin
    if not users.try_add(ctx.db, user):
        raise Invalid(username=_("This username or address has just been taken."))
    return user


def row(ctx: Context, username: Username, email: Email, shown: str, password_hash: str | None) -> UserRow:
    """Return a new account, not written yet."""
    return UserRow(
        id=str(ctx.new_id(USER)),
        username=username.canonical,
        skeleton=username.skeleton,
        display_name=shown,
        email=email.address,
        email_key=email.key,
        password_hash=password_hash,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def delete(ctx: Context) -> None:
    """Delete one's own account with everything that hangs on it, apps included."""
    user_id = _asker(ctx)
    audit.record(ctx, "account.deleted", user_id=user_id)
    users.delete(ctx.db, user_id)


def disable(ctx: Context, username: str) -> User:
    """Shut a person out at once, in every browser (T114)."""
    user = _named(ctx, username)
    if ctx.session is not None and user.id == ctx.session.user_id:
        raise NotPermitted(_("You cannot disable your own account."))
    user.disabled_at = user.disabled_at or ctx.now
    ctx.db.orm.flush()
    revoke_access.shut(ctx, user.id, "account disabled")
    audit.record(ctx, "account.disabled", user_id=user.id)
    return users.facts(user)


def enable(ctx: Context, username: str) -> User:
    """Let a person in again."""
    user = _named(ctx, username)
    user.disabled_at = None
    ctx.db.orm.flush()
    audit.record(ctx, "account.enabled", user_id=user.id)
    return users.facts(user)


def list_users(ctx: Context, search: str = "", page: int = 0) -> tuple[User, ...]:
    """List accounts, newest first, by a part of a name or an address."""
    _require_operator(ctx)
    return tuple(users.facts(user) for user in users.page(ctx.db, search[:100], max(0, page) * PAGE, PAGE))


def make_setup_link(ctx: Context) -> str | None:
    """Return a link that makes the first administrator, once; None when there is one already.

    Only the newest link works: of two that were used at the same moment, both could win.
    """
    _require_operator(ctx)
    if users.has_admin(ctx.db):
        return None
    ephemeral.drop_kind(ctx.db, Kind.SETUP)
    return f"{ctx.settings.public_url}/setup?token={one_time_links.mint(ctx, Kind.SETUP, lives=SETUP_LIVES, data={})}"


def invite(ctx: Context, email: str) -> str:
    """Invite somebody by mail; returns the link too, for an operator who would rather hand it over."""
    _require_operator(ctx)
    address = names.read_email(email)
    rate_limits.spend(ctx, rate_limits.MAIL_TO, address.key)
    token = one_time_links.mint(ctx, Kind.INVITE, lives=INVITE_LIVES, data={"key": address.key})
    outbox.mail(ctx, "invitation", lives=INVITE_LIVES, to=address.address, token=token)
    audit.record(ctx, "account.invited")
    return f"{ctx.settings.public_url}/registration?invite={token}"


def purge_unconfirmed(ctx: Context, limit: int = 500) -> int:
    """Delete registrations that nobody confirmed in two weeks, a bounded number at a time."""
    return users.purge_unconfirmed(ctx.db, ctx.now - UNCONFIRMED_LIVES, limit)


def _asker(ctx: Context) -> str:
    if ctx.session is None:
        raise NotPermitted(_("Sign in first."))
    return ctx.session.user_id


def _require_operator(ctx: Context) -> None:
    if not ctx.system and not (ctx.session is not None and ctx.session.is_admin):
        raise NotPermitted(_("Only an administrator may do this."))


def _row(ctx: Context, user_id: str) -> UserRow:
    user = users.find(ctx.db, user_id)
    if user is None:
        raise NotFound(_("There is no such account."))
    return user


def _named(ctx: Context, username: str) -> UserRow:
    _require_operator(ctx)
    user = users.find_by_login(ctx.db, names.canonical(username), None)
    if user is None:
        raise NotFound(_("There is no account named {username}.").format(username=names.canonical(username)[:40]))
    return user
