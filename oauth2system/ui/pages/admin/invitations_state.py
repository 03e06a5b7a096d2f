"""The state of the invitations page: links made, listed and revoked."""

from typing import Any

from oauth2system.errors import Invalid
from oauth2system.i18n import N_, _
from oauth2system.services.accounts.admission import InvitationStage
from oauth2system.services.admin import invitations as service
from oauth2system.services.admin.invitations import ListedInvitation
from oauth2system.ui import words
from oauth2system.ui.state import Visitor, Who, event


class InvitationsState(Visitor):
    """The newest invitations, and the link of one that was just made."""

    ready: bool = False
    invitations: list[dict[str, str]] = []
    link: str = ""
    # A new number empties the form.
    round: int = 0

    @event(Who.ADMIN)
    async def load(self) -> None:
        """Load the newest invitations."""
        self.link = ""
        self.invitations = [_row(one) for one in await self.call(service.list_all)]
        self.ready = True

    @event(Who.ADMIN)
    async def create(self, form: dict[str, Any]) -> None:
        """Make an invitation and show its link, this once."""
        self.link = ""
        made = await self.call(
            service.create,
            uses=_number(form, "uses"),
            days=_number(form, "days"),
            mail_domain=str(form.get("mail_domain", ""))[:300],
            email=str(form.get("email", ""))[:300],
        )
        self.clear_notice()
        self.link, self.round = made.link, self.round + 1
        self.invitations = [_row(made.invitation), *self.invitations]

    @event(Who.ADMIN)
    def close_link(self) -> None:
        """Forget the link that was shown."""
        self.link = ""

    @event(Who.ADMIN)
    async def revoke(self, invitation_id: str) -> None:
        """Revoke an invitation: its link does not work any more."""
        revoked = await self.call(service.revoke, invitation_id)
        self.invitations = [_row(revoked) if one["id"] == revoked.id else one for one in self.invitations]
        self.report(_("The invitation is revoked. Accounts that it made stay."))


def _number(form: dict[str, Any], name: str) -> int:
    text = str(form.get(name, "")).strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 9:  # noqa: PLR2004  (longer ones are no number of ours)
        raise Invalid(**{name: N_("Write a whole number.")})
    return int(text)


def _row(one: ListedInvitation) -> dict[str, str]:
    return {
        "id": one.id,
        "whom": one.email or (_("addresses of {domain}").format(domain=one.mail_domain) if one.mail_domain else ""),
        "used": _("{used} of {uses} used").format(used=one.used, uses=one.uses),
        "made": words.ago(one.created_at),
        "until": words.day(one.expires_at),
        "stage": "" if one.stage is InvitationStage.WORKS else one.stage.value,
    }
