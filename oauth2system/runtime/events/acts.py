"""What an app's owner can see apart from refusals: what worked, and what visitors did.

A member's name is kept in records, as the name of a reason is (protocol/reasons); its sentence may be reworded.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from oauth2system.i18n import N_, Message


class LogOutcome(StrEnum):
    """How an event ended: as the app wished, with a refusal, or by what a visitor did."""

    DONE = "done"
    REFUSED = "refused"
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """The endpoint where it happens, how it ended, and what the owner reads."""

    stage: str
    outcome: LogOutcome
    sentence: Message


_DONE, _VISITOR = LogOutcome.DONE, LogOutcome.VISITOR
_LEFT_OUT = N_("A visitor left out something that your app calls optional.")


class Act(Enum):
    """Something that happened to an app and was not refused."""

    _value_: _Kind
    __hash__ = object.__hash__  # an enum's own is a Python function, and this is hashed at every request

    SIGN_IN_SHOWN = _Kind("authorize", _VISITOR, N_("A visitor was asked to sign in."))
    SIGNED_IN = _Kind("authorize", _VISITOR, N_("A visitor signed in."))
    CONFIRMATION_SHOWN = _Kind("authorize", _VISITOR, N_("A visitor was asked to confirm their email address."))
    CONSENT_SHOWN = _Kind("authorize", _VISITOR, N_("A visitor was asked whether your app may see their data."))
    APPROVED = _Kind("authorize", _VISITOR, N_("A visitor allowed your app to see their data."))
    LEFT_OUT = _Kind("authorize", _VISITOR, _LEFT_OUT)
    GAVE_UP = _Kind("authorize", _VISITOR, N_("A visitor began to sign in and left without an answer."))
    ANSWERED = _Kind("authorize", _DONE, N_("A visitor was sent back to your app with a code."))
    REQUEST_PUSHED = _Kind("par", _DONE, N_("Your app pushed an authorization request."))
    CODE_EXCHANGED = _Kind("token", _DONE, N_("Your app exchanged a code for tokens."))
    TOKEN_REFRESHED = _Kind("token", _DONE, N_("Your app got new tokens with a refresh token."))
    CLIENT_TOKEN_ISSUED = _Kind("token", _DONE, N_("Your app got an access token for itself."))
    DEVICE_EXCHANGED = _Kind("token", _DONE, N_("A device got its tokens."))
    USER_READ = _Kind("api/user", _DONE, N_("Your app fetched a user."))
    USERINFO_READ = _Kind("userinfo", _DONE, N_("Your app fetched a user at the userinfo endpoint."))
    TOKEN_INTROSPECTED = _Kind("introspect", _DONE, N_("Your app asked about a token."))
    TOKEN_REVOKED = _Kind("revoke", _DONE, N_("Your app revoked a token."))
    DEVICE_BEGUN = _Kind("device_authorization", _DONE, N_("A device got its two codes."))
    DEVICE_APPROVED = _Kind("device_authorization", _VISITOR, N_("A visitor allowed a device."))
    DEVICE_LEFT_OUT = _Kind("device_authorization", _VISITOR, _LEFT_OUT)
    DEVICE_REFUSED = _Kind("device_authorization", _VISITOR, N_("A visitor refused a device."))
    SIGNED_OUT = _Kind("end_session", _DONE, N_("Your app signed a visitor out."))
    LOGOUT_DELIVERED = _Kind("backchannel_logout", _DONE, N_("Your server accepted a logout notice."))

    @property
    def stage(self) -> str:
        """Return the endpoint where it happens."""
        return self._value_.stage

    @property
    def outcome(self) -> LogOutcome:
        """Return how it ended."""
        return self._value_.outcome

    @property
    def sentence(self) -> Message:
        """Return what the app's owner reads."""
        return self._value_.sentence
