"""The words of our letters: who, what, what to do, and what if it was not you."""

from urllib.parse import urlencode

from oauth2system.i18n import N_
from oauth2system.services.delivery.smtp import Words
from oauth2system.settings import Settings


def confirm(settings: Settings, username: str, token: str) -> Words:
    """Ask a new mailbox whether it is theirs."""
    return Words(
        subject=N_("Confirm your e-mail address"),
        title=N_("Confirm your e-mail address"),
        paragraphs=(
            N_(
                "Somebody registered at {site} with this address, under the username {username}.",
                site=_site(settings),
                username=username,
            ),
            N_("If it was you, confirm that this mailbox is yours. The link works for 24 hours."),
        ),
        button=(N_("Confirm email"), _link(settings, "/account/email_confirm", token=token)),
        after=(N_("If it was not you, do nothing: without this step the account cannot be used for any site."),),
    )


def already_registered(settings: Settings, username: str) -> Words:
    """Tell the owner of an address that it was used again; the page said nothing of it (T086)."""
    return Words(
        subject=N_("You already have an account"),
        title=N_("You already have an account"),
        paragraphs=(
            N_(
                "Somebody used this address at {site}. It already belongs to your account, {username}.",
                site=_site(settings),
                username=username,
            ),
            N_("If it was you, sign in with that account. If you forgot the password, choose a new one."),
        ),
        button=(N_("Sign in"), _link(settings, "/login")),
        after=(
            N_("New password: {link}", link=_link(settings, "/account/password_reset")),
            N_("If it was not you, do nothing: your account is as it was."),
        ),
    )


def reset(settings: Settings, username: str, token: str) -> Words:
    """Let somebody who forgot the password choose a new one."""
    return Words(
        subject=N_("Choose a new password"),
        title=N_("Choose a new password"),
        paragraphs=(
            N_(
                "Somebody asked for a new password for your account {username} at {site}.",
                username=username,
                site=_site(settings),
            ),
            N_("The link works once, within the next 30 minutes."),
        ),
        button=(N_("Choose a new password"), _link(settings, "/account/password_reset", token=token)),
        after=(N_("If it was not you, do nothing: your password stays as it is."),),
    )


def email_change(settings: Settings, username: str, token: str) -> Words:
    """Ask a mailbox whether an account may move to it."""
    return Words(
        subject=N_("Confirm your new e-mail address"),
        title=N_("Confirm your new e-mail address"),
        paragraphs=(
            N_(
                "The account {username} at {site} is to use this address from now on.",
                username=username,
                site=_site(settings),
            ),
            N_("Open the link where you are signed in to that account. It works for 24 hours."),
        ),
        button=(N_("Confirm email"), _link(settings, "/account/email_confirm", token=token)),
        after=(N_("If this is not your account, do nothing: it keeps its old address."),),
    )


def email_change_asked(settings: Settings, username: str, new: str) -> Words:
    """Warn the old mailbox before anything has changed (T094)."""
    return Words(
        subject=N_("Your e-mail address is about to change"),
        title=N_("Your e-mail address is about to change"),
        paragraphs=(
            N_(
                "Somebody signed in to your account {username} at {site} asked to move it to {new}.",
                username=username,
                site=_site(settings),
                new=new,
            ),
            N_("Nothing has changed yet: the new address has to be confirmed first."),
        ),
        after=(N_("If it was not you, choose a new password now: {link}", link=_reset_link(settings)),),
    )


def email_changed(settings: Settings, username: str, new: str, token: str) -> Words:
    """Tell the old mailbox, and let it take the change back (T094)."""
    return Words(
        subject=N_("Your e-mail address has changed"),
        title=N_("Your e-mail address has changed"),
        paragraphs=(
            N_("Your account {username} at {site} now uses {new}.", username=username, site=_site(settings), new=new),
            N_("If it was not you, take it back within 7 days: your address returns, every browser is signed out, "
              "and you choose a new password."),
        ),
        button=(N_("Take it back"), _link(settings, "/account/email_confirm", token=token)),
        after=(N_("If it was you, there is nothing to do."),),
    )  # fmt: skip


def password_changed(settings: Settings, username: str, when: str) -> Words:
    """Tell the owner that the password is another one."""
    return Words(
        subject=N_("Your password has changed"),
        title=N_("Your password has changed"),
        paragraphs=(
            N_(
                "The password of your account {username} at {site} was changed on {when} (UTC).",
                username=username,
                site=_site(settings),
                when=when,
            ),
            N_("Every other browser was signed out."),
        ),
        after=(N_("If it was not you, choose a new password now: {link}", link=_reset_link(settings)),),
    )


def invitation(settings: Settings, token: str) -> Words:
    """Invite somebody to a site where only the invited may register."""
    return Words(
        subject=N_("You are invited to {site}", site=_site(settings)),
        title=N_("You are invited"),
        paragraphs=(
            N_("An administrator of {site} invites you to create an account with this address.", site=_site(settings)),
            N_("The invitation is good for 7 days."),
        ),
        button=(N_("Create account"), _link(settings, "/registration", invite=token)),
        after=(N_("If you did not expect this, do nothing."),),
    )


def access_ended(settings: Settings, username: str, app: str) -> Words:
    """Tell somebody that an app's access was ended because its token was used by two."""
    return Words(
        subject=N_("{app} was signed out of your account", app=app),
        title=N_("We signed {app} out of your account", app=app),
        paragraphs=(
            N_(
                "{app} showed us a key to your account {username} at {site} that had been used up before.",
                app=app,
                username=username,
                site=_site(settings),
            ),
            N_("Either {app} made a mistake, or somebody copied the key. So we ended its access.", app=app),
            N_("You can sign in there again. If it happens once more, ask the people who run it."),
        ),
        button=(N_("See your connections"), _link(settings, "/account/connections")),
    )


def _link(settings: Settings, path: str, **query: str) -> str:
    """Return a link below the configured origin, whatever a request called us (T091)."""
    return f"{settings.public_url}{path}" + (f"?{urlencode(query)}" if query else "")


def _reset_link(settings: Settings) -> str:
    return _link(settings, "/account/password_reset")


def _site(settings: Settings) -> str:
    return settings.public_host
