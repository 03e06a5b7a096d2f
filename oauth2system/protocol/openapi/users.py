"""The endpoints for user data: userinfo and /api/user."""

from oauth2system.i18n import N_
from oauth2system.protocol.openapi import credentials
from oauth2system.protocol.openapi.schemas import (
    FAILING,
    TOO_LARGE,
    TOO_MANY,
    Json,
    answer,
    flag,
    form,
    header,
    number,
    operation,
    preflight,
    query,
    ref,
    refusal,
    text,
    thing,
    without_body,
)

PEOPLE, SIMPLE = "person", "simple-flow"
_PROOF = header("DPoP", text(N_("The proof that goes with a bound token (RFC 9449 §7).")))
_BY_TOKEN = ("invalid_token", "invalid_dpop_proof", "use_dpop_nonce")
_AVATAR = "https://id.example.org/avatars/0af4c27d91b86e35f2a7c40d18e9b653.webp"
_ADA = {"sub": "184467440737095", "name": "Ada Lovelace", "preferred_username": "ada", "email": "ada@example.org"}
_ADA_SIMPLY = {
    "id": "184467440737095",
    "username": "ada",
    "user_name": "ada",
    "display_name": "Ada Lovelace",
    "avatar": _AVATAR,
    "email": "ada@example.org",
    "email_verified": True,
}


def operations() -> dict[str, Json]:
    """Return path -> operations."""
    in_form = thing({"access_token": text(N_("The access token, when it is not in the header."), "oa_EXAMPLE")})
    api = _api("user", query(_simple_fields()))
    return {
        "/oauth2/userinfo": {
            "get": _userinfo("userinfo", None),
            "post": _userinfo("userinfoByForm", form(in_form, required=False)),
            "options": preflight("userinfoPreflight", PEOPLE),
        },
        "/api/user": {
            "get": api,
            "head": without_body(api, "userHead") | {"summary": N_("Would GET succeed? Uses nothing up.")},
            "post": _api("userByForm", (), form(thing(_simple_fields()), required=False)),
        },
    }


def schemas() -> dict[str, Json]:
    """Return the schemas of this module for the components."""
    return {"Person": _person(), "SimplePerson": _simple_person()}


def _userinfo(name: str, asks: Json | None) -> Json:
    found = answer(N_("What the scopes and the person allow."), ref("Person"), "Cache-Control", example=_ADA)
    found["content"]["application/jwt"] = {
        "schema": text(N_("The same, signed, for apps that registered userinfo_signed_response_alg."))
    }
    return operation(
        name,
        PEOPLE,
        N_("Who is the person behind this token?"),
        {
            "200": found,
            "400": refusal(N_("The request cannot be read."), "invalid_request", headers=["WWW-Authenticate"]),
            "401": refusal(N_("The token is not good here."), *_BY_TOKEN, headers=["WWW-Authenticate"]),
            "403": refusal(N_("The token does not carry openid."), "insufficient_scope", headers=["WWW-Authenticate"]),
            **(TOO_LARGE if asks else {}),
            **FAILING,
        },
        words=N_("The token goes into the header, never into the address."),
        parameters=[_PROOF],
        asks=asks,
        security=[*credentials.by_token("openid"), *([{}] if asks else [])],
    )


def _person() -> Json:
    fields = {
        "sub": text(N_("The person, by the name this app knows."), "184467440737095"),
        "name": text(N_("The display name."), "Ada Lovelace"),
        "preferred_username": text(N_("The username."), "ada"),
        "picture": text(N_("The address of the person's picture, in WebP."), _AVATAR),
        "locale": text(N_("The language that the person chose."), "de"),
        "updated_at": number(N_("When one of these changed, in seconds since 1970."), 1790000000),
        "email": text(N_("The confirmed address."), "ada@example.org"),
        "email_verified": flag(N_("Whether the address is confirmed.")),
    }
    return thing(fields, "sub", description=N_("What has no value is left out."))


def _simple_fields() -> dict[str, Json]:
    return {
        "oauth_token": text(N_("The value from the redirect; or as Authorization: Bearer."), "os_EXAMPLE"),
        "client_id": text(N_("The app's CLIENT ID; or by HTTP Basic."), credentials.CLIENT_ID),
        "client_secret": text(N_("The app's CLIENT SECRET; or by HTTP Basic. Better in a form than in an address.")),
    }


def _api(name: str, parameters: object, asks: Json | None = None) -> Json:
    unknown = ("invalid_client", "invalid_request", *_BY_TOKEN)
    given: list[Json] = [*parameters, _PROOF] if isinstance(parameters, list) else [_PROOF]
    return operation(
        name,
        SIMPLE,
        N_("Fetch the person"),
        {
            "200": answer(
                N_("Who it is: identify gives the first five members, email the last two."),
                ref("SimplePerson"), "Cache-Control", example=_ADA_SIMPLY,
            ),
            "400": refusal(N_("The request cannot be read."), "invalid_request"),
            "401": refusal(N_("The app or the value is not good."), *unknown, headers=["WWW-Authenticate"]),
            "403": refusal(N_("The person allows neither."), "insufficient_scope", headers=["WWW-Authenticate"]),
            **(TOO_LARGE if asks else {}),
            **TOO_MANY,
            **FAILING,
        },
        words=N_(
            "With the simple flow's value and the app's credentials, each sent one way; the value is good for one "
            "read within 120 seconds. Or with an access token, and nothing else."
        ),
        parameters=given,
        asks=asks,
        security=[{}, *credentials.BY_APP[:1], *credentials.by_token("identify", "profile", "email")],
    )  # fmt: skip


def _simple_person() -> Json:
    fields = {
        "id": text(N_("Never changes and is never given to anybody else."), "184467440737095"),
        "username": text(N_("The username."), "ada"),
        "user_name": text(N_("The same again, for older sites."), "ada"),
        "display_name": text(N_("The display name."), "Ada Lovelace"),
        "avatar": {"type": ["string", "null"], "description": N_("The address of the person's picture, in WebP.")},
        "email": text(N_("The confirmed address."), "ada@example.org"),
        "email_verified": flag(N_("Whether the address is confirmed.")),
    }
    return thing(fields, "id", additionalProperties=False)
