"""Authorization requests that are refused once it is known where the answer may go (RFC 6749 §4.1.2.1)."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Entry, Reason

_REQUEST, _OBJECT, _TARGET = "invalid_request", "invalid_request_object", "invalid_target"
_SIMPLE = "docs/guides/simple-flow.md"
_ORDINARY = N_("This answers prompt=none: send the person through an ordinary sign-in.")
_CLAIMS = N_("Send claims as the JSON object of OpenID Connect Core, or leave it out.")
_CHALLENGE = N_("Send code_challenge, the base64url SHA-256 of the verifier, and the method S256.")
_KEYS = N_("Sign with a key whose public half is registered on the Protocol page, and name it by kid.")
_REGISTER = N_("Register jwks or jwks_uri under Protocol, Public keys.")
_ALLOWED = N_("Allow it under Protocol, Grants and scopes, or do not send it.")
_ONE_ID = N_("Send one client_id, the one on the app's page.")
_MODE = N_("Leave response_mode out, or send one that discovery lists and the app may use.")
_HINT = N_("Send an ID token that this server issued to this very app, or leave the hint out.")
_JKT = N_("Send the RFC 7638 thumbprint of the key that signs the proofs.")


class AuthorizationReason(Reason):
    """Why an authorization request was refused, at /oauth2/authorize or when it was pushed."""

    # What it asks for.
    STATE_REQUIRED = Entry(
        _REQUEST,
        "RFC 6749 §10.12",
        N_("This app asks for a state in every request."),
        N_("Send an unguessable state."),
    )
    SIMPLE_LINK_MIXED = Entry(
        _REQUEST,
        _SIMPLE,
        N_("The parameter response_type is missing."),
        N_("For the simple link, take {names} out. For a standard request, add response_type=code and redirect_uri."),
        owner=N_("With {names} this is a standard request, and response_type is missing."),
    )
    SIMPLE_LINK_WITHOUT_SCOPE = Entry(
        _REQUEST,
        _SIMPLE,
        N_("The parameter response_type is missing."),
        N_("For the simple link, add scope=identify+email. For a standard request, add response_type=code."),
        owner=N_("Without a scope this is a standard request, and response_type is missing."),
    )
    RESPONSE_TYPE_UNSUPPORTED = Entry(
        "unsupported_response_type",
        "RFC 6749 §4.1.2.1",
        N_("This response_type is not supported."),
        N_("Send response_type=code."),
    )
    RESPONSE_TYPE_NOT_ALLOWED = Entry(
        "unauthorized_client",
        "RFC 6749 §4.1.2.1",
        N_("This app may not use this response_type."),
        N_("Allow authorization_code under Protocol, Grants and scopes."),
    )
    RESPONSE_MODE_UNSUPPORTED = Entry(
        _REQUEST,
        "OAuth 2.0 Multiple Response Types §2.1",
        N_("This response_mode is not supported."),
        _MODE,
    )
    RESPONSE_MODE_UNSAFE = Entry(
        _REQUEST,
        "OAuth 2.0 Multiple Response Types §5",
        N_("This response_mode is not safe for this response_type."),
        _MODE,
    )
    FORM_POST_NEEDS_WEB = Entry(
        _REQUEST,
        "OAuth 2.0 Form Post Response Mode §2",
        N_("form_post needs a web address to post to."),
        N_("Leave response_mode out, or use a redirect URI that begins with https."),
    )
    SCOPE_UNKNOWN = Entry(
        "invalid_scope",
        "RFC 6749 §3.3",
        N_("The request asks for no scope known here."),
        N_("Ask for one of the scopes that the app may have."),
    )
    SCOPE_NOT_ALLOWED = Entry(
        "invalid_scope",
        "RFC 6749 §3.3",
        N_("This app may not ask for this scope."),
        N_("Allow the scope on the app's page, or do not send it."),
    )
    NONCE_REQUIRED = Entry(
        _REQUEST,
        "OIDC Core §3.2.2.1",
        N_("A nonce is required for this response_type."),
        N_("Send a fresh, unguessable nonce, and compare it with the one in the ID token."),
    )
    NONCE_TOO_LONG = Entry(
        _REQUEST,
        "OIDC Core §3.1.2.1",
        N_("The nonce is longer than {most} characters."),
        N_("Send a short random nonce."),
    )
    PROMPT_UNSUPPORTED = Entry(
        _REQUEST,
        "OIDC Core §3.1.2.1",
        N_("This prompt is not supported."),
        N_("Send a prompt that discovery lists, or none at all."),
    )
    PROMPT_NONE_NOT_ALONE = Entry(
        _REQUEST,
        "OIDC Core §3.1.2.1",
        N_("prompt=none cannot be combined with another prompt."),
        N_("Send none alone, and be ready for an error that asks for an ordinary sign-in."),
    )
    MAX_AGE_MALFORMED = Entry(
        _REQUEST,
        "OIDC Core §3.1.2.1",
        N_("max_age must be a number of seconds."),
        N_("Send max_age in digits alone."),
    )
    ACR_UNKNOWN = Entry(
        "unmet_authentication_requirements",
        "OpenID Connect Core Error Code unmet_authentication_requirements 1.0",
        N_("The acr asked for cannot be reached here."),
        N_("Ask for an acr that discovery lists, or make it voluntary."),
    )
    ACR_VALUES_TOO_LONG = Entry(
        _REQUEST,
        "OIDC Core §3.1.2.1",
        N_("acr_values is longer than {most} characters."),
        N_("Ask for an acr that discovery lists, or leave acr_values out."),
    )
    LOGIN_HINT_TOO_LONG = Entry(
        _REQUEST,
        "OIDC Core §3.1.2.1",
        N_("The login_hint is longer than {most} characters."),
        N_("Send the username or the email address alone as login_hint, or leave it out."),
    )
    RESOURCES_TOO_MANY = Entry(
        _TARGET,
        "RFC 8707 §2",
        N_("Too many resources."),
        N_("Ask for fewer resources in one sign-in."),
    )
    RESOURCE_UNKNOWN = Entry(
        _TARGET,
        "RFC 8707 §2",
        N_("This resource is not known here."),
        N_("Send a resource that the app may use, as an absolute URI without a fragment."),
    )
    JKT_MALFORMED = Entry(
        _REQUEST,
        "RFC 9449 §10",
        N_("dpop_jkt must be a base64url SHA-256 thumbprint."),
        _JKT,
    )
    # The claims parameter.
    CLAIMS_TOO_LONG = Entry(_REQUEST, "OIDC Core §5.5", N_("The claims parameter is too long."), _CLAIMS)
    CLAIMS_NOT_JSON = Entry(_REQUEST, "OIDC Core §5.5", N_("The claims parameter is not a JSON object."), _CLAIMS)
    CLAIMS_MEMBER_NOT_OBJECT = Entry(
        _REQUEST, "OIDC Core §5.5", N_("{name} in the claims parameter is not an object."), _CLAIMS
    )
    CLAIMS_SUB_NOT_TEXT = Entry(
        _REQUEST, "OIDC Core §5.5.1", N_("The value asked for in sub is not a string."), _CLAIMS
    )
    CLAIMS_ACR_NOT_LIST = Entry(
        _REQUEST, "OIDC Core §5.5.1.1", N_("The values asked for in acr are not a short list."), _CLAIMS
    )
    # PKCE.
    PKCE_REQUIRED = Entry(
        _REQUEST,
        "RFC 7636 §4.4.1",
        N_("PKCE is required: send code_challenge with code_challenge_method=S256."),
        N_("Switch PKCE on in your library, or off under Protocol, Requests."),
    )
    CHALLENGE_MISSING = Entry(
        _REQUEST, "RFC 7636 §4.3", N_("code_challenge_method came without a code_challenge."), _CHALLENGE
    )
    CHALLENGE_METHOD = Entry(_REQUEST, "RFC 7636 §4.4.1", N_("code_challenge_method must be S256."), _CHALLENGE)
    CHALLENGE_MALFORMED = Entry(
        _REQUEST,
        "RFC 7636 §4.2",
        N_("code_challenge must be 43 base64url characters without padding."),
        _CHALLENGE,
    )
    # How it comes.
    PUSH_REQUIRED = Entry(
        _REQUEST,
        "RFC 9126 §6",
        N_("This app must push its authorization requests (RFC 9126)."),
        N_("Send the request to /oauth2/par first, or switch PAR off under Protocol, Requests."),
    )
    SIGNATURE_REQUIRED = Entry(
        _REQUEST,
        "RFC 9101 §10.5",
        N_("This app must sign its authorization requests (RFC 9101)."),
        N_("Send the request as a signed JWT, or switch this off under Protocol, Requests."),
    )
    REQUEST_NOT_SUPPORTED = Entry(
        "request_not_supported",
        "OIDC Core §3.1.2.6",
        N_("Request objects are not supported here."),
        N_("Send the parameters themselves."),
    )
    REQUEST_URI_NOT_SUPPORTED = Entry(
        "request_uri_not_supported",
        "OIDC Core §3.1.2.6",
        N_("Request objects by reference are not supported."),
        N_("Push the request to /oauth2/par, or send it in `request`."),
    )
    REGISTRATION_NOT_SUPPORTED = Entry(
        "registration_not_supported",
        "OIDC Core §3.1.2.6",
        N_("The registration parameter is not supported."),
        N_("Register the app first, and leave the parameter out."),
    )
    PUSHED_BY_REFERENCE = Entry(
        _REQUEST,
        "RFC 9126 §2.1",
        N_("A pushed request cannot carry a request_uri."),
        N_("Push the parameters themselves, or a signed `request`."),
    )
    PUSHED_CLIENT_DIFFERS = Entry(
        _REQUEST, "RFC 9126 §2.1", N_("client_id differs from the app that authenticated."), _ONE_ID
    )
    PUSHED_JKT_DIFFERS = Entry(
        "invalid_dpop_proof", "RFC 9449 §10.1", N_("dpop_jkt names another key than the DPoP proof."), _JKT
    )
    REQUEST_OBJECT_REFUSED = Entry(
        _OBJECT,
        "RFC 9101 §6",
        N_("The request object was refused."),
        _KEYS,
        owner=N_("The request object was refused: {problem}"),
    )
    REQUEST_OBJECT_CLIENT_DIFFERS = Entry(
        _OBJECT, "RFC 9101 §5", N_("client_id differs inside and outside the request object."), _ONE_ID
    )
    REQUEST_KEYS_MISSING = Entry(_OBJECT, "RFC 9101 §6.2", N_("The app has no keys that could be read."), _REGISTER)
    REQUEST_KEYS_UNREADABLE = Entry(
        _OBJECT,
        "RFC 9101 §6.2",
        N_("The app's keys cannot be read."),
        N_("Paste the key set again under Protocol, Public keys."),
        owner=N_("The app's keys cannot be read: {problem}"),
    )
    HINT_REFUSED = Entry(
        _REQUEST,
        "OIDC Core §3.1.2.1",
        N_("The id_token_hint is not valid."),
        _HINT,
        owner=N_("The id_token_hint is not valid: {problem}"),
    )
    HINT_OF_ANOTHER_APP = Entry(
        _REQUEST, "OIDC Core §3.1.2.1", N_("The id_token_hint was issued to another app."), _HINT
    )
    # The person.
    SIGN_IN_NEEDED = Entry("login_required", "OIDC Core §3.1.2.6", N_("The person must sign in."), _ORDINARY)
    ACCOUNT_NOT_CHOSEN = Entry(
        "account_selection_required", "OIDC Core §3.1.2.6", N_("The person must choose an account."), _ORDINARY
    )
    CONSENT_NEEDED = Entry("consent_required", "OIDC Core §3.1.2.6", N_("The person must agree first."), _ORDINARY)
    EMAIL_NOT_CONFIRMED = Entry(
        "interaction_required", "OIDC Core §3.1.2.6", N_("The person must confirm an email address."), _ORDINARY
    )
    ANOTHER_ACCOUNT = Entry(
        "login_required",
        "OIDC Core §3.1.2.1",
        N_("Another account was expected."),
        N_("Let the person choose: leave out id_token_hint and the sub you ask for."),
    )
    ACR_NOT_REACHED = Entry(
        "unmet_authentication_requirements",
        "OIDC Core §5.5.1.1",
        N_("The sign-in does not reach the acr asked for."),
        N_("Ask for an acr that discovery lists, or make it voluntary."),
    )
    CONSENT_DENIED = Entry(
        "access_denied",
        "RFC 6749 §4.1.2.1",
        N_("The person did not agree."),
        N_("Nothing is wrong. Look for error before you read the answer, and offer another way or a new try."),
        owner=N_("A visitor pressed Cancel, and your address got error=access_denied."),
    )
