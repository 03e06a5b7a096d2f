"""Delivers mails: each is written when it is sent, so its links are valid from then on."""

from datetime import datetime
from functools import partial
from typing import Any

from oauth2system.i18n import SOURCE_LANGUAGE
from oauth2system.policy import names
from oauth2system.runtime import audit
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.outbox import Failed
from oauth2system.runtime.runner import Runner
from oauth2system.services.delivery import messages, smtp
from oauth2system.services.delivery.smtp import Mail
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import users


async def deliver(runner: Runner, order: dict[str, Any]) -> None:
    """Send one mail, or none when nobody needs it any more; raises Failed and Undeliverable."""
    made = await runner.transact(SYSTEM, _write, order)
    if made is None:
        return
    mail, now, language = made
    # Sorts by the order; each try has a number of its own, since it has a link of its own.
    number = f"{order['number']}-{to_ms(now):x}"
    message = smtp.compose(runner.settings, mail, number=number, now=now, language=language)
    try:
        await runner.mail(partial(smtp.send, runner.settings, message, number=number))
    except Failed:
        if mail.counted:
            await runner.write(SYSTEM, messages.give_back, mail.counted)
        raise
    await runner.write(SYSTEM, _note, order)


def _write(ctx: Context, order: dict[str, Any]) -> tuple[Mail, datetime, str] | None:
    mail = messages.write(ctx, order)
    return None if mail is None else (mail, ctx.now, _language_for(ctx, mail.to, order))


def _language_for(ctx: Context, address: str, order: dict[str, Any]) -> str:
    """Return the language of the account that has the address, else of the one that the mail is about.

    The order of a mail about an account that is gone names the language itself.
    """
    user_id: str | None = order.get("user_id")
    key = names.read_email(address).key
    found = (users.find_by_email(ctx.db, one) for one in (key, names.unconfirmed_key(key)))
    holder = next((user for user in found if user is not None), None)
    chosen = holder.language if holder else user_id and users.language_of(ctx.db, user_id)
    return chosen or order.get("language") or SOURCE_LANGUAGE


def _note(ctx: Context, order: dict[str, Any]) -> None:
    audit.record(ctx, "mail.sent", mail=messages.kind_of(order), user_id=order.get("user_id"))
