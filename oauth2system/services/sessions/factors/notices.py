"""Reports to a person that their second factors changed, or that a recovery code was used."""

from oauth2system.policy import lifetimes
from oauth2system.runtime import audit, outbox
from oauth2system.runtime.context import Context
from oauth2system.storage.tables.users import User


def report(ctx: Context, user: User, what: str) -> None:
    """Record what happened and mail it to the person; services/delivery/messages.py has the words."""
    audit.record(ctx, f"factor.{what}", user_id=user.id)
    if user.email_confirmed:
        facts = {"to": user.email, "username": user.username, "when": str(ctx.now_ms), "what": what}
        outbox.mail(ctx, "factors_changed", lives=lifetimes.CONFIRM_LINK, **facts)
