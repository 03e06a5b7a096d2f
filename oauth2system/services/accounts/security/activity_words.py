"""Each event of the audit log that a person can see about their account, as a sentence."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from oauth2system.i18n import N_, Message


class LogPart(StrEnum):
    """The parts of the log that can be looked at alone."""

    SIGN_INS = "sign_ins"
    CHANGES = "changes"
    APPS = "apps"


class Described(NamedTuple):
    """The sentence of an event, which may name an app; another one where there is no app."""

    part: LogPart
    sentence: Message
    without_app: Message | None = None


# Stands in a sentence until `describe` puts the app's name there.
_SOME_APP = N_("An app")
_SIGN_INS = {
    "session.started": N_("A sign-in"),
    "session.ended": N_("A sign-out, or a session was ended"),
    "session.ended_everywhere": N_("All sessions were ended"),
    "session.disowned": N_("You answered: this was not me"),
    "login.failed": N_("A sign-in with a wrong password"),
    "factor.failed": N_("A sign-in with the right password and a wrong code"),
    "factor.recovery_code_used": N_("A recovery code was used"),
    "factor.trust_ended": N_("A trusted browser was forgotten, or all of them"),
    "passkey.copied": N_("A passkey was refused: its counter shows that a copy of it was used"),
}
_CHANGES = {
    "account.registered": N_("The account was registered"),
    "account.created": N_("The account was created"),
    "account.first_admin": N_("You became the administrator of this server"),
    "account.corrected": N_("The email was corrected before it was confirmed"),
    "account.renamed": N_("The display name was changed"),
    "account.username_changed": N_("The username was changed"),
    "account.picture_changed": N_("The picture was changed"),
    "account.picture_removed": N_("The picture was removed"),
    "account.link_sent": N_("A link to sign in was mailed"),
    "account.disabled": N_("The account was disabled"),
    "account.enabled": N_("The account was enabled"),
    "account.exported": N_("All data was downloaded"),
    "account.deletion_asked": N_("The account was to be deleted"),
    "account.kept": N_("The account was kept"),
    "terms.accepted": N_("The terms were accepted"),
    "invitation.used": N_("An invitation was used"),
    "password.changed": N_("The password was changed"),
    "password.reset": N_("The password was changed by a link in a mail"),
    "email.confirmed": N_("The email was confirmed"),
    "email.move_asked": N_("A new email was entered"),
    "email.moved": N_("The email was changed"),
    "email.move_undone": N_("A change of the email was undone"),
    "factor.authenticator_added": N_("An authenticator app was set up"),
    "factor.authenticator_replaced": N_("The authenticator app was replaced"),
    "factor.authenticator_removed": N_("The authenticator app was removed"),
    "factor.recovery_codes_made": N_("New recovery codes were made"),
    "factor.removed_by_operator": N_("All second factors were removed"),
    "passkey.added": N_("A passkey was added"),
    "passkey.removed": N_("A passkey was removed"),
}
_APPS = {
    "consent.given": N_("{app} was allowed to use the account", app=_SOME_APP),
    "consent.narrowed": N_("{app} lost a permission", app=_SOME_APP),
    "consent.restored": N_("{app} got its access back", app=_SOME_APP),
    "device.allowed": N_("A device was connected to {app}", app=_SOME_APP),
    "device.denied": N_("A device was not connected to {app}", app=_SOME_APP),
    "code.replayed": N_("A sign-in to {app} was used twice, so its access was ended", app=_SOME_APP),
    "refresh_token.reused": N_("A token of {app} was used twice, so its access was ended", app=_SOME_APP),
    "app.created": N_("{app} was created", app=_SOME_APP),
    "app.changed": N_("{app} was changed", app=_SOME_APP),
    "app.deleted": N_("{app} was deleted", app=_SOME_APP),
    "domain.proved": N_("A domain of {app} was proved", app=_SOME_APP),
    "domain.withdrawn": N_("A domain of {app} is not proved any more", app=_SOME_APP),
    "playground.started": N_("The playground of {app} was used", app=_SOME_APP),
    "app.tokens_revoked": N_("All tokens of {app} were revoked", app=_SOME_APP),
    "secret.created": N_("{app} got a new secret", app=_SOME_APP),
    "secret.retired": N_("A secret of {app} was retired", app=_SOME_APP),
}

WORDS: Mapping[str, Described] = MappingProxyType(
    {event: Described(LogPart.SIGN_INS, sentence) for event, sentence in _SIGN_INS.items()}
    | {event: Described(LogPart.CHANGES, sentence) for event, sentence in _CHANGES.items()}
    | {event: Described(LogPart.APPS, sentence) for event, sentence in _APPS.items()}
    | {
        "consent.revoked": Described(
            LogPart.APPS, N_("{app} lost its access", app=_SOME_APP), N_("All sites lost their access")
        ),
        "registration_token.created": Described(LogPart.APPS, N_("A token to register apps was made")),
    }
)

# Events with the person's id that are not shown, each with its reason.
NOT_SHOWN: Mapping[str, str] = MappingProxyType(
    {
        "mail.sent": "what the mail is about is an event of its own",
        "tokens.revoked": "part of a change that is shown",
        "app.logo_fetched": "the server did it by itself",
        "account.replaced": "the account is gone",
        "test_person.added": "it is about a test person, who has no pages",
        "test_person.removed": "it is about a test person, who has no pages",
    }
)


def list_events(part: str) -> tuple[str, ...]:
    """Return the events of a part of the log; those of all parts for any other word."""
    found = tuple(event for event, words in WORDS.items() if words.part == part)
    return found or tuple(WORDS)


def describe(event: str, app: Message | str | None) -> Message:
    """Return the sentence of an event that is shown."""
    words = WORDS[event]
    if app is None:
        return words.without_app or words.sentence
    return Message(words.sentence.template, app=app)
