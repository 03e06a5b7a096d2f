"""What an app's owner can do about a refusal: by its sentence where that helps, by its code otherwise.

A refusal that brings a repair of its own keeps it. The sentences are those of the rules, compared by how
they begin; a test walks through every refusal in the rules and asks for its repair.
"""

from oauth2system.i18n import N_
from oauth2system.protocol.errors import OAuthError, Untrusted

_KEYS = N_("Sign with a key whose public half is registered on the Protocol page, and name it by kid.")
_CLOCK = N_("Compare the clock of your server with ours, and make the token right before you send it.")
_FRESH = N_("Make a fresh one for each request, with a new jti.")
_AGAIN = N_("Start a new sign-in. If this happens often, look whether your site sends the same request twice.")
_METHOD = N_("Send what is registered, or change the method under Protocol, How your app proves itself.")
_ALLOWED = N_("Allow it under Protocol, What it may ask for, or do not send it.")

SENTENCES: tuple[tuple[str, str], ...] = (
    # Client authentication.
    ("The app is registered for", _METHOD),
    ("The app is confidential", _METHOD),
    ("The FAPI 2.0 profile needs private_key_jwt", _METHOD),
    ("Use one way of client authentication", N_("Take the second one out: many libraries add a header by themselves.")),
    (
        "The client secret is wrong",
        N_("Copy the secret again, or make a new one on the app's page and retire the old."),
    ),
    ("The client secret is not one of", N_("Copy the secret again, or make a new one on the app's page.")),
    (
        "A secret opens nothing here",
        N_("Take the simple call out and exchange the code, or go back to a secret under Protocol."),
    ),
    ("The app is disabled", N_("Ask whoever runs this server.")),
    ("The app has no secret that can sign", N_("Make a new secret on the app's page: older ones cannot sign.")),
    ("The app has registered no keys", N_("Register jwks or jwks_uri under Protocol, Its public keys.")),
    ("The app has no keys", N_("Register jwks or jwks_uri under Protocol, Its public keys.")),
    ("The app's registered keys cannot be read", N_("Paste the key set again under Protocol, Its public keys.")),
    ("The app's keys cannot be read", N_("Paste the key set again under Protocol, Its public keys.")),
    ("The client assertion was used before", _FRESH),
    (
        "The client assertion has no sub",
        N_("Set iss and sub to the CLIENT ID; client_id in the form must be the same."),
    ),
    ("The client assertion was refused", _KEYS),
    ("client_id in the body differs", N_("Send one client_id, the one on the app's page.")),
    ("client_id differs", N_("Send one client_id, the one on the app's page.")),
    # Asking.
    ("PKCE is required", N_("Switch PKCE on in your library, or off under Protocol, How it asks.")),
    ("This app must push", N_("Send the request to /oauth2/par first, or switch PAR off under Protocol, How it asks.")),
    ("This app must sign", N_("Send the request as a signed JWT, or switch this off under Protocol, How it asks.")),
    ("The request object was refused", _KEYS),
    ("code_challenge", N_("Send code_challenge, the base64url SHA-256 of the verifier, and the method S256.")),
    ("The id_token_hint", N_("Send an ID token that this server issued to this very app, or leave the hint out.")),
    ("prompt=none", N_("Send none alone, and be ready for an error that asks for an ordinary sign-in.")),
    ("This response_type", N_("Send response_type=code.")),
    ("The person must", N_("This answers prompt=none: send the person through an ordinary sign-in.")),
    ("Another account was expected", N_("Let the person choose: leave out id_token_hint and the sub you ask for.")),
    ("The request_uri", N_("Push a fresh request for each sign-in, and open it within 90 seconds.")),
    # Codes and tokens.
    ("The code_verifier", N_("Send the verifier whose challenge began this very sign-in: keep it in the session.")),
    ("A code_verifier came", N_("Send code_challenge when the sign-in begins, or no verifier here.")),
    ("The code has expired", N_("Exchange the code at once: it lives for a minute.")),
    ("The code was used before", N_("Exchange each code once. A page that is loaded twice sends it twice.")),
    ("The code was issued to another app", N_("Look whether two apps share one redirect URI, and give each its own.")),
    ("The code is bound to another DPoP key", N_("Use one DPoP key from the beginning of a sign-in to its tokens.")),
    ("The code is unknown", _AGAIN),
    ("Another request used it", N_("Exchange each code once: two requests were sent at the same time.")),
    ("redirect_uri is not the one", N_("Send the very redirect_uri that began the sign-in.")),
    ("It was rotated before", N_("Keep the newest refresh token of each answer, and refresh in one place at a time.")),
    ("It was revoked or has expired", N_("Send the person through a new sign-in.")),
    ("The person took the access back", N_("Send the person through a new sign-in.")),
    ("The person revoked", N_("Send the person through a new sign-in.")),
    ("The refresh token is", N_("Send the person through a new sign-in, and bring the key a token is bound to.")),
    ("Its successor", N_("Send the person through a new sign-in.")),
    ("A refresh cannot widen", N_("Ask for less, or send the person through a new sign-in for more.")),
    ("None of these scopes", N_("Send the person through a new sign-in.")),
    ("This app may not use this grant_type", _ALLOWED),
    ("This app may not use the device flow", _ALLOWED),
    ("This app may not use this response_type", _ALLOWED),
    ("Only confidential apps", N_("Choose another method under Protocol, How your app proves itself.")),
    ("Public apps may not introspect", N_("Let a server of yours introspect: it needs an app with a secret or a key.")),
    ("The token was not issued to this app", N_("Revoke a token with the app it was issued to.")),
    ("Only access and refresh tokens", N_("Send the access or the refresh token; an ID token only expires.")),
    ("The value was read before", N_("Read it once and keep the answer, or allow re-reading on the app's page.")),
    ("The value has expired", N_("Ask within 120 seconds after the visitor came back.")),
    ("The value belongs to another app", N_("Look whether two apps share one redirect URI, and give each its own.")),
    ("The value is unknown", N_("Send the value as it came: neither cut, nor decoded twice.")),
    ("The person allows neither", N_("Ask for identify or email in the link.")),
    # DPoP.
    ("This app must send a DPoP proof", N_("Switch DPoP on in your library, or off under Protocol, What it gets.")),
    ("The DPoP proof was used before", _FRESH),
    ("There must be exactly one DPoP", N_("Send one DPoP header.")),
    ("The DPoP proof was refused", _CLOCK),
    ("The token is bound to", N_("Send the token as Authorization: DPoP, with a proof by the key it was issued to.")),
    ("The token is not bound", N_("Send this token as Authorization: Bearer, without a proof.")),
    ("dpop_jkt", N_("Send the RFC 7638 thumbprint of the key that signs the proofs.")),
    ("It is for another resource", N_("Ask for a token with the resource you send it to.")),
    # Devices.
    ("The device code", N_("Ask for a new device code and show the new user code.")),
    # Managing a registration.
    ("The registration access token", N_("Send the newest registration_access_token of this app, as Bearer.")),
    ("The link to sign out", N_("Send an ID token of this server as id_token_hint, and this app's client_id.")),
)

CODES = {
    "access_denied": N_("The person said no. Offer them another way, or to try again."),
    "invalid_client": _METHOD,
    "invalid_client_metadata": N_("Send the member as RFC 7591 has it; what cannot be offered here must be left out."),
    "invalid_dpop_proof": _FRESH,
    "invalid_grant": _AGAIN,
    "invalid_redirect_uri": N_("Send an https address without a fragment; http only for this machine."),
    "invalid_request": N_("Send the parameter once, and as the standard has it; the sentence above names it."),
    "invalid_request_object": _KEYS,
    "invalid_request_uri": N_("Push a fresh request for each sign-in."),
    "invalid_scope": _ALLOWED,
    "invalid_target": N_("Send a resource that was granted, as an absolute URI without a fragment."),
    "invalid_token": N_("Use a token that is still good, at the address it was issued for."),
    "insufficient_scope": N_("Ask for the scope when the person signs in."),
    "slow_down": N_("Raise the pause between polls by five seconds each time this is answered."),
    "unauthorized_client": _ALLOWED,
    "unmet_authentication_requirements": N_("Ask for an acr that discovery lists, or make it voluntary."),
    "unsupported_grant_type": N_("Send one of the grant types that discovery lists."),
    "unsupported_response_type": N_("Send response_type=code."),
    "request_not_supported": N_("Send the parameters themselves."),
    "request_uri_not_supported": N_("Push the request to /oauth2/par, or send it in `request`."),
    "registration_not_supported": N_("Register the app first, and leave the parameter out."),
}


def of(error: OAuthError | Untrusted) -> str:
    """Return what can be done about this refusal."""
    if error.repair:
        return error.repair
    for text in (error.detail, error.description):
        for beginning, repair in SENTENCES:
            if text.startswith(beginning):
                return repair
    return CODES.get(error.code, "")
