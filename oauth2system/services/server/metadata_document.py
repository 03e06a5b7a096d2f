"""The metadata document, made once from what is really offered (OIDC Discovery §4, RFC 8414 §3)."""

from functools import lru_cache

import orjson

from oauth2system.protocol import discovery
from oauth2system.protocol.capabilities import Offer
from oauth2system.services.clients import capabilities
from oauth2system.settings import Settings


def document(settings: Settings) -> bytes:
    """Return the bytes that are served at both well-known places."""
    return _written(capabilities.offer(settings))


@lru_cache(maxsize=32)
def _written(offer: Offer) -> bytes:
    return orjson.dumps(discovery.metadata(offer))
