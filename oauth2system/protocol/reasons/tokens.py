"""Access tokens, DPoP proofs and values that are not accepted where they are shown (RFC 6750 §3.1, RFC 9449)."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Entry, Reason

_REQUEST, _TOKEN, _SCOPE, _PROOF = "invalid_request", "invalid_token", "insufficient_scope", "invalid_dpop_proof"
_BAD = N_("The access token is unknown, expired or revoked.")
_NO_VALUE = N_("The value is unknown, expired or used.")
_ONE_WAY = N_("Send the token in one Authorization header.")
_GOOD = N_("Use a token that is still good, at the address it was issued for.")
_AS_DPOP = N_("Send the token as Authorization: DPoP, with a proof by the key it was issued to.")
_FRESH = N_("Make a fresh one for each request, with a new jti.")
_SIGN_IN = N_("Send the person through a new sign-in.")
_ANSWER = N_("Answer 200 or 204 within five seconds, without a redirect, at a public https address.")
_SIMPLE = "docs/guides/simple-flow.md"


class TokenReason(Reason):
    """Why a token, a proof or a value was not accepted."""

    # Access tokens at our own resources.
    TOKEN_MISSING = Entry(_TOKEN, "RFC 6750 §3.1", N_("Send an access token in the Authorization header."), _ONE_WAY)
    TOKEN_TWO_WAYS = Entry(_REQUEST, "RFC 6750 §2", N_("Send the access token one way, not two."), _ONE_WAY)
    TOKEN_EMPTY = Entry(_REQUEST, "RFC 6750 §2.1", N_("The Authorization header has no token."), _ONE_WAY)
    TOKEN_UNKNOWN = Entry(_TOKEN, "RFC 6750 §3.1", _BAD, _GOOD)
    TOKEN_ENDED = Entry(
        _TOKEN, "RFC 6750 §3.1", _BAD, _SIGN_IN, owner=N_("The access token was revoked or has expired.")
    )
    TOKEN_FOR_ANOTHER_RESOURCE = Entry(
        _TOKEN,
        "RFC 8707 §2",
        _BAD,
        N_("Ask for a token with the resource you send it to."),
        owner=N_("The access token is for another resource."),
    )
    TOKEN_REFUSED = Entry(_TOKEN, "RFC 9068 §4", _BAD, _GOOD, owner=N_("The access token was refused: {problem}"))
    TOKEN_OF_ANOTHER_ISSUER = Entry(
        _TOKEN, "RFC 9068 §4", _BAD, _GOOD, owner=N_("The access token has another issuer, or no jti.")
    )
    SCOPE_MISSING = Entry(
        _SCOPE,
        "RFC 6750 §3.1",
        N_("The access token does not carry the scope needed."),
        N_("Ask for the scope when the person signs in."),
    )
    NO_PERSON = Entry(
        _SCOPE,
        "OIDC Core §5.3",
        N_("No person stands behind this token."),
        N_("Call this with a token that a person's sign-in brought, not with one of client_credentials."),
    )
    # Other apps' tokens.
    INTROSPECTION_NEEDS_CONFIDENTIAL = Entry(
        "unauthorized_client",
        "RFC 7662 §4",
        N_("Public apps may not introspect."),
        N_("Let a server of yours introspect: it needs an app with a secret or a key."),
    )
    REVOKED_BY_ANOTHER_APP = Entry(
        "invalid_grant",
        "RFC 7009 §2.1",
        N_("The token was not issued to this app."),
        N_("Revoke a token with the app it was issued to."),
    )
    NOT_REVOCABLE = Entry(
        "unsupported_token_type",
        "RFC 7009 §2.2.1",
        N_("Only access and refresh tokens can be revoked."),
        N_("Send the access or the refresh token; an ID token only expires."),
    )
    # DPoP.
    PROOF_REQUIRED = Entry(
        _PROOF,
        "RFC 9449 §5",
        N_("This app must send a DPoP proof."),
        N_("Switch DPoP on in your library, or off under Protocol, Tokens."),
    )
    PROOFS_SEVERAL = Entry(
        _PROOF, "RFC 9449 §4.3", N_("There must be exactly one DPoP header."), N_("Send one DPoP header.")
    )
    PROOF_REFUSED = Entry(
        _PROOF,
        "RFC 9449 §4.3",
        N_("The DPoP proof was refused."),
        N_("Make each proof right before you send it, signed with the key in its own header."),
        owner=N_("The DPoP proof was refused: {problem}"),
    )
    PROOF_REPLAYED = Entry(_PROOF, "RFC 9449 §11.1", N_("The DPoP proof was used before."), _FRESH)
    PROOF_NONCE = Entry(
        "use_dpop_nonce",
        "RFC 9449 §8",
        N_("Use the nonce given in DPoP-Nonce."),
        N_("Repeat the request with a proof that has this nonce."),
    )
    TOKEN_NOT_BOUND = Entry(
        _TOKEN,
        "RFC 9449 §7.1",
        N_("The token is not bound to a DPoP key."),
        N_("Send this token as Authorization: Bearer, without a proof."),
    )
    TOKEN_SENT_AS_BEARER = Entry(
        _TOKEN,
        "RFC 9449 §7.2",
        N_("The token is bound to a DPoP key; send it with the DPoP scheme."),
        _AS_DPOP,
    )
    TOKEN_BOUND = Entry(_TOKEN, "RFC 9449 §7.1", N_("The token is bound to another DPoP key."), _AS_DPOP)
    # The value of the simple flow.
    VALUE_AND_CREDENTIALS_MISSING = Entry(
        _REQUEST,
        _SIMPLE,
        N_("Send oauth_token, client_id and client_secret."),
        N_("Send all three with each call, as the guide shows."),
    )
    VALUE_MISSING = Entry(
        _REQUEST,
        _SIMPLE,
        N_("oauth_token is missing."),
        N_("Send the value that came back with the visitor as oauth_token."),
    )
    SENT_TWO_WAYS = Entry(
        _REQUEST,
        _SIMPLE,
        N_("{name} came in more than one way."),
        N_("Send {name} once: in the query, a form, or the Authorization header."),
    )
    VALUE_UNKNOWN = Entry(
        _TOKEN,
        _SIMPLE,
        _NO_VALUE,
        N_("Send the value as it came: neither cut, nor decoded twice."),
        owner=N_("The value is unknown: it was never issued, or it is long gone."),
    )
    VALUE_PLACEHOLDER = Entry(
        _TOKEN,
        _SIMPLE,
        _NO_VALUE,
        N_(
            "The visitor may have pressed Cancel: your address then gets error=access_denied and no value. "
            "Look for error before you read oauth_token."
        ),
        owner=N_("Your site sent {word} in the place of a value."),
    )
    VALUE_OF_ANOTHER_APP = Entry(
        _TOKEN,
        _SIMPLE,
        _NO_VALUE,
        N_("Look whether two apps share one redirect URI, and give each its own."),
        owner=N_("The value belongs to another app."),
    )
    VALUE_ACCESS_REVOKED = Entry(
        _TOKEN,
        _SIMPLE,
        _NO_VALUE,
        _SIGN_IN,
        owner=N_("The person revoked this app's access, or the account is disabled."),
    )
    VALUE_ENDED_WITH_TOKENS = Entry(
        _TOKEN, _SIMPLE, _NO_VALUE, _SIGN_IN, owner=N_("All tokens of this app were revoked after this value was made.")
    )
    VALUE_EXPIRED = Entry(
        _TOKEN,
        _SIMPLE,
        _NO_VALUE,
        N_("Ask within 120 seconds after the visitor came back."),
        owner=N_("The value has expired; it lives 120 seconds."),
    )
    VALUE_READ_BEFORE = Entry(
        _TOKEN,
        _SIMPLE,
        _NO_VALUE,
        N_("Read it once and keep the answer, or allow re-reading on the app's page."),
        owner=N_("The value was read before."),
    )
    VALUE_WITHOUT_SCOPE = Entry(
        _SCOPE,
        _SIMPLE,
        N_("The person allows neither identify nor email."),
        N_("Ask for identify or email in the link."),
    )
    # Logout tokens, which we send; the app's server is the one that refuses here.
    LOGOUT_NOT_REACHED = Entry(
        _REQUEST, "OIDC Back-Channel Logout §2.5", N_("The logout token could not be delivered."), _ANSWER
    )
    LOGOUT_TOO_MANY_WAIT = Entry(
        _REQUEST,
        "OIDC Back-Channel Logout §2.5",
        N_("Too many logout tokens wait for the app's server; this one was left out."),
        _ANSWER,
    )
    LOGOUT_REFUSED = Entry(
        _REQUEST, "OIDC Back-Channel Logout §2.8", N_("The app's server refused the logout token."), _ANSWER
    )
    LOGOUT_NOT_ACCEPTED = Entry(
        _REQUEST,
        "OIDC Back-Channel Logout §2.8",
        N_("The app's server answered the logout token with {status}."),
        _ANSWER,
    )
