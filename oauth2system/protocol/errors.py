"""One class per wire code: what a stranger may read, and what only the app's owner reads."""

# ruff: noqa: N818  (a refusal is an answer, and its class is named after its wire code)

import re
from collections.abc import Mapping
from typing import ClassVar

from oauth2system.errors import Refusal

# RFC 6749 §5.2: error_description is %x20-21 / %x23-5B / %x5D-7E, so no quote, backslash or line end.
_NOT_ALLOWED = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]+")


def public_text(text: str) -> str:
    """Return the text with every character outside RFC 6749 §5.2 taken out."""
    return _NOT_ALLOWED.sub(" ", text.replace('"', "'")).strip()


class _Explained(Refusal):
    """A refusal that speaks twice: `description` to anyone, the rest to the app's owner."""

    def __init__(
        self,
        description: str = "",
        *,
        detail: str = "",
        sent: str | None = None,
        registered: str | None = None,
        repair: str = "",
    ) -> None:
        """Keep the two voices apart; `sent` and `registered` are what the owner compares."""
        super().__init__(description)
        self.description = public_text(description)
        self.detail = detail
        self.sent = sent
        self.registered = registered
        self.repair = repair


class OAuthError(_Explained):
    """An error a client reads: `code` and `description` travel, `detail` stays with the owner."""

    code: ClassVar[str] = "server_error"
    status: int = 400

    def __init__(  # noqa: PLR0913  (all by name)
        self,
        description: str = "",
        *,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        sent: str | None = None,
        registered: str | None = None,
        repair: str = "",
    ) -> None:
        """Describe this refusal; `headers` go into the HTTP answer as they are."""
        super().__init__(description, detail=detail, sent=sent, registered=registered, repair=repair)
        self.headers = headers

    def to_dict(self) -> dict[str, str]:
        """Return the JSON error object of RFC 6749 §5.2."""
        if not self.description:
            return {"error": self.code}
        return {"error": self.code, "error_description": self.description}


class Untrusted(_Explained):
    """An authorization request whose answer may go nowhere but to the person: RFC 6749 §4.1.2.1."""

    status: int = 400

    def __init__(  # noqa: PLR0913  (all by name)
        self,
        code: str,
        description: str,
        *,
        detail: str = "",
        sent: str | None = None,
        registered: str | None = None,
        repair: str = "",
    ) -> None:
        """Name the fault by its wire code and tell the person what happened."""
        super().__init__(description, detail=detail, sent=sent, registered=registered, repair=repair)
        self.code = code


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


class ServerError(OAuthError):
    """RFC 6749 §4.1.2.1: stands for the 500 that cannot be redirected."""

    code = "server_error"
    status = 500


class TemporarilyUnavailable(OAuthError):
    """RFC 6749 §4.1.2.1: stands for the 503 that cannot be redirected."""

    code = "temporarily_unavailable"
    status = 503


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
    """RFC 7591 §3.2.2; `member` is the metadata member at fault, and `sentence` what is wrong with it."""

    code = "invalid_redirect_uri"
    member: str = "redirect_uris"
    sentence: str = ""


class InvalidClientMetadata(OAuthError):
    """RFC 7591 §3.2.2; `member` is the metadata member at fault, and `sentence` what is wrong with it."""

    code = "invalid_client_metadata"
    member: str = ""
    sentence: str = ""


class InvalidSoftwareStatement(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_software_statement"


class InvalidAuthorizationDetails(OAuthError):
    """RFC 9396 §5."""

    code = "invalid_authorization_details"
