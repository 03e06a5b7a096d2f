"""The published documents, made once from the capabilities of this server."""

from functools import lru_cache

import orjson

from oauth2system import __version__
from oauth2system.protocol import discovery
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.openapi import document
from oauth2system.services.clients import capabilities
from oauth2system.settings import Settings


def get_metadata(settings: Settings) -> bytes:
    """Return the JSON served at both well-known addresses (OIDC Discovery §4, RFC 8414 §3)."""
    return _build_metadata(capabilities.get_offer(settings))


def get_openapi(settings: Settings) -> bytes:
    """Return the JSON served at /openapi.json (OpenAPI 3.1)."""
    return _build_openapi(capabilities.get_offer(settings))


@lru_cache(maxsize=32)
def _build_metadata(offer: Offer) -> bytes:
    return orjson.dumps(discovery.build_metadata(offer))


@lru_cache(maxsize=32)
def _build_openapi(offer: Offer) -> bytes:
    return orjson.dumps(document.build(offer, __version__))
