"""The whole document: OpenAPI 3.1, built from what this server offers."""

from oauth2system.i18n import N_
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.openapi import authorization, credentials, metadata, pushed, registration, tokens, users
from oauth2system.protocol.openapi.error_codes import CODES
from oauth2system.protocol.openapi.schemas import Json, number, page, ref, refusal, text, thing

VERSION = "3.1.1"

# Tag -> its name for people and its words, in reading order.
TAGS: dict[str, tuple[str, str]] = {
    users.SIMPLE: (N_("The simple flow"), N_("Two calls: a link, and one request for the person.")),
    authorization.AUTHORIZING: (N_("Authorization"), N_("Ways for a person to let an app in.")),
    tokens.TOKENS: (N_("Tokens"), N_("Got, asked about and ended by apps.")),
    users.PEOPLE: (N_("The person"), N_("What a token says about its person.")),
    authorization.SIGNING_OUT: (N_("Signing out"), N_("Ending the session here from an app.")),
    registration.REGISTERING: (N_("Registration"), N_("Programs register apps and manage them.")),
    metadata.DOCUMENTS: (N_("Documents"), N_("What libraries find their way by.")),
    authorization.FORMS: (N_("Our own forms"), N_("What the pages of this server post.")),
    metadata.OPERATIONS: (N_("Operations"), N_("For whatever watches the server.")),
}


def build(offer: Offer, version: str) -> Json:
    """Return the document for a server that offers this; everything listed is there, and nothing else is."""
    paths = _paths(offer)
    used = {described["tags"][0] for methods in paths.values() for described in methods.values() if "tags" in described}
    return {
        "openapi": VERSION,
        "info": {
            "title": "Oauth2System",
            "version": version,
            "summary": N_("One login for all your sites."),
            "description": N_(
                "Every request and answer of the protocol. Parameters without a value count as absent, unknown ones "
                "are ignored, and one that comes twice is refused. Another method than those listed is answered "
                "with 405 and Allow. Answers about people and tokens are never to be stored."
            ),
        },
        "servers": [{"url": offer.issuer}],
        "externalDocs": {"url": f"{offer.issuer}/docs", "description": N_("For developers")},
        "tags": [
            {"name": name, "x-displayName": title, "description": words}
            for name, (title, words) in TAGS.items()
            if name in used
        ],
        "paths": paths,
        "components": {
            "schemas": _schemas(offer),
            "responses": _responses(),
            "headers": _headers(),
            "securitySchemes": credentials.schemes(offer),
        },
    }


def _paths(offer: Offer) -> dict[str, Json]:
    return {
        **users.operations(),
        **authorization.operations(offer),
        **pushed.operations(offer),
        **tokens.operations(offer),
        **registration.operations(offer),
        **metadata.operations(),
    }


def _schemas(offer: Offer) -> dict[str, Json]:
    codes = [{"const": code, "description": words} for code, words in CODES.items()]
    described = text(
        N_("A sentence for the app's developer; the app's page says more."),
        pattern=r"^[\x20\x21\x23-\x5b\x5d-\x7e]*$",
    )
    return {
        "ErrorCode": {"type": "string", "description": N_("What went wrong."), "oneOf": codes},
        "ErrorDescription": described,
        "Error": thing({"error": ref("ErrorCode"), "error_description": ref("ErrorDescription")}, "error"),
        **authorization.schemas(),
        **tokens.schemas(offer),
        **users.schemas(),
        **registration.schemas(offer),
        **metadata.schemas(offer),
    }


def _responses() -> dict[str, Json]:
    wait = ("Retry-After",)
    broken, busy = N_("Something broke here; nothing was changed."), N_("Too busy; nothing was changed.")
    large, many = N_("More was sent than is taken here."), N_("Too many requests of this kind.")
    return {
        "NotAuthenticated": refusal(
            N_("The app did not prove who it is; the answer is the same for an unknown one."),
            "invalid_client", headers=["WWW-Authenticate"],
        ),
        "TooLarge": refusal(large, "invalid_request"),
        "TooMany": refusal(many, "temporarily_unavailable", headers=wait),
        "Busy": refusal(busy, "temporarily_unavailable", headers=wait),
        "Broken": refusal(broken, "server_error"),
        "TooLargePage": page(large),
        "TooManyPage": page(many, *wait),
        "BusyPage": page(busy, *wait),
        "BrokenPage": page(broken),
    }  # fmt: skip


def _headers() -> dict[str, Json]:
    def always(schema: Json) -> Json:
        words = schema.pop("description")
        return {"description": words, "required": True, "schema": schema}

    return {
        "Cache-Control": always({"const": "no-store", "description": N_("Never stored by anybody.")}),
        "Public": always(text(N_("Kept by anybody, for a while."), "public, max-age=3600", pattern="^public, ")),
        "ETag": always(text(N_("Send it back as If-None-Match."), '"0a1b2c"')),
        "Access-Control-Allow-Origin": always({"const": "*", "description": N_("Pages of any site may read it.")}),
        "Location": always(text(N_("Where the browser goes next."))),
        "Retry-After": always(number(N_("Seconds to wait."), 2)),
        "WWW-Authenticate": always(text(N_("How to prove who is asking."), 'Basic realm="oauth2"')),
    }
