"""Invitations, as administrators and commands make, list and revoke them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets, lifetimes, mail_domains, names, quotas
from oauth2system.policy.names import Email
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit, outbox, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.accounts import admission
from oauth2system.services.accounts.admission import InvitationStage
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import invitations
from oauth2system.storage.tables.invitations import Invitation


@dataclass(frozen=True, slots=True)
class ListedInvitation:
    """An invitation as it is shown. The link is not in it: it was shown once."""

    id: str
    stage: InvitationStage
    uses: int
    used: int
    email: str
    mail_domain: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A new invitation with its link, which is shown this once."""

    link: str = field(repr=False)
    invitation: ListedInvitation


@transacts
def create(ctx: Context, *, uses: int = 1, days: int = 7, mail_domain: str = "", email: str = "") -> NewInvitation:
    """Make a link by which so many people may register; raises NotPermitted and Invalid.

    It may be for the addresses of one domain, or for one address. Then it is also mailed to that address.
    """
    _require_operator(ctx)
    wanted, domain = _read_whom(ctx, email, mail_domain)
    _check_limits(ctx, uses, days, for_one=wanted is not None)
    if ctx.session is not None:
        rate_limits.spend(ctx, budgets.INVITATIONS, ctx.session.user_id)
    blank = Invitation(
        id=0,
        digest=b"",
        uses=uses,
        used=0,
        email_key=wanted.key if wanted else None,
        mail_domain=domain or None,
        created_at=ctx.now,
        expires_at=ctx.now + timedelta(days=days),
    )
    made, token = _mint(ctx, blank)
    if wanted is not None:
        rate_limits.spend(ctx, budgets.MAIL_TO, "invitation", wanted.key)
        about = {"to": wanted.address, "token": token, "until": str(to_ms(made.expires_at))}
        outbox.mail(ctx, "invitation", lives=lifetimes.INVITATION, **about)
    audit.record(ctx, "invitation.created", invitation=str(made.id), uses=uses, days=days, mail_domain=domain or None)
    return NewInvitation(f"{ctx.settings.public_url}/registration?invite={token}", _listed(ctx, made))


def _read_whom(ctx: Context, email: str, mail_domain: str) -> tuple[Email | None, str]:
    """Return the address and the domain that an invitation is for, both of which the server must allow."""
    wanted = names.read_email(email) if email.strip() else None
    domain = mail_domains.read_domain(mail_domain) if mail_domain.strip() else ""
    if wanted is not None:
        admission.require_domain(ctx, wanted.key)
    if domain:
        admission.require_domain(ctx, f"somebody@{domain.replace('*', 'any')}", field="mail_domain")
    return wanted, domain


def _check_limits(ctx: Context, uses: int, days: int, *, for_one: bool) -> None:
    if not 1 <= uses <= quotas.INVITATION_USES:
        raise Invalid(uses=N_("Use a number from 1 to {most}.", most=quotas.INVITATION_USES))
    if uses > 1 and for_one:
        raise Invalid(uses=N_("An invitation for one address makes one account."))
    if not 1 <= days <= quotas.INVITATION_DAYS:
        raise Invalid(days=N_("Use a number from 1 to {most}.", most=quotas.INVITATION_DAYS))
    if invitations.count_working(ctx.db, ctx.now) >= quotas.INVITATIONS_WORKING:
        most = quotas.INVITATIONS_WORKING
        raise Invalid(form=N_("There are {most} invitations that work already. Revoke some of them first.", most=most))


def _mint(ctx: Context, blank: Invitation) -> tuple[Invitation, str]:
    while True:
        row_id = ctx.new_id()
        token = token_format.mint(Kind.INVITE, row_id, ctx.random(token_format.RANDOM_BYTES))
        made = replace(blank, id=row_id, digest=token_format.digest(Kind.INVITE, token))
        if invitations.add(ctx.db, made):
            return made, token


@reads
def list_all(ctx: Context) -> tuple[ListedInvitation, ...]:
    """List the newest invitations, newest first, also those that ended."""
    _require_operator(ctx)
    return tuple(_listed(ctx, one) for one in invitations.newest(ctx.db, quotas.INVITATIONS_SHOWN))


@transacts
def revoke(ctx: Context, invitation_id: str) -> ListedInvitation:
    """Revoke an invitation that still works, and return it as it is now; raises NotFound for any other."""
    _require_operator(ctx)
    is_id = invitation_id.isascii() and invitation_id.isdecimal() and int(invitation_id) < 1 << 63
    revoked = invitations.revoke(ctx.db, int(invitation_id), ctx.now) if is_id else None
    if revoked is None:
        raise NotFound(N_("There is no invitation of this number that still works."))
    audit.record(ctx, "invitation.revoked", invitation=invitation_id)
    return _listed(ctx, revoked)


def _listed(ctx: Context, one: Invitation) -> ListedInvitation:
    return ListedInvitation(
        id=str(one.id),
        stage=admission.judge(ctx, one),
        uses=one.uses,
        used=one.used,
        email=one.email_key or "",
        mail_domain=one.mail_domain or "",
        created_at=one.created_at,
        expires_at=one.expires_at,
    )


def _require_operator(ctx: Context) -> None:
    if not ctx.system and not (ctx.session is not None and ctx.session.is_admin):
        raise NotPermitted(N_("Only an administrator may do this."))
