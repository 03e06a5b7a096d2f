"""The public endpoints: metadata, public keys, this document, and health."""

from oauth2system.i18n import N_
from oauth2system.protocol import discovery
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.openapi.schemas import (
    BROKEN,
    FAILING,
    JSON,
    Json,
    answer,
    operation,
    preflight,
    ref,
    text,
    thing,
    without_body,
)

DOCUMENTS, OPERATIONS = "documents", "operations"
METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
OPENAPI = "/openapi.json"
_WORDS = N_("Kept by a cache for an hour; If-None-Match with the ETag answers 304.")


def operations() -> dict[str, Json]:
    """Return path -> operations."""
    openid, oauth = METADATA
    metadata = ref("Metadata")
    return {
        openid: _describe_document(
            "openidConfiguration", N_("What this server offers (OpenID Connect Discovery)"), metadata
        ),
        oauth: _describe_document(
            "serverMetadata", N_("The same document, where OAuth looks for it (RFC 8414)"), metadata
        ),
        "/oauth2/jwks": _describe_document(
            "keys", N_("The public keys of this server"), ref("Keys"), kind="application/jwk-set+json", failing=FAILING
        ),
        OPENAPI: _describe_document("openapi", N_("This document"), {"type": "object", "required": ["openapi"]}),
        "/healthz": _describe_health("alive", N_("Is the process up?"), BROKEN),
        "/readyz": _describe_health(
            "ready", N_("Can it serve: is the database there, with the right schema?"), _not_ready()
        ),
    }


def schemas(offer: Offer) -> dict[str, Json]:
    """Return the schemas of this module for the components."""
    found = {name: _describe_member(value) for name, value in discovery.build_metadata(offer).items()}
    key = thing(
        {
            "kty": text(N_("The kind of key."), enum=["RSA", "EC", "OKP"]),
            "kid": text(N_("The key's name, which signatures repeat.")),
            "use": {"const": "sig"},
            "alg": text(N_("The one algorithm it signs by."), enum=list(offer.signing_algs)),
        },
        *("kty", "kid", "use", "alg"),
    )
    return {
        "Metadata": thing(found, *found),
        "Keys": thing({"keys": {"type": "array", "items": key}}, "keys"),
        "Health": thing({"status": text(N_("ok, or not ready.")), "reason": text(N_("What is missing."))}, "status"),
    }


def _describe_member(value: object) -> Json:
    """Describe a member of the metadata by what stands there: it is the same for every reader."""
    if isinstance(value, bool):
        return {"type": "boolean"}
    return {"type": "array", "items": {"type": "string"}} if isinstance(value, list) else {"type": "string"}


def _describe_document(name: str, summary: str, schema: Json, *, kind: str = JSON, failing: Json = BROKEN) -> Json:
    shared = ("ETag", "Cache-Control ", "Access-Control-Allow-Origin")
    get = operation(
        name,
        DOCUMENTS,
        summary,
        {
            "200": _cache_publicly(answer(N_("The document."), schema, *shared, kind=kind)),
            "304": _cache_publicly(answer(N_("It has not changed."), None, *shared)),
            **failing,
        },
        words=_WORDS,
    )
    return {"get": get, "head": without_body(get, f"{name}Head"), "options": preflight(f"{name}Preflight", DOCUMENTS)}


def _cache_publicly(found: Json) -> Json:
    """Let the caching header be the public one."""
    headers = {name.strip(): part for name, part in found["headers"].items()}
    return {**found, "headers": {**headers, "Cache-Control": ref("Public", "headers")}}


def _describe_health(name: str, summary: str, failing: Json) -> Json:
    found = answer(N_("All is well."), ref("Health"), "Cache-Control", example={"status": "ok"})
    get = operation(name, OPERATIONS, summary, {"200": found, **failing})
    return {"get": get, "head": without_body(get, f"{name}Head")}


def _not_ready() -> dict[str, Json]:
    example = {"status": "not ready", "reason": "The database is empty; run: python -m oauth2system migrate"}
    schema = {"anyOf": [ref("Health"), ref("Error")]}
    return {**BROKEN, "503": answer(N_("Not now, and why."), schema, "Cache-Control", example=example)}
