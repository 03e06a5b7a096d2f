"""What this server offers: discovery prints it, every endpoint refuses the rest."""

from dataclasses import dataclass

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.scopes import NAMES

SIGNING_ALGS = ("RS256", "ES256", "EdDSA", "PS256")
FAPI_ALGS = ("PS256", "ES256", "EdDSA")
# What clients may sign with. RFC 9864 §2.2 gave EdDSA with this curve a name of its own, which newer libraries send.
CLIENT_ALGS = (*SIGNING_ALGS, "Ed25519")


@dataclass(frozen=True, slots=True)
class Offer:
    """One server's features; the defaults are the `default` profile of the product."""

    issuer: str
    scopes: frozenset[str] = NAMES
    response_types: tuple[str, ...] = ("code",)
    response_modes: tuple[str, ...] = ("query", "fragment", "form_post")
    grant_types: tuple[str, ...] = (CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT)
    acr_values: tuple[str, ...] = ()
    signing_algs: tuple[str, ...] = SIGNING_ALGS
    client_algs: tuple[str, ...] = CLIENT_ALGS
    request_objects: bool = True
    registration: bool = False
    # Each of these is one RFC 8707 resource that tokens may be asked for; a client may have more.
    resources: tuple[str, ...] = ()
