"""Password hashes: argon2id through passlib, whose untyped API stays in this file."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from passlib.context import CryptContext  # pyright: ignore[reportMissingTypeStubs]  (passlib has no types)

from oauth2system.policy import passwords, quotas
from oauth2system.policy.passwords import normalise

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_hasher: Any = CryptContext(
    schemes=["argon2"],
    argon2__type="ID",
    argon2__memory_cost=19 * 1024,
    argon2__time_cost=2,
    argon2__parallelism=1,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check; `upgraded` is a hash with today's parameters if the stored one is older."""

    right: bool
    upgraded: str | None = None


def hash_password(password: str) -> str:
    """Hash with argon2id; tens of milliseconds and 19 MiB: only in `runner.slow`."""
    return _hasher.hash(normalise(password))


def check(password: str, kept: str | None) -> Checked:
    """Compare with a stored hash; the same work when there is none (T087). Only in `runner.slow`."""
    text = normalise(password)
    if len(text) > quotas.PASSWORD_LONGEST or "\0" in text:
        text, kept = "", None
    if kept is None or not _hasher.identify(kept):
        _hasher.verify(text, _hash_nobody())
        return Checked(right=False)
    if not _hasher.verify(text, kept):
        return Checked(right=False)
    return Checked(right=True, upgraded=_hasher.hash(text) if _hasher.needs_update(kept) else None)


def warm_up() -> None:
    """Do the work of the first use (the dummy hash, the list of passwords) at the start: no request waits for it."""
    _hash_nobody()
    passwords.warm_up()


@cache
def _hash_nobody() -> str:
    """Return the hash of a password that nobody has, for people who do not exist."""
    return _hasher.hash("nobody's password: it belongs to no account")
