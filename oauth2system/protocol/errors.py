"""One class per wire code: what anyone may read of a refusal, and what only the app's owner reads.

A refusal carries a reason and its parameters; they become a sentence when somebody reads it.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

from oauth2system.errors import Refusal
from oauth2system.i18n import Message
from oauth2system.protocol.reasons.reason import Finding, Noted, Param, Params, Reason, as_message, repair_of

# RFC 6749 §5.2: error_description is %x20-21 / %x23-5B / %x5D-7E, so no quote, backslash or line end.
_NOT_ALLOWED = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]+")


def public_text(text: str) -> str:
    """Return the text with every character outside RFC 6749 §5.2 taken out."""
    # Nearly every text is fit to be sent, which is seen much faster than the expression would replace nothing in it.
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text.strip()
    return _NOT_ALLOWED.sub(" ", text.replace('"', "'")).strip()


class _Reasoned(Refusal):
    """A refusal with its reason; `sent` and `registered` are what the app's owner compares."""

    def __init__(self, reason: Reason, sent: str | None, registered: str | None, params: Params) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.registered = registered
        self.params = params
        self.noted: Noted | None = None  # once it is on the app's page
        self.public = reason.public  # what anyone may read; a service may choose a sentence that fits its reader better

    @property
    def values(self) -> Params:
        """Return everything that a sentence may name."""
        return {"sent": self.sent or "", "registered": self.registered or "", **self.params}

    @property
    def finding(self) -> Finding:
        """Return this refusal as a part of another, such as the fault inside a signed request."""
        return Finding(self.reason, tuple(self.params.items()))

    @property
    def message(self) -> Message:
        """Return the sentence that anyone may read, to be translated where it is shown."""
        return as_message(self.public, self.values)

    @property
    def description(self) -> str:
        """Return the sentence that anyone may read, as programs get it: in English (RFC 6749 §5.2)."""
        return public_text(self.message)

    @property
    def detail(self) -> Message:
        """Return the sentence for the app's owner."""
        return as_message(self.reason.sentence, self.values)

    @property
    def repair(self) -> Message:
        """Return what the app's owner can do."""
        return repair_of(self.reason, self.values)

    def __str__(self) -> str:
        return self.description


class OAuthError(_Reasoned):
    """An error that a client reads: it gets `code` and `description`; the rest is for the app's owner."""

    code: ClassVar[str] = "server_error"
    status: int = 400

    def __init__(
        self,
        reason: Reason,
        *,
        headers: Mapping[str, str] | None = None,
        sent: str | None = None,
        registered: str | None = None,
        **params: Param,
    ) -> None:
        """Refuse for this reason; `headers` go into the HTTP answer as they are."""
        super().__init__(reason, sent, registered, params)
        self.headers = headers

    def on_page(self) -> "Untrusted":
        """Return the same refusal as a page for the person; the app gets no answer."""
        return Untrusted(self.reason, sent=self.sent, registered=self.registered, **self.params)

    def to_dict(self) -> dict[str, str]:
        """Return the JSON error object of RFC 6749 §5.2."""
        return {"error": self.code, "error_description": self.description}


class Untrusted(_Reasoned):
    """An authorization request whose answer may go nowhere but to the person: RFC 6749 §4.1.2.1."""

    status: int = 400

    def __init__(
        self, reason: Reason, *, sent: str | None = None, registered: str | None = None, **params: Param
    ) -> None:
        """Refuse for this reason."""
        super().__init__(reason, sent, registered, params)

    @property
    def code(self) -> str:
        """Return the wire code, for the record."""
        return self.reason.error

    def to_app(self) -> "InvalidRequest":
        """Return the same refusal for an app that called us itself: it reads the owner's sentence (RFC 9126 §2.3)."""
        answer = InvalidRequest(self.reason, sent=self.sent, registered=self.registered)
        answer.params, answer.public = self.params, self.reason.sentence
        return answer


class InvalidRequest(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    code = "invalid_request"


class InvalidClient(OAuthError):
    """RFC 6749 §5.2; 401 whichever way the client authenticated."""

    code = "invalid_client"
    status = 401


class InvalidGrant(OAuthError):
    """RFC 6749 §5.2."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """RFC 6749 §5.2."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """RFC 6749 §4.1.2.1."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    code = "invalid_scope"


class AccessDenied(OAuthError):
    """RFC 6749 §4.1.2.1, RFC 8628 §3.5."""

    code = "access_denied"


class LoginRequired(OAuthError):
    """OIDC Core §3.1.2.6."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """OIDC Core §3.1.2.6."""

    code = "consent_required"


class InteractionRequired(OAuthError):
    """OIDC Core §3.1.2.6."""

    code = "interaction_required"


class AccountSelectionRequired(OAuthError):
    """OIDC Core §3.1.2.6."""

    code = "account_selection_required"


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0."""

    code = "unmet_authentication_requirements"


class RequestNotSupported(OAuthError):
    """OIDC Core §3.1.2.6."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """OIDC Core §3.1.2.6."""

    code = "request_uri_not_supported"


class RegistrationNotSupported(OAuthError):
    """OIDC Core §3.1.2.6."""

    code = "registration_not_supported"


class InvalidRequestObject(OAuthError):
    """RFC 9101 §7."""

    code = "invalid_request_object"


class InvalidRequestUri(OAuthError):
    """RFC 9101 §7, RFC 9126 §4."""

    code = "invalid_request_uri"


class InvalidTarget(OAuthError):
    """RFC 8707 §2."""

    code = "invalid_target"


class InvalidToken(OAuthError):
    """RFC 6750 §3.1."""

    code = "invalid_token"
    status = 401


class InsufficientScope(OAuthError):
    """RFC 6750 §3.1."""

    code = "insufficient_scope"
    status = 403


class InvalidDpopProof(OAuthError):
    """RFC 9449 §5, §7.1."""

    code = "invalid_dpop_proof"


class UseDpopNonce(OAuthError):
    """RFC 9449 §8, §9; the nonce itself travels in the DPoP-Nonce header."""

    code = "use_dpop_nonce"


class AuthorizationPending(OAuthError):
    """RFC 8628 §3.5."""

    code = "authorization_pending"


class SlowDown(OAuthError):
    """RFC 8628 §3.5."""

    code = "slow_down"


class ExpiredToken(OAuthError):
    """RFC 8628 §3.5."""

    code = "expired_token"


class UnsupportedTokenType(OAuthError):
    """RFC 7009 §2.2.1."""

    code = "unsupported_token_type"


class InvalidRedirectUri(OAuthError):
    """RFC 7591 §3.2.2; the parameter `member` names the metadata member at fault."""

    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthError):
    """RFC 7591 §3.2.2; the parameter `member` names the metadata member at fault."""

    code = "invalid_client_metadata"
