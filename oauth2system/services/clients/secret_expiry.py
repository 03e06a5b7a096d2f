"""How long client secrets are accepted, and the mails that remind their owners before they expire."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter

from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.policy import lifetimes
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.runtime import outbox
from oauth2system.runtime.context import Context
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import client_secrets, clients
from oauth2system.storage.tables.client_secrets import ClientSecret

NEVER, ON_A_DAY = "", "day"
# What an owner may choose, and how long such a secret is accepted.
CHOICES: Mapping[str, Lifetime] = {
    "30": lifetimes.SECRET_MONTH,
    "90": lifetimes.SECRET_SEASON,
    "365": lifetimes.SECRET_YEAR,
}
# How long before the expiry each mail is sent: the first one, and the second one.
MAILS = (lifetimes.SECRET_FIRST_MAIL, lifetimes.SECRET_SECOND_MAIL)


def read_choice(now: datetime, choice: str, day: str = "") -> datetime | None:
    """Return when a secret expires that is made now, by what its owner chose; None for never. Raises Invalid.

    A secret that expires on a day is accepted until that day is over, in UTC.
    """
    if choice == NEVER:
        return None
    if choice != ON_A_DAY:
        lifetime = CHOICES.get(choice)
        if lifetime is None:
            raise Invalid(expires=N_("Choose how long the secret is accepted."))
        return now + lifetime
    try:
        midnight = datetime.combine(date.fromisoformat(day.strip()), time(tzinfo=UTC))
        expires_at = midnight + timedelta(days=1)
    except (ValueError, OverflowError):
        raise Invalid(day=N_("Choose a day.")) from None
    if not now < expires_at <= now + lifetimes.SECRET_LONGEST:
        raise Invalid(day=N_("Choose a day that is still to come, within ten years."))
    return expires_at


def count_past_mails(remains: timedelta) -> int:
    """Return how many of the mails a secret gets no more that is made so short before its expiry."""
    return sum(remains <= before for before in MAILS)


def remind(ctx: Context, limit: int) -> int:
    """Order the mails about secrets that expire soon, one for each app; returns how many secrets they name."""
    count = 0
    for number, before in reversed(list(enumerate(MAILS, 1))):
        due = client_secrets.take_expiring(ctx.db, ctx.now_ms, ctx.now_ms + before.in_ms, number, limit)
        due.sort(key=attrgetter("client_id", "id"))
        for client_id, secrets in groupby(due, key=attrgetter("client_id")):
            _order_mail(ctx, client_id, list(secrets))
        count += len(due)
    return count


def _order_mail(ctx: Context, client_id: str, secrets: list[ClientSecret]) -> None:
    """Order the mail to the owner of an app; none about secrets that the app does not use."""
    client = clients.find(ctx.db, client_id)
    if client is None or client.owner_id is None or not client.takes_secret:
        return
    first = min(one.expires_at for one in secrets if one.expires_at is not None)
    facts = {
        "user_id": client.owner_id,
        "app": client.name,
        "client_id": client.id,
        "when": str(to_ms(first)),
        "secrets": ", ".join(f"…{one.hint}" for one in secrets),
    }
    outbox.mail(ctx, "secret_expires", lives=lifetimes.SECRET_SECOND_MAIL, **facts)
