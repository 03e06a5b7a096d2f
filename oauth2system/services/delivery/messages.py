"""Decides at the moment of sending which mail goes to whom.

A registration, a resend and a reset order their mail whether or not the address belongs to anybody; only here it is
looked up. So the answer on the page takes the same time and says the same (T086, T088), and a link is made only when
it is about to be sent.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, names, user_agents
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.services.delivery import deletion_texts, message_texts
from oauth2system.services.delivery.smtp import Mail
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import deletions, ephemeral, users
from oauth2system.storage.tables.ephemeral import Whose
from oauth2system.storage.tables.users import User

Order = dict[str, Any]

_LIKE_AN_ADDRESS = re.compile(r"[.:/@\\\u3002\uff0e\uff61]|\d{5}")


def give_back(ctx: Context, counted: tuple[str, ...]) -> None:
    """Undo the count of a mail that was not sent: the next try counts again."""
    rate_limits.give_back(ctx, budgets.MAIL_TO, *counted)


def write(ctx: Context, order: Order) -> Mail | None:
    """Write the mail that was ordered; None when by now there is nobody to write to."""
    return _WRITERS[kind_of(order)](ctx, order)


def kind_of(order: Order) -> str:
    """Return which mail was ordered; an order of an older version has it under another name."""
    return order.get("mail") or order["letter"]


def _confirm(ctx: Context, order: Order) -> Mail | None:
    """Answer a registration, or an account's request for another link."""
    user = users.find(ctx.db, order["user_id"])
    first_from = order.get("first_from")
    kind = ("confirm",) if first_from is None else ("first", first_from)
    return None if user is None else _confirmation(ctx, user, *kind)


def _confirm_again(ctx: Context, order: Order) -> Mail | None:
    """Answer a request for another link, known only by the address: for the account that holds it or waits for it."""
    key: str = order["key"]
    user = _holder(ctx, key) or users.find_by_email(ctx.db, names.unconfirmed_key(key))
    if user is not None and user.email_confirmed_at is not None and not deletions.bars(ctx.db, user, ctx.now):
        return _already_registered(ctx, user.email, user)
    return None if user is None else _confirmation(ctx, user, "confirm")


def _already_registered(ctx: Context, to: str, holder: User) -> Mail | None:
    counted = ("already_registered", holder.email_key)
    if not rate_limits.try_spend(ctx, budgets.MAIL_TO, *counted):
        return None
    return Mail(to, message_texts.ALREADY_REGISTERED.fill(ctx.settings, username=holder.username), counted)


def _confirmation(ctx: Context, user: User, *kind: str) -> Mail | None:
    if user.email_confirmed_at is not None or user.disabled_at is not None:
        return None
    key = names.confirmed_key(user.email_key)
    holder = _holder(ctx, key)
    if holder is not None and holder.id != user.id:
        return _already_registered(ctx, user.email, holder)
    counted = (*kind, key)
    if not rate_limits.try_spend(ctx, budgets.MAIL_TO, *counted):
        return None
    token = one_time_links.mint(
        ctx,
        Kind.CONFIRM,
        lives=lifetimes.CONFIRM_LINK,
        data={"does": "confirm", "key": key},
        whose=Whose(user.id, user.generation),
    )
    app = _app_on_the_way(ctx, user)
    text = message_texts.CONFIRM_FOR_APP if app else message_texts.CONFIRM
    return Mail(user.email, text.fill(ctx.settings, username=user.username, token=token, app=app), counted)


def _app_on_the_way(ctx: Context, user: User) -> str:
    """Return the app for which somebody registers, empty without one.

    A name that a mail program would make a link of is left out: anybody can name an app and register any address.
    """
    row = ephemeral.newest_of(ctx.db, Kind.BROWSER, user.id, ctx.now)
    name = str(row.data.get("site", "")) if row is not None else ""
    return "" if _LIKE_AN_ADDRESS.search(name) else name


def _reset(ctx: Context, order: Order) -> Mail | None:
    """Answer a forgotten password; a newer link ends the older ones (T089), and a used one still says that it was."""
    key: str = order["key"]
    user = users.find_by_email(ctx.db, key) or users.find_by_email(ctx.db, names.unconfirmed_key(key))
    if user is None or deletions.bars(ctx.db, user, ctx.now):
        return None
    counted = ("reset", key)
    if not rate_limits.try_spend(ctx, budgets.MAIL_TO, *counted):
        return None
    ephemeral.drop_unused(ctx.db, Kind.RESET, user_id=user.id)
    token = one_time_links.mint(
        ctx, Kind.RESET, lives=lifetimes.RESET_LINK, data={"key": key}, whose=Whose(user.id, user.generation)
    )
    return Mail(user.email, message_texts.RESET.fill(ctx.settings, username=user.username, token=token), counted)


def _email_change(ctx: Context, order: Order) -> Mail | None:
    """Ask the new address; when it already belongs to an account, mail the owner that instead of the link."""
    user = users.find(ctx.db, order["user_id"])
    if user is None:
        return None
    holder = _holder(ctx, order["key"])
    if holder is not None and holder.id != user.id:
        return _already_registered(ctx, order["to"], holder)
    return Mail(
        order["to"], message_texts.EMAIL_CHANGE.fill(ctx.settings, username=user.username, token=order["token"])
    )


def _email_change_asked(ctx: Context, order: Order) -> Mail | None:
    return Mail(
        order["to"], message_texts.EMAIL_CHANGE_ASKED.fill(ctx.settings, username=order["username"], new=order["new"])
    )


def _email_changed(ctx: Context, order: Order) -> Mail | None:
    return Mail(
        order["to"],
        message_texts.EMAIL_CHANGED.fill(
            ctx.settings, username=order["username"], new=order["new"], token=order["token"]
        ),
    )


def _moment(kept: str) -> datetime | str:
    """Return a moment of an order, kept in milliseconds; an order of an older version has it in words."""
    return from_ms(int(kept)) if kept.isdecimal() else kept


def _username_changed(ctx: Context, order: Order) -> Mail | None:
    return Mail(
        order["to"], message_texts.USERNAME_CHANGED.fill(ctx.settings, username=order["username"], old=order["old"])
    )


def _password_changed(ctx: Context, order: Order) -> Mail | None:
    when = _moment(order["when"])
    return Mail(order["to"], message_texts.PASSWORD_CHANGED.fill(ctx.settings, username=order["username"], when=when))


def _new_sign_in(ctx: Context, order: Order) -> Mail | None:
    """Ask whether a sign-in was the person's own; the link ends it (services/sessions/new_sign_ins.py)."""
    user = users.find(ctx.db, order["user_id"])
    if user is None or user.disabled_at is not None or user.email_confirmed_at is None:
        return None
    kept = {name: order[name] for name in ("sid", "ip", "agent", "when")}
    # It works after every revocation: what it ends may be over, and the new password is due all the same.
    token = one_time_links.mint(
        ctx, Kind.NEW_SIGN_IN, lives=lifetimes.NEW_SIGN_IN_LINK, data=kept, whose=Whose(user.id, None)
    )
    words = message_texts.NEW_SIGN_IN.fill(
        ctx.settings,
        username=user.username,
        when=from_ms(int(order["when"])),
        browser=user_agents.in_words(order["agent"]),
        place=" · ".join(filter(None, (order["ip"], order.get("place")))) or N_("an unknown address"),
        token=token,
    )
    return Mail(user.email, words)


def _passkey(ctx: Context, order: Order) -> Mail | None:
    """Report what happened to a passkey."""
    text = {
        "added": message_texts.PASSKEY_ADDED,
        "removed": message_texts.PASSKEY_REMOVED,
        "copied": message_texts.PASSKEY_COPIED,
    }[order["did"]]
    return Mail(order["to"], text.fill(ctx.settings, username=order["username"], when=_moment(order["when"])))


_FACTORS = {
    "authenticator_added": message_texts.AUTHENTICATOR_ADDED,
    "authenticator_replaced": message_texts.AUTHENTICATOR_REPLACED,
    "authenticator_removed": message_texts.AUTHENTICATOR_REMOVED,
    "recovery_codes_made": message_texts.RECOVERY_CODES_MADE,
    "recovery_code_used": message_texts.RECOVERY_CODE_USED,
    "removed_by_operator": message_texts.FACTORS_REMOVED,
}


def _factors_changed(ctx: Context, order: Order) -> Mail | None:
    words = _FACTORS[order["what"]].fill(ctx.settings, username=order["username"], when=_moment(order["when"]))
    return Mail(order["to"], words)


def _domain_withdrawn(ctx: Context, order: Order) -> Mail | None:
    """Report to an app's owner that the proof of a domain is gone."""
    user = users.find(ctx.db, order["user_id"])
    if user is None or user.disabled_at is not None or user.email_confirmed_at is None:
        return None
    facts = {name: order[name] for name in ("app", "domain", "client_id")}
    return Mail(user.email, message_texts.DOMAIN_WITHDRAWN.fill(ctx.settings, **facts))


def _invitation(ctx: Context, order: Order) -> Mail | None:
    if "until" not in order:  # of an older version
        return Mail(order["to"], message_texts.INVITATION_OF_BEFORE.fill(ctx.settings, token=order["token"]))
    until = _moment(order["until"])
    return Mail(order["to"], message_texts.INVITATION.fill(ctx.settings, token=order["token"], until=until))


def _access_ended(ctx: Context, order: Order) -> Mail | None:
    """Report to somebody that a token of theirs was used twice (RFC 9700 §4.14.2, T045)."""
    user = users.find(ctx.db, order["user_id"])
    if user is None or user.disabled_at is not None or user.email_confirmed_at is None:
        return None
    return Mail(user.email, message_texts.ACCESS_ENDED.fill(ctx.settings, username=user.username, app=order["app"]))


def _secret_expires(ctx: Context, order: Order) -> Mail | None:
    user = users.find(ctx.db, order["user_id"])
    if user is None or user.disabled_at is not None or user.email_confirmed_at is None:
        return None
    facts = {name: order[name] for name in ("app", "client_id", "secrets")}
    return Mail(user.email, message_texts.SECRET_EXPIRES.fill(ctx.settings, when=_moment(order["when"]), **facts))


def _account_deletion(ctx: Context, order: Order) -> Mail | None:
    """Report when the account is deleted, with a link that keeps it; nothing where it was kept by now."""
    user = users.find(ctx.db, order["user_id"])
    if user is None or deletions.find(ctx.db, user.id) is None:
        return None
    due, token = _moment(order["due"]), order["token"]
    return Mail(
        user.email, deletion_texts.ACCOUNT_DELETION.fill(ctx.settings, username=user.username, due=due, token=token)
    )


def _account_kept(ctx: Context, order: Order) -> Mail | None:
    user = users.find(ctx.db, order["user_id"])
    if user is None or user.email_confirmed_at is None:
        return None
    return Mail(user.email, deletion_texts.ACCOUNT_KEPT.fill(ctx.settings, username=user.username))


def _account_deleted(ctx: Context, order: Order) -> Mail | None:
    return Mail(order["to"], deletion_texts.ACCOUNT_DELETED.fill(ctx.settings, username=order["username"]))


def _holder(ctx: Context, key: str) -> User | None:
    """Return the user whose address this is: they confirmed it, or an administrator did."""
    return users.find_by_email(ctx.db, key)


_WRITERS: dict[str, Callable[[Context, Order], Mail | None]] = {
    "confirm": _confirm,
    "confirm_again": _confirm_again,
    "reset": _reset,
    "email_change": _email_change,
    "email_change_asked": _email_change_asked,
    "email_changed": _email_changed,
    "username_changed": _username_changed,
    "password_changed": _password_changed,
    "new_sign_in": _new_sign_in,
    "passkey": _passkey,
    "factors_changed": _factors_changed,
    "domain_withdrawn": _domain_withdrawn,
    "invitation": _invitation,
    "access_ended": _access_ended,
    "secret_expires": _secret_expires,
    "account_deletion": _account_deletion,
    "account_kept": _account_kept,
    "account_deleted": _account_deleted,
}
