"""The OpenAPI document, made once from what is really offered."""

from functools import lru_cache

import orjson

from oauth2system import __version__
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.openapi import document as described
from oauth2system.services.clients import capabilities
from oauth2system.settings import Settings


def document(settings: Settings) -> bytes:
    """Return the bytes that are served at /openapi.json."""
    return _written(capabilities.offer(settings))


@lru_cache(maxsize=32)
def _written(offer: Offer) -> bytes:
    return orjson.dumps(described.build(offer, __version__))
