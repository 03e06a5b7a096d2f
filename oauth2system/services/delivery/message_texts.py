"""The words of our letters: who, what, what to do, and what if it was not you."""

from urllib.parse import urlencode

from oauth2system.i18n import _
from oauth2system.services.delivery.smtp import Words
from oauth2system.settings import Settings


def confirm(settings: Settings, username: str, token: str) -> Words:
    """Ask a new mailbox whether it is theirs."""
    return Words(
        subject=_("Confirm your e-mail address"),
        title=_("Confirm your e-mail address"),
        paragraphs=(
            _("Somebody registered at {site} with this address, under the username {username}.").format(
                site=_site(settings), username=username
            ),
            _("If it was you, confirm that this mailbox is yours. The link works for 24 hours."),
        ),
        button=(_("Confirm email"), _link(settings, "/account/email_confirm", token=token)),
        after=(_("If it was not you, do nothing: without this step the account cannot be used for any site."),),
    )


def already_registered(settings: Settings, username: str) -> Words:
    """Tell the owner of an address that it was used again; the page said nothing of it (T086)."""
    return Words(
        subject=_("You already have an account"),
        title=_("You already have an account"),
        paragraphs=(
            _("Somebody used this address at {site}. It already belongs to your account, {username}.").format(
                site=_site(settings), username=username
            ),
            _("If it was you, sign in with that account. If you forgot the password, choose a new one."),
        ),
        button=(_("Sign in"), _link(settings, "/login")),
        after=(
            _("New password: {link}").format(link=_link(settings, "/account/password_reset")),
            _("If it was not you, do nothing: your account is as it was."),
        ),
    )


def reset(settings: Settings, username: str, token: str) -> Words:
    """Let somebody who forgot the password choose a new one."""
    return Words(
        subject=_("Choose a new password"),
        title=_("Choose a new password"),
        paragraphs=(
            _("Somebody asked for a new password for your account {username} at {site}.").format(
                username=username, site=_site(settings)
            ),
            _("The link works once, within the next 30 minutes."),
        ),
        button=(_("Choose a new password"), _link(settings, "/account/password_reset", token=token)),
        after=(_("If it was not you, do nothing: your password stays as it is."),),
    )


def email_change(settings: Settings, username: str, token: str) -> Words:
    """Ask a mailbox whether an account may move to it."""
    return Words(
        subject=_("Confirm your new e-mail address"),
        title=_("Confirm your new e-mail address"),
        paragraphs=(
            _("The account {username} at {site} is to use this address from now on.").format(
                username=username, site=_site(settings)
            ),
            _("Open the link where you are signed in to that account. It works for 24 hours."),
        ),
        button=(_("Confirm email"), _link(settings, "/account/email_confirm", token=token)),
        after=(_("If this is not your account, do nothing: it keeps its old address."),),
    )


def email_change_asked(settings: Settings, username: str, new: str) -> Words:
    """Warn the old mailbox before anything has changed (T094)."""
    return Words(
        subject=_("Your e-mail address is about to change"),
        title=_("Your e-mail address is about to change"),
        paragraphs=(
            _("Somebody signed in to your account {username} at {site} asked to move it to {new}.").format(
                username=username, site=_site(settings), new=new
            ),
            _("Nothing has changed yet: the new address has to be confirmed first."),
        ),
        after=(_("If it was not you, choose a new password now: {link}").format(link=_reset_link(settings)),),
    )


def email_changed(settings: Settings, username: str, new: str, token: str) -> Words:
    """Tell the old mailbox, and let it take the change back (T094)."""
    return Words(
        subject=_("Your e-mail address has changed"),
        title=_("Your e-mail address has changed"),
        paragraphs=(
            _("Your account {username} at {site} now uses {new}.").format(
                username=username, site=_site(settings), new=new
            ),
            _("If it was not you, take it back within 7 days: your address returns, every browser is signed out, "
              "and you choose a new password."),
        ),
        button=(_("Take it back"), _link(settings, "/account/email_confirm", token=token)),
        after=(_("If it was you, there is nothing to do."),),
    )  # fmt: skip


def password_changed(settings: Settings, username: str, when: str) -> Words:
    """Tell the owner that the password is another one."""
    return Words(
        subject=_("Your password has changed"),
        title=_("Your password has changed"),
        paragraphs=(
            _("The password of your account {username} at {site} was changed on {when} (UTC).").format(
                username=username, site=_site(settings), when=when
            ),
            _("Every other browser was signed out."),
        ),
        after=(_("If it was not you, choose a new password now: {link}").format(link=_reset_link(settings)),),
    )


def invitation(settings: Settings, token: str) -> Words:
    """Invite somebody to a site where only the invited may register."""
    return Words(
        subject=_("You are invited to {site}").format(site=_site(settings)),
        title=_("You are invited"),
        paragraphs=(
            _("An administrator of {site} invites you to create an account with this address.").format(
                site=_site(settings)
            ),
            _("The invitation is good for 7 days."),
        ),
        button=(_("Create account"), _link(settings, "/registration", invite=token)),
        after=(_("If you did not expect this, do nothing."),),
    )


def access_ended(settings: Settings, username: str, app: str) -> Words:
    """Tell somebody that an app's access was ended because its token was used by two."""
    return Words(
        subject=_("{app} was signed out of your account").format(app=app),
        title=_("We signed {app} out of your account").format(app=app),
        paragraphs=(
            _("{app} showed us a key to your account {username} at {site} that had been used up before.").format(
                app=app, username=username, site=_site(settings)
            ),
            _("Either {app} made a mistake, or somebody copied the key. So we ended its access.").format(app=app),
            _("You can sign in there again. If it happens once more, ask the people who run it."),
        ),
        button=(_("See your connections"), _link(settings, "/account/connections")),
    )


def _link(settings: Settings, path: str, **query: str) -> str:
    """Return a link below the configured origin, whatever a request called us (T091)."""
    return f"{settings.public_url}{path}" + (f"?{urlencode(query)}" if query else "")


def _reset_link(settings: Settings) -> str:
    return _link(settings, "/account/password_reset")


def _site(settings: Settings) -> str:
    return settings.public_host
