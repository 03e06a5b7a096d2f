"""Every budget of attempts, named in one place; settings.rate_limit_factor multiplies them all."""

import ipaddress
from dataclasses import dataclass

from oauth2system.errors import TooManyAttempts
from oauth2system.runtime import encryption
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import rate_limits

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Budget:
    """So many attempts within a period, refilled evenly."""

    name: str
    times: int
    period_ms: int


# Guesses at one account, from wherever they come (T096). The second line is what NIST SP 800-63B-4
# §3.2.2 asks for: about a hundred failures in a row, and no more. The owner passes by on a
# device that has signed in before, or by a reset.
SIGN_IN = Budget("sign_in", 10, 10 * _MINUTE)
SIGN_IN_LONG = Budget("sign_in_long", 80, 30 * _DAY)
# Guesses at one account on a device that has signed in to it before.
SIGN_IN_KNOWN = Budget("sign_in_known", 10, 10 * _MINUTE)
SIGN_IN_KNOWN_LONG = Budget("sign_in_known_long", 20, 30 * _DAY)
# Failed sign-ins of one address, whatever the accounts: wide, since many people may share it.
SIGN_IN_ADDRESS = Budget("sign_in_address", 100, 10 * _MINUTE)
# Forms that cost a slow hash, a kept row or a mail, by address.
REGISTER = Budget("register", 40, 60 * _MINUTE)
FORM = Budget("form", 120, 10 * _MINUTE)
KEPT_FORM = Budget("kept_form", 120, 10 * _MINUTE)
MAIL_ADDRESS = Budget("mail_address", 40, 60 * _MINUTE)
# Mails to one mailbox: nobody's mailbox is filled by a stranger.
MAIL_TO = Budget("mail_to", 6, 60 * _MINUTE)
# Links out of mails: 256 bits need no help, the database does.
LINK = Budget("link", 120, 10 * _MINUTE)
# Failed fetches at /api/user, by address and app: other addresses of that app stay unaffected (T077).
API_FAILURES = Budget("api_failures", 120, 10 * _MINUTE)
# Codes typed to let a device in, by person and by address (RFC 8628 §5.1, T080).
DEVICE_CODE = Budget("device_code", 20, 10 * _MINUTE)
# Apps registered by programs, by address.
REGISTER_APP = Budget("register_app", 60, 60 * _MINUTE)
# Authorizations begun and kept, by address: bounded storage whoever asks (T078).
FLOWS = Budget("flows", 600, 10 * _MINUTE)


def spend(ctx: Context, budget: Budget, *whose: str) -> None:
    """Spend one attempt, or refuse with the time to wait; counted before anything is checked (T097)."""
    if not try_spend(ctx, budget, *whose):
        raise TooManyAttempts(_wait_seconds(ctx, budget, *whose))


def try_spend(ctx: Context, budget: Budget, *whose: str) -> bool:
    """Spend one attempt; False when there is none left."""
    return rate_limits.spend(ctx.db, _key(ctx, budget, whose), ctx.now_ms, _cost(ctx, budget), budget.period_ms)


def give_back(ctx: Context, budget: Budget, *whose: str) -> None:
    """Return one attempt that was no failure after all."""
    rate_limits.give_back(ctx.db, _key(ctx, budget, whose), _cost(ctx, budget))


def refill(ctx: Context, budget: Budget, *whose: str) -> None:
    """Forget every attempt, e.g. after the right password."""
    rate_limits.refill(ctx.db, _key(ctx, budget, whose))


def network(ip: str) -> str:
    """Return what counts as one address: a whole /64 of IPv6, since one host owns it all."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))


def _key(ctx: Context, budget: Budget, whose: tuple[str, ...]) -> bytes:
    return encryption.fingerprint(ctx.settings, "throttle", budget.name, *whose)


def _cost(ctx: Context, budget: Budget) -> int:
    """Return what one attempt costs, in milliseconds of refilling."""
    return max(1, int(budget.period_ms / (budget.times * ctx.settings.rate_limit_factor)))


def _wait_seconds(ctx: Context, budget: Budget, *whose: str) -> int:
    full_at = rate_limits.full_at(ctx.db, _key(ctx, budget, whose))
    wait_ms = full_at + _cost(ctx, budget) - budget.period_ms - ctx.now_ms
    return max(1, -(-wait_ms // 1000))
