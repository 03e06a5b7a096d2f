"""How callers prove who they are: security schemes, and the fields that carry a proof in a form."""

from collections.abc import Mapping

from oauth2system.i18n import N_
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.authentication import ASSERTION_TYPE
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS
from oauth2system.protocol.discovery import PATHS
from oauth2system.protocol.openapi.schemas import Json, text
from oauth2system.protocol.scopes import list_in_order

CLIENT_ID = "184467440737096"
ASSERTION = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxODQ0Njc0NDA3MzcwOTYifQ.c2lnbmF0dXJl"

# The fields that prove an app in a form; HTTP Basic needs none of them.
FIELDS: Mapping[str, Json] = {
    "client_id": text(N_("The app's CLIENT ID; with HTTP Basic it may be left out, with an assertion too."), CLIENT_ID),
    "client_secret": text(N_("client_secret_post: the CLIENT SECRET, in the form and never in the address.")),
    "client_assertion_type": text(N_("private_key_jwt and client_secret_jwt: always this value."), ASSERTION_TYPE),
    "client_assertion": text(
        N_("A JWT signed by the app: iss and sub are its CLIENT ID, aud is this server, exp is near, jti is fresh.")
    ),
}

# An empty alternative means: the proof stands in the form, or there is none to give.
BY_APP: tuple[Json, ...] = ({"client_secret_basic": []}, {})
BY_TOKEN_OF_ANY_SCOPE: tuple[Json, ...] = ({"bearer": []}, {"dpop": []})
BY_REGISTRATION: tuple[Json, ...] = ({"registration_token": []},)

METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt")
MAY_BE_PUBLIC = (*METHODS, "none")


def by_token(*scopes: str) -> tuple[Json, ...]:
    """Return the ways of showing an access token that carries one of these scopes."""
    return tuple({way: [scope]} for way in ("bearer", "dpop", "oauth2") for scope in scopes)


def schemes(offer: Offer) -> Json:
    """Return every security scheme that OpenAPI can name; what stands in a form is in `x-client-authentication`."""
    return {
        "client_secret_basic": {
            "type": "http",
            "scheme": "basic",
            "description": N_("CLIENT ID and CLIENT SECRET, each form-urlencoded first (RFC 6749 §2.3.1)."),
        },
        "bearer": {"type": "http", "scheme": "bearer", "description": N_("An access token (RFC 6750 §2.1).")},
        "dpop": {
            "type": "http",
            "scheme": "dpop",
            "description": N_("An access token bound to a key, with its proof in the DPoP header (RFC 9449 §7.1)."),
        },
        "registration_token": {
            "type": "http",
            "scheme": "bearer",
            "description": N_("An initial access token, or the registration access token of the app."),
        },
        "oauth2": {"type": "oauth2", "description": N_("The flows by which tokens come."), "flows": _flows(offer)},
    }


def _flows(offer: Offer) -> Json:
    token = offer.issuer + PATHS["token_endpoint"]
    words = {scope.name: scope.words for scope in list_in_order(offer.scopes)}
    authorize = offer.issuer + PATHS["authorization_endpoint"]
    code = {"authorizationUrl": authorize, "tokenUrl": token, "refreshUrl": token, "scopes": words}
    found: Json = {"authorizationCode": code}
    if CLIENT_CREDENTIALS in offer.grant_types:
        found["clientCredentials"] = {"tokenUrl": token, "scopes": {}}
    return found
