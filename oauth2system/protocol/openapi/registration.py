"""How programs register apps and manage them (RFC 7591, RFC 7592, OIDC Registration)."""

from oauth2system.i18n import N_
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.metadata import MAX_ITEMS, MAX_NAME, MAX_TEXT
from oauth2system.protocol.clients.registration import AUTH_METHODS
from oauth2system.protocol.openapi import authorization, credentials
from oauth2system.protocol.openapi.schemas import (
    FAILING,
    TOO_LARGE,
    TOO_MANY,
    Json,
    answer,
    body,
    flag,
    number,
    operation,
    preflight,
    ref,
    refusal,
    text,
    texts,
    thing,
)

REGISTERING = "registration"
_MINIMAL = {"client_name": "Garden Club", "redirect_uris": [authorization.CALLBACK]}
_REGISTERED: Json = {
    **_MINIMAL,
    "client_id": credentials.CLIENT_ID,
    "client_secret": "ok_EXAMPLE",
    "client_secret_expires_at": 0,
    "registration_client_uri": f"https://id.example.org/oauth2/register/{credentials.CLIENT_ID}",
    "registration_access_token": "og_EXAMPLE",
}
_WRONG = ("invalid_client_metadata", "invalid_redirect_uri", "invalid_request")


def operations(offer: Offer) -> dict[str, Json]:
    """Return path -> operations; nothing where programs may not register."""
    if not offer.registration:
        return {}
    client_id = {
        "name": "client_id", "in": "path", "required": True, "description": N_("The app's CLIENT ID."),
        "schema": {"type": "string", "pattern": "^[0-9]{1,20}$", "examples": [credentials.CLIENT_ID]},
    }  # fmt: skip
    return {
        "/oauth2/register": {"post": _describe_registration(), "options": preflight("registerPreflight", REGISTERING)},
        "/oauth2/register/{client_id}": {
            "parameters": [client_id],
            "options": preflight("managePreflight", REGISTERING),
            "get": operation(
                "readApp", REGISTERING, N_("Read what is registered"),
                {
                    "200": _describe_answer(N_("The app as it is stored.")),
                    "400": _describe_refusal("invalid_request"),
                    **_describe_management_refusals(),
                },
                security=credentials.BY_REGISTRATION,
            ),
            "put": operation(
                "replaceApp", REGISTERING, N_("Replace what is registered"),
                {
                    "200": _describe_answer(N_("The app as it is stored now.")), "400": _describe_refusal(*_WRONG),
                    **TOO_LARGE, **TOO_MANY, **_describe_management_refusals(),
                },
                words=N_("The whole description, with client_id; what is left out goes back to its default."),
                asks=body(ref("AppReplacement"), {**_MINIMAL, "client_id": credentials.CLIENT_ID}),
                security=credentials.BY_REGISTRATION,
            ),
            "delete": operation(
                "deleteApp", REGISTERING, N_("Delete the app and all it holds"),
                {
                    "204": answer(N_("It is gone, with its tokens."), None, "Cache-Control"),
                    "400": _describe_refusal("invalid_request"),
                    **_describe_management_refusals(),
                },
                security=credentials.BY_REGISTRATION,
            ),
        },
    }  # fmt: skip


def _describe_registration() -> Json:
    return operation(
        "register",
        REGISTERING,
        N_("Register an app"),
        {
            "201": _describe_answer(N_("Registered; the secret and the token are shown this once.")),
            "400": _describe_refusal(*_WRONG),
            "401": refusal(
                N_("An initial access token is needed here."), "invalid_token", headers=["WWW-Authenticate"]
            ),
            **TOO_LARGE,
            **TOO_MANY,
            **FAILING,
        },
        words=N_(
            "An administrator decides who may: anybody, programs with an initial access token, or nobody; "
            "then these addresses are not there."
        ),
        asks=body(ref("AppMetadata"), _MINIMAL),
        security=[*credentials.BY_REGISTRATION, {}],
    )


def _describe_refusal(*codes: str) -> Json:
    return refusal(N_("Nothing was changed."), *codes)


def _describe_management_refusals() -> dict[str, Json]:
    return {
        "401": refusal(
            N_("The registration access token is not good for this app, or there is no such app."),
            "invalid_token", headers=["WWW-Authenticate"],
        ),
        "403": refusal(N_("The app is disabled."), "access_denied"),
        "404": refusal(N_("That is no CLIENT ID."), "not_found"),
        **FAILING,
    }  # fmt: skip


def _describe_answer(words: str) -> Json:
    return answer(words, ref("App"), "Cache-Control", example=_REGISTERED)


def schemas(offer: Offer) -> dict[str, Json]:
    """Return the schemas of this module for the components."""
    if not offer.registration:
        return {}
    fields = _fields(offer)
    secret = {"client_secret": text(N_("The CLIENT SECRET; a replacement may repeat it and never choose it."))}
    own = {"client_id": text(N_("The CLIENT ID."), credentials.CLIENT_ID), **secret}
    added = {
        **own,
        "client_id_issued_at": number(N_("When it was registered, in seconds since 1970."), 1790000000),
        "client_secret_expires_at": number(N_("0: never."), 0),
        "registration_client_uri": text(N_("Where this app is managed.")),
        "registration_access_token": text(N_("The token that manages it, and nothing else."), "og_EXAMPLE"),
    }
    always = ("client_id", "registration_client_uri", "registration_access_token")
    return {
        "AppMetadata": thing(fields, description=N_("Unknown members are ignored; null is the same as left out.")),
        "AppReplacement": thing({**fields, **own}, "client_id"),
        # RFC 7591 §3.2.1: a secret comes with the time when it expires.
        "App": thing({**fields, **added}, *always, dependentRequired={"client_secret": ["client_secret_expires_at"]}),
    }


def _fields(offer: Offer) -> dict[str, Json]:
    algs = list(offer.signing_algs)
    uri = {"maxLength": MAX_TEXT, "minLength": 1}
    return {
        "client_name": text(N_("What people are shown."), "Garden Club", maxLength=MAX_NAME),
        "redirect_uris": texts(
            N_("Where people return to: https, http on this very machine, or an own scheme of a native app."),
            authorization.CALLBACK, **uri,
        ) | {"maxItems": MAX_ITEMS},
        "application_type": text(N_("web when left out."), enum=["web", "native"]),
        "token_endpoint_auth_method": text(
            N_("How the app authenticates; client_secret_basic when left out. none makes it public."),
            enum=list(AUTH_METHODS),
        ),
        "token_endpoint_auth_signing_alg": text(N_("The one algorithm of its assertions."), enum=[*algs, "HS256"]),
        "grant_types": _some(N_("authorization_code when left out."), offer.grant_types),
        "response_types": _some(N_("code when left out."), offer.response_types),
        "scope": text(N_("The scopes it may ask for, joined by spaces."), "openid email"),
        "optional_scope": text(N_("Those of them that a person may leave out, joined by spaces."), "email"),
        "require_pkce": flag(N_("Refuse its authorization requests without PKCE; always so for public apps.")),
        "jwks": {"type": "object", "description": N_("The public keys of the app; or jwks_uri.")},
        "jwks_uri": text(N_("Where its public keys are.")),
        "id_token_signed_response_alg": text(N_("RS256 when left out."), enum=algs),
        "userinfo_signed_response_alg": text(N_("Makes userinfo a signed JWT."), enum=algs),
        "request_object_signing_alg": text(N_("The one algorithm of its signed requests."), enum=algs),
        "subject_type": text(N_("pairwise gives people names of the app's own."), enum=["public", "pairwise"]),
        "sector_identifier_uri": text(N_("A list of redirect URIs that share these names.")),
        "default_max_age": number(N_("max_age when a request has none."), 3600, maximum=999_999_999),
        "default_acr_values": texts(N_("acr_values when a request has none.")),
        "require_auth_time": flag(N_("Put auth_time into every ID token.")),
        "require_pushed_authorization_requests": flag(N_("Accept pushed requests alone (RFC 9126).")),
        "require_signed_request_object": flag(N_("Accept signed requests alone (RFC 9101).")),
        "dpop_bound_access_tokens": flag(N_("Give out bound tokens alone (RFC 9449).")),
        "id_token_userinfo_claims": flag(N_("Put the claims of the granted scopes into ID tokens too.")),
        "post_logout_redirect_uris": texts(N_("Where people may go after signing out."), **uri),
        "backchannel_logout_uri": text(N_("Notified from server to server when a person signs out.")),
        "backchannel_logout_session_required": flag(N_("Name the session in these notices.")),
        "frontchannel_logout_uri": text(N_("Loaded in a frame when a person signs out.")),
        "frontchannel_logout_session_required": flag(N_("Name the session to that frame.")),
        "initiate_login_uri": text(N_("Where a sign-in may be begun from outside.")),
        "client_uri": text(N_("The app's home page.")),
        "logo_uri": text(N_("Its logo: fetched once, and again when the address changes.")),
        "policy_uri": text(N_("Its privacy policy.")),
        "tos_uri": text(N_("Its terms.")),
        "contacts": texts(N_("Who looks after it."), "ada@example.org"),
        "software_id": text(N_("The same for every installation of a program.")),
        "software_version": text(N_("The program's version."), "1.0"),
    }  # fmt: skip


def _some(words: str, allowed: tuple[str, ...]) -> Json:
    return {"type": "array", "description": words, "items": {"enum": list(allowed)}, "maxItems": MAX_ITEMS}
