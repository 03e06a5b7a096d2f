"""What our mails say: what happened, what to do, and what to do if it was somebody else.

Every text has the same parts. `{site}` (our name and host) and `{new_password}` (the page for a new password) are
filled in all of them, the other placeholders by the code that writes the mail (messages.py).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from oauth2system.i18n import N_, Message
from oauth2system.services.delivery.smtp import SENDER, Words, new_password_address
from oauth2system.settings import Settings

Facts = dict[str, str | datetime]


@dataclass(frozen=True, slots=True)
class Text:
    """The text of one kind of mail. `button` is its words and the path of its link; `title` is the subject if unset."""

    subject: Message
    paragraphs: tuple[Message, ...]
    button: tuple[Message, str] | None = None
    after: tuple[Message, ...] = ()
    title: Message | None = None

    def fill(self, settings: Settings, **values: str | datetime) -> Words:
        """Return the words with all placeholders filled; KeyError names one that has no value.

        Links lead to the configured origin, whatever a request called us (T091).
        """
        facts: dict[str, str | datetime] = {
            "site": f"{SENDER} ({settings.public_host})",
            "new_password": new_password_address(settings),
            **values,
        }
        return Words(
            subject=_fill(self.subject, facts),
            title=_fill(self.title or self.subject, facts),
            paragraphs=tuple(_fill(paragraph, facts) for paragraph in self.paragraphs),
            button=None if self.button is None else (self.button[0], _link(settings, self.button[1], values)),
            after=tuple(_fill(line, facts) for line in self.after),
        )


def _fill(template: Message, facts: Facts) -> Message:
    return Message(template.template, **facts)


def _link(settings: Settings, path: str, values: Facts) -> str:
    return settings.public_url + path.format(**{name: quote(str(value), safe="") for name, value in values.items()})


# Asks a new mailbox whether it is theirs.
CONFIRM = Text(
    subject=N_("Confirm your email address"),
    paragraphs=(
        N_("Somebody registered at {site} with this address, under the username {username}."),
        N_("If it was you, confirm that this mailbox is yours. The link works for 24 hours."),
    ),
    button=(N_("Confirm email"), "/account/email_confirm?token={token}"),
    after=(N_("If it was not you, do nothing: without this step the account cannot be used for any site."),),
)

# The same, where somebody registers on the way to an app.
CONFIRM_FOR_APP = replace(
    CONFIRM, paragraphs=(CONFIRM.paragraphs[0], N_("It was to sign in to {app}."), CONFIRM.paragraphs[1])
)

# Goes to the owner of an address that was used again; the page said nothing of it (T086).
ALREADY_REGISTERED = Text(
    subject=N_("You already have an account"),
    paragraphs=(
        N_("Somebody used this address at {site}. It already belongs to your account, {username}."),
        N_("If it was you, sign in with that account. If you forgot the password, choose a new one."),
    ),
    button=(N_("Sign in"), "/login"),
    after=(
        N_("New password: {new_password}"),
        N_("If it was not you, do nothing: your account is as it was."),
    ),
)

# Lets somebody who forgot the password choose a new one.
RESET = Text(
    subject=N_("Choose a new password"),
    paragraphs=(
        N_("Somebody asked for a new password for your account {username} at {site}."),
        N_("The link works once, within the next 30 minutes."),
    ),
    button=(N_("Choose a new password"), "/account/password_reset?token={token}"),
    after=(N_("If it was not you, do nothing: your password stays as it is."),),
)

# Asks a mailbox whether an account may use it.
EMAIL_CHANGE = Text(
    subject=N_("Confirm your new email address"),
    paragraphs=(
        N_("The account {username} at {site} is to use this address from now on."),
        N_("Open the link where you are signed in to that account. It works for 24 hours."),
    ),
    button=(N_("Confirm email"), "/account/email_confirm?token={token}"),
    after=(N_("If this is not your account, do nothing: it keeps its old address."),),
)

# Warns the old mailbox before anything has changed (T094).
EMAIL_CHANGE_ASKED = Text(
    subject=N_("Your email address is about to change"),
    paragraphs=(
        N_("Somebody signed in to your account {username} at {site} asked to change its address to {new}."),
        N_("Nothing has changed yet: the new address has to be confirmed first."),
    ),
    after=(N_("If it was not you, choose a new password now: {new_password}"),),
)

# Reports the change to the old mailbox, which can undo it (T094).
EMAIL_CHANGED = Text(
    subject=N_("Your email address has changed"),
    paragraphs=(
        N_("Your account {username} at {site} now uses {new}."),
        N_("If it was not you, take it back within 7 days: your address returns, every browser is signed out, "
          "and you choose a new password."),
    ),
    button=(N_("Take it back"), "/account/email_confirm?token={token}"),
    after=(N_("If it was you, there is nothing to do."),),
)  # fmt: skip

# Reports to the owner that the account has another username.
USERNAME_CHANGED = Text(
    subject=N_("Your username has changed"),
    paragraphs=(
        N_("Your account {old} at {site} is now called {username}. Sign in with that name, or with this address."),
        N_("Nobody else gets the old name for a year, and you may take it back."),
    ),
    button=(N_("See your profile"), "/account"),
    after=(N_("If it was not you, choose a new password now: {new_password}"),),
)

# Asks the owner about a sign-in from a browser that was not known.
NEW_SIGN_IN = Text(
    subject=N_("A new sign-in to your account"),
    paragraphs=(
        N_("Somebody signed in to your account {username} at {site} on {when} (UTC) in a browser that was not known."),
        N_("It was {browser}, at {place}."),
        N_("If it was you, there is nothing to do."),
    ),
    button=(N_("This was not me"), "/account/new_sign_in?token={token}"),
    after=(N_("The page behind the button ends that sign-in. The link works once, within 7 days."),),
)

# Reports to the owner that the password is another one.
PASSWORD_CHANGED = Text(
    subject=N_("Your password has changed"),
    paragraphs=(
        N_("The password of your account {username} at {site} was changed on {when} (UTC)."),
        N_("Every other browser was signed out."),
    ),
    after=(N_("If it was not you, choose a new password now: {new_password}"),),
)

# Reports to the owner that a passkey can sign in to the account from now on.
PASSKEY_ADDED = Text(
    subject=N_("A passkey was added to your account"),
    paragraphs=(
        N_("A passkey was added to your account {username} at {site} on {when} (UTC). It can be used to sign in."),
    ),
    after=(
        N_("If it was not you, remove it on the Security page, and choose a new password: {new_password}"),
    ),
)  # fmt: skip

# Reports to the owner that a passkey is gone.
PASSKEY_REMOVED = Text(
    subject=N_("A passkey was removed from your account"),
    paragraphs=(N_("A passkey of your account {username} at {site} was removed on {when} (UTC)."),),
    after=(N_("If it was not you, choose a new password now: {new_password}"),),
)

# Reports to the owner that somebody else has a copy of a passkey (Web Authentication Level 3 §6.1.1).
PASSKEY_COPIED = Text(
    subject=N_("A passkey of your account may have been copied"),
    paragraphs=(
        N_("A passkey of your account {username} at {site} was used on {when} (UTC), but its counter shows that "
          "a copy of it was used before."),
        N_("We do not accept this passkey any more. Sign in another way, remove it on the Security page, and add "
          "a new one."),
    ),
    button=(N_("Open the Security page"), "/account/security"),
)  # fmt: skip

# Invites somebody to a site where only the invited may register.
INVITATION = Text(
    subject=N_("You are invited to {site}"),
    title=N_("You are invited"),
    paragraphs=(
        N_("An administrator of {site} invites you to create an account with this address."),
        N_("It works once, until {until} (UTC)."),
    ),
    button=(N_("Create account"), "/registration?invite={token}"),
    after=(N_("If you did not expect this, do nothing."),),
)

# The same, ordered by a version that did not say until when it works.
INVITATION_OF_BEFORE = replace(INVITATION, paragraphs=INVITATION.paragraphs[:1])

# Reports that an app's access was ended because its token was used twice.
ACCESS_ENDED = Text(
    subject=N_("{app} was signed out of your account"),
    title=N_("We signed {app} out of your account"),
    paragraphs=(
        N_("{app} showed us a key to your account {username} at {site} that had been used up before."),
        N_("Either {app} made a mistake, or somebody copied the key. So we ended its access."),
        N_("You can sign in there again. If it happens once more, ask the people who run it."),
    ),
    button=(N_("See your connections"), "/account/connections"),
)

# Reminds an app's owner of client secrets that expire soon.
SECRET_EXPIRES = Text(
    subject=N_("Client secrets of {app} expire soon"),
    paragraphs=(
        N_("Client secrets of your app {app} at {site} expire, the first one on {when} (UTC). They end in: {secrets}."),
        N_("From then on they are not accepted. Make a new secret on the app's page, and put it into your site."),
    ),
    button=(N_("Open the app's page"), "/apps/{client_id}/secrets"),
)

# Reports to an app's owner that a domain does not count as theirs any more.
DOMAIN_WITHDRAWN = Text(
    subject=N_("{domain} is no longer proved for {app}"),
    paragraphs=(
        N_("{site} has looked twice for the proof that you control {domain}, and it was not there."),
        N_("So people who sign in to {app} now read that nobody has checked who runs this domain."),
        N_("Put the record or the file back, then check the domain on the page of the app."),
    ),
    button=(N_("Open the app's page"), "/apps/{client_id}/consent"),
)

# Reports to the owner that the second factors of the account have changed, by what has changed.
AUTHENTICATOR_ADDED = Text(
    subject=N_("An authenticator app was set up"),
    paragraphs=(
        N_("An authenticator app was set up for your account {username} at {site} on {when} (UTC)."),
        N_("From now on a sign-in asks for a code of this app."),
    ),
    after=(N_("If it was not you, choose a new password now: {new_password}"),),
)
AUTHENTICATOR_REPLACED = replace(
    AUTHENTICATOR_ADDED,
    subject=N_("Your authenticator app was replaced"),
    paragraphs=(
        N_("Another authenticator app was set up for your account {username} at {site} on {when} (UTC)."),
        N_("Codes of the old one are not accepted any more."),
    ),
)
AUTHENTICATOR_REMOVED = replace(
    AUTHENTICATOR_ADDED,
    subject=N_("Your authenticator app was removed"),
    paragraphs=(
        N_("The authenticator app of your account {username} at {site} was removed on {when} (UTC)."),
        N_("A sign-in does not ask for its codes any more."),
    ),
)
RECOVERY_CODES_MADE = replace(
    AUTHENTICATOR_ADDED,
    subject=N_("You have new recovery codes"),
    paragraphs=(
        N_("New recovery codes were made for your account {username} at {site} on {when} (UTC)."),
        N_("The old ones are not accepted any more."),
    ),
)
RECOVERY_CODE_USED = replace(
    AUTHENTICATOR_ADDED,
    subject=N_("A recovery code was used"),
    paragraphs=(
        N_("Somebody signed in to your account {username} at {site} with a recovery code on {when} (UTC)."),
        N_("Each code works once. Make new ones before the last one is used."),
    ),
)
FACTORS_REMOVED = replace(
    AUTHENTICATOR_ADDED,
    subject=N_("Your second factors were removed"),
    paragraphs=(
        N_("The operator of {site} removed all second factors of your account {username} on {when} (UTC)."),
        N_("A sign-in asks for your password alone now. Set up a second factor again on the security page."),
    ),
)
