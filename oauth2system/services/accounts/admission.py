"""Who may have an account here: the mode of registration, invitations, and the mail domains that are allowed."""

import hmac
from enum import StrEnum

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.policy import mail_domains, page_messages
from oauth2system.policy.names import Email
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.setting_types.choices import RegistrationMode
from oauth2system.storage.tables import invitations, server_settings
from oauth2system.storage.tables.invitations import Invitation


class Closed(NotPermitted):
    """Registration is closed on this server."""


class InvitationNeeded(NotPermitted):
    """Registration needs an invitation, and this one is not valid."""


class DomainNotAllowed(Invalid):
    """An administrator allows no addresses of this domain."""


class InvitationStage(StrEnum):
    """How an invitation stands."""

    WORKS = "works"
    USED_UP = "used up"
    EXPIRED = "expired"
    REVOKED = "revoked"


# Of a link that was never there nothing is known, and of one that expired long ago neither.
UNKNOWN_INVITATION = N_("There is no such invitation here. Check that you opened the whole link, or ask for a new one.")
_REFUSED = {
    InvitationStage.USED_UP: N_("This invitation has been used up: the accounts that it was for are made."),
    InvitationStage.EXPIRED: N_("This invitation has expired. Ask for a new one."),
    InvitationStage.REVOKED: N_("This invitation was taken back. Ask the people who sent it."),
}


def find_mode(ctx: Context) -> RegistrationMode:
    """Return who may register: as the environment fixes it, otherwise as an administrator decided on a page."""
    return ctx.settings.registration or server_settings.find(ctx.db).registration


def require_open(ctx: Context, invite: str | None, *, used: bool = False) -> None:
    """Raise Closed or InvitationNeeded where nobody can register, or not by this link.

    `used` says that another registration has just used the invitation up.
    """
    current = find_mode(ctx)
    if current is RegistrationMode.OPEN:
        return
    if current is RegistrationMode.CLOSED:
        raise Closed(page_messages.ERRORS["closed"])
    sentence = find_problem(ctx, invite)
    if sentence is not None or used:
        raise InvitationNeeded(sentence or N_("This invitation has just been used up."))


def judge(ctx: Context, invitation: Invitation) -> InvitationStage:
    """Return how an invitation stands now."""
    if invitation.revoked_at is not None:
        return InvitationStage.REVOKED
    if invitation.used >= invitation.uses:
        return InvitationStage.USED_UP
    return InvitationStage.WORKS if ctx.now < invitation.expires_at else InvitationStage.EXPIRED


def find(ctx: Context, link: str | None) -> Invitation | None:
    """Return the invitation of a link, whether or not it still works; None for one that is not known."""
    read = token_format.read(Kind.INVITE, link) if link else None
    found = invitations.find(ctx.db, read[0]) if read else None
    if read is None or found is None or not hmac.compare_digest(found.digest, read[1]):
        return None
    return found


def find_working(ctx: Context, link: str | None) -> Invitation | None:
    """Return the invitation of a link if it still works."""
    found = find(ctx, link)
    return found if found is not None and judge(ctx, found) is InvitationStage.WORKS else None


def find_problem(ctx: Context, link: str | None) -> Message | None:
    """Say why the invitation of a link does not work; None when it works."""
    found = find(ctx, link)
    return UNKNOWN_INVITATION if found is None else _REFUSED.get(judge(ctx, found))


def use(ctx: Context, link: str | None) -> Invitation | None:
    """Use an invitation once, for an account that is written in the same transaction; None where it does not work."""
    found = find(ctx, link)
    if found is None or not invitations.use(ctx.db, found.id, found.digest, ctx.now):
        return None
    return found


def record_use(ctx: Context, invitation: Invitation, user_id: str) -> None:
    """Record which account an invitation made."""
    audit.record(ctx, "invitation.used", user_id=user_id, invitation=str(invitation.id))


def require_invited(invitation: Invitation, email: Email) -> None:
    """Raise Invalid for an address that the invitation is not for."""
    if invitation.email_key is not None and invitation.email_key != email.key:
        raise Invalid(email=N_("The invitation is for another address. Use the one it was sent to."))
    if invitation.mail_domain is not None and not mail_domains.allows([invitation.mail_domain], email.key):
        sentence = N_("The invitation is for addresses of {domain} only.", domain=invitation.mail_domain)
        raise Invalid(email=sentence)


def require_domain(ctx: Context, key: str, *, field: str = "email") -> None:
    """Raise Invalid for an address whose domain an administrator does not allow; `key` is how it is compared."""
    rules = server_settings.find(ctx.db).mail_domains
    if not mail_domains.allows(rules, key):
        raise DomainNotAllowed(**{field: mail_domains.make_sentence(rules)})
