"""Every error code a client can meet, in one sentence each: what happened, or what to do."""

from types import MappingProxyType

from oauth2system.i18n import N_

CODES = MappingProxyType(
    {
        "invalid_request": N_("A parameter is missing, malformed, or came twice."),
        "invalid_client": N_("The app is unknown, its credentials are wrong, or it used another method than its own."),
        "invalid_grant": N_("The code or token is unknown, used, expired, revoked, or belongs to another app."),
        "unauthorized_client": N_("This app is not registered for what it tried."),
        "unsupported_grant_type": N_("There is no such grant here."),
        "unsupported_response_type": N_("There is no such response type here."),
        "invalid_scope": N_("The scope is malformed, or more than the app may ask for."),
        "invalid_target": N_("The resource is malformed, unknown, or not allowed."),
        "access_denied": N_("The person did not agree, or may not."),
        "server_error": N_("Something broke here; the description names an id to ask about."),
        "temporarily_unavailable": N_("Too busy right now; nothing was changed. Try again after a moment."),
        "login_required": N_("Nobody suitable is signed in, and prompt=none forbids asking."),
        "consent_required": N_("The person has not agreed yet, and prompt=none forbids asking."),
        "interaction_required": N_("A page would have to be shown, and prompt=none forbids that."),
        "account_selection_required": N_("The person would have to choose an account, and prompt=none forbids asking."),
        "unmet_authentication_requirements": N_("The essential acr cannot be reached here."),
        "request_uri_not_supported": N_("Request objects by reference are not offered; push the request instead."),
        "registration_not_supported": N_("The registration parameter is not offered."),
        "invalid_request_object": N_("The signed request is not right: signature, issuer, audience, time or content."),
        "invalid_token": N_("The token is unknown, expired, revoked, or sent in the wrong way."),
        "insufficient_scope": N_("The token does not carry a scope that this needs."),
        "invalid_dpop_proof": N_("The DPoP proof is missing, malformed, old, or of another request."),
        "use_dpop_nonce": N_("Make the proof again, with the nonce from the DPoP-Nonce header."),
        "authorization_pending": N_("The person has not decided yet; ask again after the interval."),
        "slow_down": N_("Asked too soon; add five seconds to the interval from now on."),
        "expired_token": N_("The device code has expired; start again."),
        "unsupported_token_type": N_("A token of this kind cannot be revoked."),
        "invalid_redirect_uri": N_("A redirect URI cannot be registered; the description says why."),
        "invalid_client_metadata": N_("A member of the metadata is wrong or contradicts another."),
        "not_found": N_("There is nothing at this address."),
    }
)
