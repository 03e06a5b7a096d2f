"""The endpoints by which apps begin a sign-in themselves: pushed requests and devices (RFC 9126, RFC 8628)."""

from oauth2system.i18n import N_
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.protocol.openapi import authorization, credentials, tokens
from oauth2system.protocol.openapi.schemas import (
    FAILING,
    NOT_AUTHENTICATED,
    TOO_LARGE,
    TOO_MANY,
    Json,
    answer,
    form,
    number,
    operation,
    refusal,
    text,
    texts,
    thing,
)


def operations(offer: Offer) -> dict[str, Json]:
    """Return path -> operations."""
    found: dict[str, Json] = {"/oauth2/par": {"post": _push(offer)}}
    if DEVICE_GRANT in offer.grant_types:
        found["/oauth2/device_authorization"] = {"post": _device()}
    return found


def _push(offer: Offer) -> Json:
    fields = authorization.request_fields(offer) | dict(credentials.FIELDS)
    kept = thing(
        {
            "request_uri": text(
                N_("Stands for the request, with the same client_id, until one authorization has ended."),
                "urn:ietf:params:oauth:request_uri:op_EXAMPLE",
            ),
            "expires_in": number(N_("Seconds until it ends."), 90),
        },
        "request_uri",
        "expires_in",
    )
    codes = (
        *("invalid_request", "invalid_scope", "unauthorized_client", "unsupported_response_type"),
        *("invalid_request_object", "invalid_target", "registration_not_supported"),
        *("unmet_authentication_requirements", "invalid_dpop_proof", "use_dpop_nonce"),
    )
    return operation(
        "pushAuthorizationRequest",
        authorization.AUTHORIZING,
        N_("Hand an authorization request over before the browser comes"),
        {
            "201": answer(
                N_("Kept."), kept, "Cache-Control",
                example={"request_uri": "urn:ietf:params:oauth:request_uri:op_EXAMPLE", "expires_in": 90},
            ),
            "400": refusal(N_("The request was judged in full, and refused."), *codes),
            **NOT_AUTHENTICATED,
            **TOO_LARGE,
            **TOO_MANY,
            **FAILING,
        },
        words=N_("Takes the parameters of the authorization endpoint, from the app itself (RFC 9126)."),
        parameters=[tokens.PROOF],
        asks=form(thing(fields)),
        security=credentials.BY_APP,
        **tokens.methods(*credentials.MAY_BE_PUBLIC),
    )  # fmt: skip


def _device() -> Json:
    fields: dict[str, Json] = {
        "scope": text(N_("What is asked for, joined by spaces."), "openid email"),
        "resource": texts(N_("The resources that tokens are for."), "https://api.example/"),
        **credentials.FIELDS,
    }
    begun = {
        "device_code": text(N_("What the device polls with."), "od_EXAMPLE"),
        "user_code": text(N_("What the person types."), "BCDF-GHJK"),
        "verification_uri": text(N_("Where they type it."), "https://id.example.org/device"),
        "verification_uri_complete": text(
            N_("The same with the code in it, for a QR code."), "https://id.example.org/device?user_code=BCDF-GHJK"
        ),
        "expires_in": number(N_("Seconds until both codes end."), 600),
        "interval": number(N_("Seconds to wait between polls."), 5),
    }
    codes = ("invalid_request", "unauthorized_client", "invalid_scope", "invalid_target")
    example = {name: field["examples"][0] for name, field in begun.items()}
    return operation(
        "deviceAuthorization",
        authorization.AUTHORIZING,
        N_("Begin a sign-in on a device without a browser"),
        {
            "200": answer(N_("The two codes."), thing(begun, *begun), "Cache-Control", example=example),
            "400": refusal(N_("The device may not begin."), *codes),
            **NOT_AUTHENTICATED,
            **TOO_LARGE,
            **TOO_MANY,
            **FAILING,
        },
        asks=form(thing(fields)),
        security=credentials.BY_APP,
        **tokens.methods(*credentials.MAY_BE_PUBLIC),
    )
