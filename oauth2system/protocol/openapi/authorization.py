"""The endpoints for browsers: authorization, end of session, and the sign-in forms."""

from oauth2system.i18n import N_
from oauth2system.protocol.authorization.target import MAX_STATE
from oauth2system.protocol.authorization.validate import MAX_NONCE, PROMPTS
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.openapi.schemas import (
    FAILING_PAGE,
    TOO_LARGE_PAGE,
    TOO_MANY_PAGE,
    Json,
    answer,
    form,
    header,
    operation,
    page,
    query,
    ref,
    text,
    texts,
    thing,
)
from oauth2system.protocol.scopes import write

AUTHORIZING, SIGNING_OUT, FORMS = "authorization", "signing-out", "forms"
CALLBACK = "https://app.example/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
STATE = "af0ifjsldkj"

# The codes that come back to the app, in the address or the form it answers by (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6).
SENT_BACK = (
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "login_required",
    "consent_required",
    "interaction_required",
    "account_selection_required",
    "unmet_authentication_requirements",
    "request_uri_not_supported",
    "registration_not_supported",
    "invalid_request_object",
    "invalid_target",
)

# On one's own machine alone: a browser that came to 127.0.0.1 is led to localhost, where the pages work.
ELSEWHERE: dict[str, Json] = {"307": answer(N_("The same, under the name this server goes by."), None, "Location")}


def request_fields(offer: Offer) -> dict[str, Json]:
    """Return every parameter of an authorization request but the two that name a ready one (RFC 6749 §4.1.1)."""
    return {
        "response_type": text(
            N_("How the answer comes; leave it out only in the simple flow."), enum=list(offer.response_types)
        ),
        "client_id": text(N_("The app's CLIENT ID."), "184467440737096"),
        "redirect_uri": text(
            N_(
                "A registered redirect URI, character by character; needed with openid, or when several are registered."
            ),
            CALLBACK,
        ),
        "scope": text(N_("What is asked for, joined by spaces."), write(offer.scopes)),
        "state": text(N_("Comes back as it was sent; bind it to the visitor's session."), STATE, maxLength=MAX_STATE),
        "response_mode": text(N_("Where the answer stands; query when left out."), enum=list(offer.response_modes)),
        "nonce": text(N_("Comes back inside the ID token."), "n-0S6_WzA2Mj", maxLength=MAX_NONCE),
        "code_challenge": text(
            N_("PKCE: the base64url SHA-256 of the verifier (RFC 7636)."), CHALLENGE, pattern="^[A-Za-z0-9_-]{43}$"
        ),
        "code_challenge_method": text(N_("PKCE: there is one method."), enum=["S256"]),
        "prompt": text(
            N_("none shows no page; login, consent, select_account and create show theirs, joined by spaces."),
            *PROMPTS,
        ),
        "max_age": text(
            N_("Ask for a new sign-in when the last one is more seconds ago."), "3600", pattern="^[0-9]{1,9}$"
        ),
        "display": text(N_("Accepted, and without effect."), enum=["page", "popup", "touch", "wap"]),
        "ui_locales": text(N_("Wished-for languages; never an error."), "en"),
        "claims_locales": text(N_("Wished-for languages of claims; never an error."), "en"),
        "id_token_hint": text(N_("An earlier ID token: the person who is expected.")),
        "login_hint": text(N_("Fills the sign-in field in; never says whether the account exists."), "ada@example.org"),
        "acr_values": text(N_("Wished-for strengths of the sign-in, best first."), "phr 2"),
        "claims": text(
            N_("Single claims, as a JSON object (OIDC Core §5.5)."), '{"userinfo":{"email":{"essential":true}}}'
        ),
        "resource": texts(N_("A resource that tokens are for; may be repeated (RFC 8707)."), "https://api.example/"),
        "dpop_jkt": text(
            N_("Promise the code to this key (RFC 9449 §10)."),
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
            pattern="^[A-Za-z0-9_-]{43}$",
        ),
        **(
            {"request": text(N_("The same parameters as a JWT signed by the app; then only these count (RFC 9101)."))}
            if offer.request_objects
            else {}
        ),
    }


def operations(offer: Offer) -> dict[str, Json]:
    """Return path -> operations."""
    fields = request_fields(offer) | {
        "request_uri": text(
            N_("The reference of a pushed request; then only client_id is needed with it (RFC 9126)."),
            "urn:ietf:params:oauth:request_uri:op_EXAMPLE",
        )
    }
    return {
        "/oauth2/authorize": {
            "get": operation(
                "authorize",
                AUTHORIZING,
                N_("Send a person here to sign in and agree"),
                _describe_authorization(),
                words=N_(
                    "With client_id and a scope of identify and email, and nothing else but state, this is the simple "
                    "flow: the answer goes to the redirect URI marked on the app's page. Everything else is the "
                    "standard flow. An app or address that cannot be trusted gets a page, never a redirect."
                ),
                parameters=[
                    *query(fields, "client_id"),
                    header("Sec-Purpose", text(N_("What is only prefetched issues nothing."), enum=["prefetch"])),
                ],
            ),
            "post": operation(
                "authorizeByForm",
                AUTHORIZING,
                N_("The same, as a form"),
                {
                    "303": answer(N_("Back here by GET, so that the browser brings its session."), None, "Location"),
                    "400": page(N_("A page says what is wrong with the link.")),
                    **TOO_LARGE_PAGE,
                    **TOO_MANY_PAGE,
                    **FAILING_PAGE,
                },
                asks=form(thing(fields, "client_id")),
            ),
        },
        "/oauth2/end_session": _describe_sign_out(),
        "/session": {"post": _sign_in()},
        "/session/end": {"post": _sign_out()},
    }


def _describe_authorization() -> dict[str, Json]:
    return {
        "200": page(N_("response_mode=form_post: a page that posts the answer to the app.")),
        "204": answer(N_("The request was only a prefetch.")),
        "303": {
            **answer(N_("To a page of ours, or back to the app with the answer in its address."), None, "Location"),
            "x-answer": ref("AuthorizationAnswer"),
        },
        **ELSEWHERE,
        "400": page(N_("A page says what is wrong with the link; the app's owner reads why on the app's page.")),
        **TOO_MANY_PAGE,
        **FAILING_PAGE,
    }


def schemas() -> dict[str, Json]:
    """Return the schemas of this module for the components."""
    sent_back = {
        "state": text(N_("As it was sent; absent when none was."), STATE),
        "iss": text(N_("This server's issuer (RFC 9207); absent in the simple flow."), "https://id.example.org"),
    }
    code = text(N_("Good once, for the app alone, and for about a minute."), "oc_EXAMPLE")
    value = text(N_("The simple flow's second name for the same value."), "os_EXAMPLE")
    refusal = {"error": {**ref("ErrorCode"), "enum": list(SENT_BACK)}, "error_description": ref("ErrorDescription")}
    return {
        "AuthorizationAnswer": {
            "description": N_("What comes back to the redirect URI."),
            "oneOf": [
                thing({"code": code, "oauth_token": value, **sent_back}, "code", title="agreed"),
                thing({**refusal, **sent_back}, "error", title="refused"),
            ],
        }
    }


def _describe_sign_out() -> Json:
    fields = {
        "id_token_hint": text(N_("The ID token of the sign-in to end; an expired one will do.")),
        "client_id": text(N_("The app that asks; must be the one the hint was issued to."), "184467440737096"),
        "logout_hint": text(N_("Accepted, and without effect."), "ada"),
        "post_logout_redirect_uri": text(
            N_("Where to go after: a registered address, together with id_token_hint or client_id."),
            "https://app.example/signed-out",
        ),
        "state": text(N_("Comes back in that address."), STATE),
        "ui_locales": text(N_("Wished-for languages; never an error."), "en"),
    }
    answers = {
        "303": answer(N_("Signed out, and on to where the app wanted or to our sign-in page."), None, "Location"),
        "400": page(N_("The link cannot be trusted; nothing was signed out.")),
        **TOO_MANY_PAGE,
        **FAILING_PAGE,
    }
    asked = {"200": page(N_("The person is asked first; or frames of the page notify the apps."))}
    kept = {"303": answer(N_("Back here by GET, so that the browser brings its session."), None, "Location")}
    return {
        "get": operation(
            "endSession",
            SIGNING_OUT,
            N_("Sign a person out here, too"),
            asked | answers | ELSEWHERE,
            words=N_(
                "Without a hint that fits the session in this browser the person is asked first, or any site could "
                "sign people out."
            ),
            parameters=query(fields),
        ),
        "post": operation(
            "endSessionByForm",
            SIGNING_OUT,
            N_("The same, as a form"),
            answers | kept | TOO_LARGE_PAGE,
            asks=form(thing(fields), required=False),
        ),
    }


def _sign_in() -> Json:
    fields = {
        "login": text(N_("A username or an address."), "ada"),
        "password": text(N_("The password."), format="password"),
        "flow": text(N_("The pending authorization to go on with, from the page's address.")),
        "next": text(N_("A page of ours to go to; anything else leads home."), "/apps"),
    }
    return operation(
        "signIn",
        FORMS,
        N_("Sign in, as the form at /login does"),
        _form_answers(N_("Signed in, with the session in a cookie; or back to the form, with what was wrong.")),
        words=N_("Only pages of this server may post it: a request of another Origin is refused."),
        asks=form(thing(fields), required=False),
    )


def _sign_out() -> Json:
    fields = {
        "everywhere": text(N_("Any value: end every session of this account."), "1"),
        "next": text(N_("A page of ours to go to; anything else leads home."), "/"),
        "flow": text(N_("The pending authorization to go on with.")),
    }
    return operation(
        "signOut",
        FORMS,
        N_("Sign out, as the button on every page does"),
        {"200": page(N_("Frames of the page notify the apps."))}
        | _form_answers(N_("Signed out, and on to the next page.")),
        words=N_("Only pages of this server may post it: a request of another Origin is refused."),
        asks=form(thing(fields), required=False),
    )


def _form_answers(words: str) -> dict[str, Json]:
    return {
        "303": answer(words, None, "Location"),
        "400": page(N_("The form cannot be read.")),
        "403": page(N_("The form was sent from another site.")),
        **TOO_LARGE_PAGE,
        **FAILING_PAGE,
    }
