"""Codes, refresh tokens and device codes that are not exchanged for tokens (RFC 6749 §5.2)."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Entry, Reason

_REQUEST, _GRANT, _SCOPE, _TARGET = "invalid_request", "invalid_grant", "invalid_scope", "invalid_target"
_NO_CODE = N_("The code is unknown or has expired.")
_NO_REFRESH = N_("The refresh token is unknown or has ended.")
_SIGN_IN = N_("Send the person through a new sign-in.")
_ONE_EACH = N_("Look whether two apps share one redirect URI, and give each its own.")
_VERIFIER = N_("Send the verifier whose challenge began this very sign-in: keep it in the session.")
_ALLOWED = N_("Allow it under Protocol, Grants and scopes, or do not send it.")
_ASK_AGAIN = N_("Ask for a new device code and show the new user code.")
_GRANTED = N_("Send a resource that was granted, as an absolute URI without a fragment.")


class GrantReason(Reason):
    """Why a grant brought no tokens."""

    GRANT_UNSUPPORTED = Entry(
        "unsupported_grant_type",
        "RFC 6749 §5.2",
        N_("This grant_type is not supported."),
        N_("Send one of the grant types that discovery lists."),
    )
    GRANT_NOT_ALLOWED = Entry(
        "unauthorized_client", "RFC 6749 §5.2", N_("This app may not use this grant_type."), _ALLOWED
    )
    GRANT_NEEDS_CONFIDENTIAL = Entry(
        "unauthorized_client",
        "RFC 6749 §4.4",
        N_("Only confidential apps may use client_credentials."),
        N_("Choose another method under Protocol, Client authentication."),
    )
    # Codes.
    CODE_UNKNOWN = Entry(
        _GRANT,
        "RFC 6749 §4.1.3",
        _NO_CODE,
        N_("Start a new sign-in. If this happens often, look whether your site sends the same request twice."),
    )
    CODE_PLACEHOLDER = Entry(
        _GRANT,
        "RFC 6749 §4.1.2.1",
        _NO_CODE,
        N_(
            "The person may have pressed Cancel: your address then gets error=access_denied and no code. "
            "Look for error before you read code."
        ),
        owner=N_("Your app sent {word} in the place of a code."),
    )
    CODE_OF_ANOTHER_APP = Entry(
        _GRANT, "RFC 6749 §4.1.3", _NO_CODE, _ONE_EACH, owner=N_("The code was issued to another app.")
    )
    CODE_EXPIRED = Entry(
        _GRANT,
        "RFC 6749 §4.1.2",
        _NO_CODE,
        N_("Exchange the code at once: it lives for a minute."),
        owner=N_("The code has expired."),
    )
    CODE_USED = Entry(
        _GRANT,
        "RFC 6749 §4.1.2, OAuth 2.1 §7.5.2",
        _NO_CODE,
        N_("Exchange each code once. A page that is loaded twice sends it twice."),
        owner=N_("The code was used before."),
    )
    CODE_TAKEN = Entry(
        _GRANT,
        "RFC 6749 §4.1.2",
        _NO_CODE,
        N_("Exchange each code once: two requests were sent at the same time."),
        owner=N_("Another request used the code a moment ago."),
    )
    CODE_ACCESS_REVOKED = Entry(
        _GRANT,
        "RFC 6749 §4.1.3",
        _NO_CODE,
        _SIGN_IN,
        owner=N_("The person took the access back, or the account is disabled."),
    )
    REDIRECT_URI_DIFFERS = Entry(
        _GRANT,
        "RFC 6749 §4.1.3",
        N_("redirect_uri is not the one of the authorization request."),
        N_("Send the very redirect_uri that began the sign-in."),
    )
    VERIFIER_UNEXPECTED = Entry(
        _REQUEST,
        "RFC 9700 §4.8.2",
        N_("A code_verifier came, but the authorization request had no code_challenge."),
        N_("Send code_challenge when the sign-in begins, or no verifier here."),
    )
    VERIFIER_MISSING = Entry(_GRANT, "RFC 7636 §4.5", N_("The code_verifier is missing."), _VERIFIER)
    VERIFIER_WRONG = Entry(
        _GRANT, "RFC 7636 §4.6", N_("The code_verifier does not match the code_challenge."), _VERIFIER
    )
    CODE_BOUND = Entry(
        _GRANT,
        "RFC 9449 §10",
        N_("The code is bound to another DPoP key."),
        N_("Use one DPoP key from the beginning of a sign-in to its tokens."),
    )
    # Refresh tokens.
    REFRESH_UNKNOWN = Entry(_GRANT, "RFC 6749 §6", _NO_REFRESH, _SIGN_IN)
    REFRESH_PLACEHOLDER = Entry(
        _GRANT,
        "RFC 6749 §6",
        _NO_REFRESH,
        N_("Keep the refresh_token of each answer that has one. Without one, send the person through a new sign-in."),
        owner=N_("Your app sent {word} in the place of a refresh token."),
    )
    REFRESH_OF_ANOTHER_APP = Entry(
        _GRANT,
        "RFC 6749 §6",
        _NO_REFRESH,
        N_("Refresh with the app the token was issued to."),
        owner=N_("The refresh token was issued to another app."),
    )
    REFRESH_ENDED = Entry(
        _GRANT, "RFC 6749 §6", _NO_REFRESH, _SIGN_IN, owner=N_("The refresh token was revoked or has expired.")
    )
    REFRESH_REUSED = Entry(
        _GRANT,
        "RFC 9700 §4.14.2",
        _NO_REFRESH,
        N_("Keep the newest refresh token of each answer, and refresh in one place at a time."),
        owner=N_("The refresh token was rotated before, so all tokens of this sign-in were revoked."),
    )
    REFRESH_BOUND = Entry(
        _GRANT,
        "RFC 9449 §5",
        N_("The refresh token is bound to another DPoP key."),
        N_("Prove the key that the refresh token was issued to, or send the person through a new sign-in."),
    )
    SUCCESSOR_DIFFERS = Entry(
        _GRANT,
        "RFC 9700 §4.14.2",
        _NO_REFRESH,
        _SIGN_IN,
        owner=N_("The successor of this refresh token is bound to another key, or gone."),
    )
    SUCCESSOR_LOST = Entry(
        _GRANT,
        "RFC 9700 §4.14.2",
        _NO_REFRESH,
        _SIGN_IN,
        owner=N_("The successor of this refresh token was made with another SECRET_KEY."),
    )
    # What the tokens would be for.
    SCOPE_WIDENED = Entry(
        _SCOPE,
        "RFC 6749 §6",
        N_("A refresh cannot widen the scope."),
        N_("Ask for less, or send the person through a new sign-in for more."),
    )
    SCOPE_TAKEN_BACK = Entry(_SCOPE, "RFC 6749 §6", N_("None of these scopes is allowed any more."), _SIGN_IN)
    SCOPE_NOT_FOR_ITSELF = Entry(
        _SCOPE,
        "RFC 6749 §4.4.2",
        N_("This app may not ask for this scope for itself."),
        N_("Leave out openid and offline_access, and allow the rest under Protocol, Grants and scopes."),
    )
    RESOURCE_NOT_GRANTED = Entry(_TARGET, "RFC 8707 §2.2", N_("This resource was not granted."), _GRANTED)
    RESOURCE_TAKEN_BACK = Entry(_TARGET, "RFC 8707 §2.2", N_("None of these resources is allowed any more."), _SIGN_IN)
    RESOURCE_MALFORMED = Entry(
        _TARGET, "RFC 8707 §2", N_("A resource must be an absolute URI without a fragment."), _GRANTED
    )
    # Devices.
    DEVICE_NOT_ALLOWED = Entry(
        "unauthorized_client", "RFC 8628 §3.1", N_("This app may not use the device flow."), _ALLOWED
    )
    DEVICE_SCOPE = Entry(_SCOPE, "RFC 8628 §3.1", N_("The request asks for no scope this app may have."), _ALLOWED)
    DEVICE_CODE_UNKNOWN = Entry(_GRANT, "RFC 8628 §3.5", N_("The device code is unknown or was used."), _ASK_AGAIN)
    DEVICE_CODE_EXPIRED = Entry(
        "expired_token", "RFC 8628 §3.5", N_("The device code has expired; start again."), _ASK_AGAIN
    )
    DEVICE_DENIED = Entry(
        "access_denied",
        "RFC 8628 §3.5",
        N_("The person did not agree."),
        N_("The person said no. Offer them another way, or to try again."),
    )
    POLLED_TOO_FAST = Entry(
        "slow_down",
        "RFC 8628 §3.5",
        N_("Wait {seconds} seconds between polls from now on."),
        N_("Raise the pause between polls by five seconds each time this is answered."),
    )
    DEVICE_PENDING = Entry(
        "authorization_pending",
        "RFC 8628 §3.5",
        N_("The person has not decided yet."),
        N_("Poll again after the interval."),
    )
