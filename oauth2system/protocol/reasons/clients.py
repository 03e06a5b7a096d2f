"""Clients that could not prove who they are, or that may not do what they asked (RFC 6749 §2.3)."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Entry, Reason

_CLIENT, _TOKEN = "invalid_client", "invalid_token"
# One text for an unknown client, a wrong secret and a wrong method: the answer never says which (RFC 6749 §5.2, T034).
_FAILED = N_("Client authentication failed.")
_WRONG_CLIENT = N_("The client id or the client secret is wrong.")
_NOT_BASIC = N_("The Authorization header is not valid Basic.")
_METHOD = N_("Send what is registered, or change the method under Protocol, Client authentication.")
_KEYS = N_("Sign with a key whose public half is registered on the Protocol page, and name it by kid.")
_REGISTER = N_("Register jwks or jwks_uri under Protocol, Public keys.")
_PASTE = N_("Paste the key set again under Protocol, Public keys.")
_ONE_ID = N_("Send one client_id, the one on the app's page.")
_ASK = N_("Ask the administrator of this server.")
_ENCODE = N_("Form-urlencode client id and secret, join them by a colon, and encode that as base64.")
_NO_SECRET = N_("{word} was sent in the place of the client secret.")
_EMPTY_SETTING = N_("Fill in the secret. If your program reads it from a setting, that setting is empty or missing.")
_SECRET_EXPIRED = N_("The client secret that ends in {hint} has expired.")
_RENEW = N_("Make a new secret on the app's page, and put it into your site.")
_SIMPLE = "docs/guides/simple-flow.md"


class ClientReason(Reason):
    """Why a client was not believed to be who it says."""

    # How the credentials came.
    TWO_METHODS = Entry(
        "invalid_request",
        "RFC 6749 §2.3",
        N_("Use one way of client authentication, not several."),
        N_("Take the second one out: many libraries add a header by themselves."),
    )
    NO_CREDENTIALS = Entry(
        _CLIENT,
        "RFC 6749 §2.3, §3.2.1",
        _FAILED,
        _METHOD,
        owner=N_("No client_id and no other credentials came."),
    )
    BASIC_UNREADABLE = Entry(
        _CLIENT, "RFC 6749 §2.3.1", _FAILED, _ENCODE, owner=N_("The Authorization header cannot be read.")
    )
    CLIENT_ID_DIFFERS = Entry(
        _CLIENT,
        "RFC 6749 §2.3.1",
        _FAILED,
        _ONE_ID,
        owner=N_("client_id in the body differs from the one in the Authorization header."),
    )
    CLIENT_ID_EMPTY = Entry(
        _CLIENT,
        "RFC 6749 §2.3.1",
        _FAILED,
        _ONE_ID,
        owner=N_("The client id in the Authorization header is empty."),
    )
    # Who it is.
    UNKNOWN_CLIENT = Entry(_CLIENT, "RFC 6749 §5.2", _FAILED, _ONE_ID, owner=N_("The client id is unknown."))
    DISABLED_CLIENT = Entry(_CLIENT, "RFC 6749 §5.2", _FAILED, _ASK, owner=N_("The app is disabled."))
    FAPI_NEEDS_KEYS = Entry(
        _CLIENT,
        "FAPI 2.0 Security Profile §5.3.2.1",
        _FAILED,
        _METHOD,
        owner=N_("The FAPI 2.0 profile needs private_key_jwt."),
    )
    METHOD_DIFFERS = Entry(
        _CLIENT,
        "OIDC Core §9",
        _FAILED,
        _METHOD,
        owner=N_("The app is registered for {registered}, but {sent} was sent."),
    )
    NOT_PUBLIC = Entry(
        _CLIENT, "RFC 6749 §2.3", _FAILED, _METHOD, owner=N_("The app is confidential and must authenticate.")
    )
    SECRET_WRONG = Entry(
        _CLIENT,
        "RFC 6749 §2.3.1",
        _FAILED,
        N_("Copy the secret again, or make a new one on the app's page and retire the old."),
        owner=N_("The client secret is wrong."),
    )
    SECRET_PLACEHOLDER = Entry(_CLIENT, "RFC 6749 §2.3.1", _FAILED, _EMPTY_SETTING, owner=_NO_SECRET)
    SECRET_EXPIRED = Entry(_CLIENT, "RFC 6749 §2.3.1", _FAILED, _RENEW, owner=_SECRET_EXPIRED)
    # Assertions.
    ASSERTION_TYPE_WRONG = Entry(
        _CLIENT,
        "RFC 7523 §2.2",
        _FAILED,
        N_("Send client_assertion_type exactly as the standard writes it."),
        owner=N_("client_assertion_type must be {type}."),
    )
    ASSERTION_MISSING = Entry(_CLIENT, "RFC 7523 §2.2", _FAILED, _KEYS, owner=N_("No client assertion came."))
    ASSERTION_REFUSED = Entry(
        _CLIENT, "RFC 7523 §3", _FAILED, _KEYS, owner=N_("The client assertion was refused: {problem}")
    )
    ASSERTION_SUBJECT = Entry(
        _CLIENT,
        "RFC 7521 §4.2",
        _FAILED,
        N_("Set iss and sub to the CLIENT ID; client_id in the form must be the same."),
        owner=N_("The client assertion has no sub, or one that differs from client_id."),
    )
    ASSERTION_REPLAYED = Entry(
        _CLIENT,
        "RFC 7523 §3",
        _FAILED,
        N_("Make a fresh one for each request, with a new jti."),
        owner=N_("The client assertion was used before: each needs a fresh jti."),
    )
    CLIENT_KEYS_MISSING = Entry(
        _CLIENT,
        "RFC 7523 §3",
        _FAILED,
        _REGISTER,
        owner=N_("The app has registered no keys, or its jwks_uri could not be read."),
    )
    CLIENT_KEYS_UNREADABLE = Entry(
        _CLIENT, "RFC 7523 §3", _FAILED, _PASTE, owner=N_("The app's registered keys cannot be read: {problem}")
    )
    SECRET_CANNOT_SIGN = Entry(
        _CLIENT,
        "OIDC Core §9, §10.1",
        _FAILED,
        N_("Make a new secret on the app's page: older ones cannot sign."),
        owner=N_("The app has no secret that can sign assertions."),
    )
    # The simple flow, whose credentials may also come in the address.
    SIMPLE_CREDENTIALS_MISSING = Entry(
        _CLIENT,
        _SIMPLE,
        N_("Send client_id and client_secret: in the query, a form, or HTTP Basic."),
        N_("Send both with each call, as the guide shows."),
    )
    SIMPLE_BASIC_UNREADABLE = Entry(_CLIENT, _SIMPLE, _NOT_BASIC, _ENCODE)
    SIMPLE_UNKNOWN_CLIENT = Entry(_CLIENT, _SIMPLE, _WRONG_CLIENT, _ONE_ID, owner=N_("The client id is unknown."))
    SIMPLE_DISABLED_CLIENT = Entry(_CLIENT, _SIMPLE, _WRONG_CLIENT, _ASK, owner=N_("The app is disabled."))
    SIMPLE_SECRET_WRONG = Entry(
        _CLIENT,
        _SIMPLE,
        _WRONG_CLIENT,
        N_("Copy the secret again, or make a new one on the app's page."),
        owner=N_("The client secret is not one of this app's working secrets."),
    )
    SIMPLE_SECRET_EXPIRED = Entry(_CLIENT, _SIMPLE, _WRONG_CLIENT, _RENEW, owner=_SECRET_EXPIRED)
    SIMPLE_SECRET_PLACEHOLDER = Entry(_CLIENT, _SIMPLE, _WRONG_CLIENT, _EMPTY_SETTING, owner=_NO_SECRET)
    SIMPLE_TAKES_NO_SECRET = Entry(
        _CLIENT,
        _SIMPLE,
        _WRONG_CLIENT,
        N_("Take the simple call out and exchange the code, or go back to a secret under Protocol."),
        owner=N_("The app is registered to authenticate without a secret, so no secret is accepted."),
    )
    # Registering apps, and managing them.
    INITIAL_TOKEN_REFUSED = Entry(
        _TOKEN,
        "RFC 7591 §3",
        N_("Registering needs an initial access token that is good."),
        N_("Ask the administrator of this server for an initial access token, and send it as Bearer."),
    )
    REGISTRATION_TOKEN_REFUSED = Entry(
        _TOKEN,
        "RFC 7592 §2.1",
        N_("The registration access token is not good here."),
        N_("Send the newest registration_access_token of this app, as Bearer."),
    )
