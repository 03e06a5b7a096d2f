"""The endpoints for tokens: each grant, introspection, revocation."""

from oauth2system.i18n import N_
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.openapi import authorization, credentials
from oauth2system.protocol.openapi.schemas import (
    FAILING,
    NOT_AUTHENTICATED,
    TOO_LARGE,
    TOO_MANY,
    Json,
    answer,
    form,
    header,
    number,
    operation,
    preflight,
    ref,
    refusal,
    text,
    texts,
    thing,
)

TOKENS = "tokens"
PROOF = header("DPoP", text(N_("A proof that binds the tokens to a key of the app (RFC 9449).")))
_SCOPE = text(N_("Fewer scopes than were granted; all of them when left out."), "email")
_RESOURCE = texts(N_("The resources this token is for, among those granted (RFC 8707)."), "https://api.example/")

# Grant type -> the schema's name, its words, the fields it adds, and which of those are needed.
_GRANTS: dict[str, tuple[str, str, dict[str, Json], tuple[str, ...]]] = {
    CODE_GRANT: (
        "CodeGrant",
        N_("A code that a browser brought back, for the tokens it stands for."),
        {
            "code": text(N_("The code from the redirect."), "oc_EXAMPLE"),
            "redirect_uri": text(
                N_("The redirect URI of the authorization request; may be left out where PKCE was used."),
                authorization.CALLBACK,
            ),
            "code_verifier": text(
                N_("PKCE: what the challenge was made from."), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
            ),
            "resource": _RESOURCE,
        },
        ("code",),
    ),
    REFRESH_GRANT: (
        "RefreshGrant",
        N_("A refresh token, for fresh tokens. It is replaced each time; using an old one again ends them all."),
        {"refresh_token": text(N_("The newest refresh token."), "or_EXAMPLE"), "scope": _SCOPE, "resource": _RESOURCE},
        ("refresh_token",),
    ),
    CLIENT_CREDENTIALS: (
        "MachineGrant",
        N_("An app on its own behalf, without a person."),
        {"scope": text(N_("What the app may ask for itself."), "email"), "resource": _RESOURCE},
        (),
    ),
    DEVICE_GRANT: (
        "DeviceGrant",
        N_("A device asks whether its person has decided."),
        {"device_code": text(N_("The device code."), "od_EXAMPLE"), "resource": _RESOURCE},
        ("device_code",),
    ),
}


def operations(offer: Offer) -> dict[str, Json]:
    """Return path -> operations."""
    return {
        "/oauth2/token": {"post": _token(offer), "options": preflight("tokenPreflight", TOKENS)},
        "/oauth2/introspect": {"post": _introspect()},
        "/oauth2/revoke": {"post": _revoke(), "options": preflight("revokePreflight", TOKENS)},
    }


def schemas(offer: Offer) -> dict[str, Json]:
    """Return the schemas of this module for the components."""
    grants = {
        name: thing(
            {"grant_type": {"const": grant}, **fields, **credentials.FIELDS},
            "grant_type", *needed, description=words,
        )
        for grant, (name, words, fields, needed) in _GRANTS.items()
        if grant in offer.grant_types
    }  # fmt: skip
    return {**grants, "TokenAnswer": _token_answer(), "Introspection": _introspection()}


def _token(offer: Offer) -> Json:
    offered = {grant: _GRANTS[grant][0] for grant in offer.grant_types}
    mapping = {grant: f"#/components/schemas/{name}" for grant, name in offered.items()}
    schema = {
        "oneOf": [ref(name) for name in offered.values()],
        "discriminator": {"propertyName": "grant_type", "mapping": mapping},
    }
    polled = ("authorization_pending", "slow_down", "access_denied", "expired_token")
    codes = (
        *("invalid_request", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"),
        *("invalid_target", "invalid_dpop_proof", "use_dpop_nonce"),
        *(polled if DEVICE_GRANT in offer.grant_types else ()),
    )
    return operation(
        "token",
        TOKENS,
        N_("Exchange a grant for tokens"),
        {
            "200": answer(N_("The tokens."), ref("TokenAnswer"), "Cache-Control", example=_TOKENS),
            "400": refusal(N_("The grant was refused."), *codes),
            **NOT_AUTHENTICATED,
            **TOO_LARGE,
            **TOO_MANY,
            **FAILING,
        },
        words=N_(
            "Each grant type has its own fields. The app authenticates by its one registered method; "
            "a public app sends its client_id alone."
        ),
        parameters=[PROOF],
        asks=form(schema),
        security=credentials.BY_APP,
        **methods(*credentials.MAY_BE_PUBLIC),
    )


def methods(*names: str) -> Json:
    """Name the methods by which an app authenticates: OpenAPI has no scheme for fields of a form."""
    return {"x-client-authentication": list(names)}


_TOKENS = {
    "access_token": "oa_EXAMPLE",
    "token_type": "Bearer",
    "expires_in": 600,
    "scope": "openid email",
    "refresh_token": "or_EXAMPLE",
}


def _token_answer() -> Json:
    fields = {
        "access_token": text(N_("Opens userinfo, /api/user, or the resource it is for."), "oa_EXAMPLE"),
        "token_type": text(N_("Bearer, or DPoP when a proof came."), enum=["Bearer", "DPoP"]),
        "expires_in": number(N_("Seconds until the access token ends."), 600),
        "scope": text(N_("What was granted."), "openid email"),
        "refresh_token": text(N_("For fresh tokens later, where the app has that grant."), "or_EXAMPLE"),
        "id_token": text(N_("Who signed in, as a JWT; with the scope openid.")),
    }
    return thing(fields, "access_token", "token_type", "expires_in")


def _introspect() -> Json:
    return operation(
        "introspect",
        TOKENS,
        N_("Ask what a token is worth"),
        {
            "200": answer(
                N_("What is known of it; a dead, unknown or foreign token is only inactive."),
                ref("Introspection"), "Cache-Control", example={"active": False},
            ),
            "400": refusal(N_("The request cannot be answered."), "invalid_request", "unauthorized_client"),
            **NOT_AUTHENTICATED,
            **TOO_LARGE,
            **FAILING,
        },
        words=N_("For the token's own app, and for apps that are a resource it is for; never for public apps."),
        asks=form(_token_and_hint()),
        security=credentials.BY_APP,
        **methods(*credentials.METHODS),
    )  # fmt: skip


def _token_and_hint() -> Json:
    hint = text(N_("A guess at its kind; a wrong one hides nothing."), "access_token", "refresh_token")
    token = text(N_("The access or refresh token."), "oa_EXAMPLE")
    return thing({"token": token, "token_type_hint": hint, **credentials.FIELDS}, "token")


def _introspection() -> Json:
    fields = {
        "active": {"type": "boolean", "description": N_("Whether the token is good now.")},
        "client_id": text(N_("The app it was issued to."), credentials.CLIENT_ID),
        "token_type": text(N_("Bearer, or DPoP when it is bound to a key."), enum=["Bearer", "DPoP"]),
        "exp": number(N_("When it ends, in seconds since 1970."), 1790000600),
        "iat": number(N_("When it was issued."), 1790000000),
        "sub": text(N_("The person, by the name this app knows; or the app itself."), "184467440737095"),
        "username": text(N_("The person's username."), "ada"),
        "iss": text(N_("This server's issuer."), "https://id.example.org"),
        "scope": text(N_("What it opens."), "openid email"),
        "aud": {
            "description": N_("The resources it is for."),
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        "jti": text(N_("The token's own id, of a JWT.")),
        "acr": text(N_("How strong the sign-in was.")),
        "auth_time": number(N_("When the person signed in."), 1790000000),
        "cnf": thing({"jkt": text(N_("The thumbprint of the key it is bound to."))}, "jkt"),
    }
    return thing(fields, "active")


def _revoke() -> Json:
    codes = ("invalid_request", "invalid_grant", "unsupported_token_type")
    return operation(
        "revoke",
        TOKENS,
        N_("End a token"),
        {
            "200": answer(
                N_("Ended; also when it was unknown or dead already. The body is empty."), None, "Cache-Control"
            ),
            "400": refusal(N_("Nothing was ended."), *codes),
            **NOT_AUTHENTICATED,
            **TOO_LARGE,
            **FAILING,
        },
        words=N_("A refresh token takes its access tokens along. Only the app it was issued to may end a token."),
        asks=form(_token_and_hint()),
        security=credentials.BY_APP,
        **methods(*credentials.MAY_BE_PUBLIC),
    )
