"""The commands `invitation …`: links by which people may register."""

from oauth2system.cli.parser import Arguments
from oauth2system.cli.session import at_work
from oauth2system.cli.terminal import note, say, say_json, table
from oauth2system.i18n import _
from oauth2system.runtime.caller import SYSTEM
from oauth2system.services.accounts.admission import InvitationStage
from oauth2system.services.admin import invitations
from oauth2system.services.admin.invitations import ListedInvitation


def create(asked: Arguments) -> None:
    """Make an invitation and print its link, this once; with an address it is also mailed."""
    wanted = {"uses": asked.uses, "days": asked.days, "mail_domain": asked.mail_domain, "email": asked.email}
    with at_work() as runner:
        made = runner.now(SYSTEM, invitations.create, **wanted)
    if asked.json:
        say_json({"link": made.link, **_facts(made.invitation)})
        return
    say(made.link)
    note(_("The link is shown this once. Revoke it with: invitation revoke {id}").format(id=made.invitation.id))


def list_all(asked: Arguments) -> None:
    """List the newest invitations, newest first, also those that ended."""
    with at_work() as runner:
        found = runner.now(SYSTEM, invitations.list_all)
    if asked.json:
        say_json([_facts(one) for one in found])
        return
    heads = (_("ID"), _("USED"), _("FOR"), _("UNTIL"), _("STATE"))
    table(heads, ((one.id, f"{one.used}/{one.uses}", _whom(one), _day(one), _state(one)) for one in found))


def revoke(asked: Arguments) -> None:
    """Revoke an invitation that still works."""
    with at_work() as runner:
        revoked = runner.now(SYSTEM, invitations.revoke, asked.id)
    if asked.json:
        say_json(_facts(revoked))
    else:
        say(_("The invitation {id} is revoked.").format(id=revoked.id))


def _whom(one: ListedInvitation) -> str:
    return one.email or one.mail_domain or _("anybody")


def _day(one: ListedInvitation) -> str:
    return f"{one.expires_at:%Y-%m-%d}"


def _state(one: ListedInvitation) -> str:
    match one.stage:
        case InvitationStage.WORKS:
            return _("works")
        case InvitationStage.USED_UP:
            return _("used up")
        case InvitationStage.EXPIRED:
            return _("expired")
        case InvitationStage.REVOKED:
            return _("revoked")


def _facts(one: ListedInvitation) -> dict[str, object]:
    """Return an invitation as scripts read it."""
    return {
        "id": one.id,
        "state": one.stage,
        "uses": one.uses,
        "used": one.used,
        "email": one.email or None,
        "mail_domain": one.mail_domain or None,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
    }
