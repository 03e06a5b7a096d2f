"""What this server offers, decided by its settings: discovery prints it, every endpoint refuses the rest."""

from functools import lru_cache

from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.tokens import acr
from oauth2system.setting_types.choices import DynamicRegistration
from oauth2system.settings import Settings


def get_offer(settings: Settings) -> Offer:
    """Return what a server with these settings offers."""
    return _build_offer(settings.public_url, registration=settings.dynamic_registration is not DynamicRegistration.OFF)


@lru_cache(maxsize=32)  # a pure function of public values: the offer is published
def _build_offer(issuer: str, *, registration: bool) -> Offer:
    grants = (CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT)
    return Offer(issuer, registration=registration, grant_types=grants, acr_values=acr.LEVELS)
