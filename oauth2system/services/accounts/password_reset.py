"""A new password: by the link of a mail, or by the current password."""

from dataclasses import dataclass, replace

from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, names, passwords
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, one_time_links, outbox, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts, writes
from oauth2system.services.accounts import revoke_access, saved_forms
from oauth2system.services.sessions import known_browsers, new_passwords, sessions, sign_in, step_up
from oauth2system.services.sessions.sign_in import Attempt, Match, SignedIn
from oauth2system.services.tokens import issue
from oauth2system.storage.tables import deletions, ephemeral, users
from oauth2system.storage.tables.users import User


@dataclass(frozen=True, slots=True)
class Reset:
    """A password was set: `device` is this browser's cookie, `form` is for the sign-in page, which shows the name."""

    device: str
    form: str | None


async def reset(call: Call, token: str | None, password: str, device: str | None) -> Reset:
    """Set a new password by the link in the mail. Raises Invalid.

    It signs nobody in: the sign-in page asks for everything that the account needs (T090).
    """
    await call(check_reset, token, password)
    password_hash = await new_passwords.hash_unbreached(call, password)
    return await call(save_reset, token, password_hash, device)


async def change(call: Call, current: str, password: str, device: str | None) -> SignedIn:
    """Set another password; every other browser and app is signed out, this browser gets a new session (T103, T057).

    Raises Invalid when the current password is wrong or the new one breaks a rule.
    """
    await call(check_change, password)
    attempt, match = await sign_in.check_password(call, current, device)
    password_hash = await new_passwords.hash_unbreached(call, password)
    return await call(save_change, attempt, match, password_hash)


@writes
def ask(ctx: Context, email: str) -> None:
    """Order a reset for an address, in the same way whether or not anybody has it (T088)."""
    rate_limits.spend(ctx, budgets.MAIL_ADDRESS, budgets.network(ctx.source.ip))
    key = names.read_email(email).key
    outbox.mail(ctx, "reset", lives=lifetimes.RESET_LINK, key=key)
    audit.record_attempt(ctx, "password.reset_asked")


@transacts
def check_reset(ctx: Context, token: str | None, password: str) -> None:
    """Judge the link and the new password before hashing; a refused password does not use the link up."""
    rate_limits.spend(ctx, budgets.LINK, budgets.network(ctx.source.ip))
    _check(ctx, _find_owner(ctx, token), password)


@transacts
def save_reset(ctx: Context, token: str | None, password_hash: str, device: str | None) -> Reset:
    """Save the new password and revoke all access that the old one gave (T089, T092).

    The device that could read the mailbox has sign-in attempts of its own: that is the cookie (T096).
    """
    user = _find_owner(ctx, token)
    with ctx.db.all_or_nothing():  # in the order of locks (storage/database/transactions.py)
        sign_in.forgive_everybody(ctx, user.id)
        users.hold(ctx.db, user.id)
        row = one_time_links.take(ctx, Kind.RESET, token)
        if row is None or users.raise_generation(ctx.db, user.id, seen=user.generation) is None:
            raise _refuse_dead()
    if user.email_confirmed_at is None:
        user = _prove(ctx, user, row.data["key"])
    _replace(ctx, user, password_hash)
    revoke_access.revoke_all(ctx, user.id, "password reset")
    audit.record(ctx, "password.reset", user_id=user.id)
    form = saved_forms.keep(ctx, {"login": user.username}, {})
    return Reset(known_browsers.remember(ctx, device, user.id), form)


@transacts
def check_change(ctx: Context, password: str) -> None:
    """Judge the new password of the signed-in person, who may have to sign in anew first."""
    user = users.find(ctx.db, ctx.session.user_id) if ctx.session is not None else None
    if user is None:
        raise Invalid(form=N_("Sign in first."))
    step_up.require_with_password(ctx)
    _check(ctx, user, password)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user.id)


@transacts
def save_change(ctx: Context, attempt: Attempt, match: Match | None, password_hash: str) -> SignedIn:
    """Save another password if the current one was right; sign out everywhere else and in here."""
    user = sign_in.finish_again(ctx, attempt, match, field="current_password")
    generation = users.raise_generation(ctx.db, user.id, seen=user.generation)
    if generation is None:
        raise Invalid(form=N_("Sign in first."))
    _replace(ctx, user, password_hash)
    sessions.end_everywhere(ctx, user.id)
    issue.revoke_of_user(ctx, user.id, "password changed")
    audit.record(ctx, "password.changed", user_id=user.id)
    proved = ctx.session.amr if ctx.session is not None else sessions.PASSWORD
    return sign_in.welcome(ctx, user.id, attempt.device, generation, amr=proved)


def _replace(ctx: Context, user: User, password_hash: str) -> None:
    """Store the hash, end the links that could set another, and notify the owner."""
    users.update(ctx.db, user.id, password_hash=password_hash, updated_at=ctx.now)
    ephemeral.drop_unused(ctx.db, Kind.RESET, user_id=user.id)
    if user.email_confirmed_at is not None:
        about = {"to": user.email, "username": user.username, "when": str(ctx.now_ms)}
        outbox.mail(ctx, "password_changed", lives=lifetimes.CONFIRM_LINK, **about)


def _prove(ctx: Context, user: User, key: str) -> User:
    """Confirm the address too, since the link proves the mailbox, unless another account has it."""
    holder = users.find_by_email(ctx.db, key)
    if names.confirmed_key(user.email_key) != key or (holder is not None and holder.id != user.id):
        return user
    if not users.claim_email(ctx.db, user.id, user.email, key, ctx.now):
        return user
    audit.record(ctx, "email.confirmed", user_id=user.id)
    return replace(user, email_key=key, email_confirmed_at=ctx.now)


def _find_owner(ctx: Context, token: str | None) -> User:
    row = one_time_links.find(ctx, Kind.RESET, token)
    user = users.find(ctx.db, row.user_id) if row is not None and row.user_id else None
    if user is None or deletions.bars(ctx.db, user, ctx.now):
        raise _refuse_dead()
    return user


def _check(ctx: Context, user: User, password: str) -> None:
    passwords.check_new(password, *ctx.settings.site_names, user.username, user.email, user.display_name)


def _refuse_dead() -> Invalid:
    return Invalid(token=N_("This link has been used or has expired. Ask for a new one."))
