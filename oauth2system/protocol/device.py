"""The device flow: codes that people type, and the answer to each poll (RFC 8628)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.protocol.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    InvalidScope,
    SlowDown,
    UnauthorizedClient,
)
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.scopes import parse, write

# RFC 8628 §6.1: twenty consonants, no vowels and nothing that looks like something else: 34.5 bits in eight.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
_LENGTH = 8
_RANDOM_BYTES = 16
INTERVAL = 5
# Networks jitter: a poll may come this much too early.
_TOLERANCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """The data of a device code."""

    client_id: str
    expires_at: datetime
    status: Literal["pending", "allowed", "denied", "used"] = "pending"
    interval: int = INTERVAL
    polled_at: datetime | None = None


def user_code(random: bytes) -> str:
    """Return a code for people to type, in two halves; 128 bits over 20^8 leave no bias worth naming."""
    if len(random) != _RANDOM_BYTES:
        raise ValueError("a user code needs 16 random bytes")
    number, signs = int.from_bytes(random, "big"), ""
    for _ in range(_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        signs += ALPHABET[place]
    return f"{signs[:4]}-{signs[4:]}"


def read_user_code(typed: str) -> str | None:
    """Return a typed code in its one form, whatever the case and the separators; None for what is no code."""
    signs = "".join(sign for sign in typed[:64].upper() if sign.isalnum())
    if len(signs) != _LENGTH or any(sign not in ALPHABET for sign in signs):
        return None
    return f"{signs[:4]}-{signs[4:]}"


def check_request(params: Params, caller: AuthenticatedClient, offer: Offer) -> frozenset[str]:
    """Return the scopes a device asks for (RFC 8628 §3.1)."""
    params.refuse_repeats()
    client = caller.client
    if not client.may_use(DEVICE_GRANT):
        raise UnauthorizedClient(GrantReason.DEVICE_NOT_ALLOWED)
    asked = parse(params.get("scope")) & offer.scopes
    if not asked or not asked <= client.scopes:
        raise InvalidScope(GrantReason.DEVICE_SCOPE, sent=write(asked), registered=write(client.scopes))
    return asked


def check_poll(device: DeviceFacts | None, caller: AuthenticatedClient, now: datetime) -> DeviceFacts:
    """Return a device code that may be redeemed now, once; raises the answer to the poll otherwise (RFC 8628 §3.5)."""
    if device is None or device.client_id != caller.client.id or device.status == "used":
        raise InvalidGrant(GrantReason.DEVICE_CODE_UNKNOWN)
    if device.expires_at <= now:
        raise ExpiredToken(GrantReason.DEVICE_CODE_EXPIRED)
    if device.status == "denied":
        raise AccessDenied(GrantReason.DEVICE_DENIED)
    if polls_too_fast(device, now):
        raise SlowDown(GrantReason.POLLED_TOO_FAST, seconds=next_interval(device))
    if device.status == "pending":
        raise AuthorizationPending(GrantReason.DEVICE_PENDING)
    return device


def polls_too_fast(device: DeviceFacts, now: datetime) -> bool:
    """Return whether this poll comes before the interval is over."""
    return device.polled_at is not None and now - device.polled_at + _TOLERANCE < timedelta(seconds=device.interval)


def next_interval(device: DeviceFacts) -> int:
    """Return the interval after a slow_down: five seconds more, from then on (RFC 8628 §3.5)."""
    return device.interval + 5
