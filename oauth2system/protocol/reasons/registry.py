"""All reasons and faults by their names, for records that keep only the name."""

from types import MappingProxyType

from oauth2system.protocol.reasons.addresses import UriFault
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.faults import JwtFault
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.reasons.reason import Fault, Reason
from oauth2system.protocol.reasons.requests import RequestReason
from oauth2system.protocol.reasons.tokens import TokenReason

_ROOMS: tuple[type[Reason], ...] = (
    RequestReason,
    AuthorizationReason,
    PageReason,
    ClientReason,
    GrantReason,
    TokenReason,
    MetadataReason,
)
_FAULTS: tuple[type[Fault], ...] = (JwtFault, UriFault)

REASONS = MappingProxyType({reason.name: reason for room in _ROOMS for reason in room})
FAULTS = MappingProxyType({fault.name: fault for room in _FAULTS for fault in room})
