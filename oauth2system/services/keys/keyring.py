"""The signing keys that a server holds in memory: decrypted once, read again from the database every few seconds."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from oauth2system import log
from oauth2system.errors import Busy
from oauth2system.i18n import N_
from oauth2system.policy import lifetimes
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey, VerificationKey
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import signing_keys
from oauth2system.services.keys.signing_keys import RingKey, Rotated
from oauth2system.storage.tables.keys import StoredKey


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys as they were read; each signature looks up the key that signs now."""

    keys: tuple[RingKey, ...]
    jwks: bytes
    loaded: float

    def signer(self, alg: str, now_ms: int) -> SigningKey:
        """Return the newest key of an algorithm that signs now; raises UnreadableKey, never uses another one (T162)."""
        for key in reversed(self.keys):
            if key.alg == alg and key.active_ms <= now_ms:
                if key.signs is None:
                    break
                return key.signs
        raise signing_keys.UnreadableKey(N_("There is no {alg} key that can sign now.", alg=alg))

    def knows(self, kid: str) -> bool:
        """Return whether there is a key of this name (kid)."""
        return any(key.public.kid == kid for key in self.keys)

    def all_keys(self) -> tuple[VerificationKey, ...]:
        """Return all public keys, also of retired ones: an id_token_hint may be old."""
        return tuple(key.public for key in self.keys)


class _HeldKeyring:
    """The keys that one server holds; the lock lets one reader at a time ask the database for newer ones."""

    __slots__ = ("lock", "ring")

    def __init__(self) -> None:
        self.ring: Keyring | None = None
        self.lock = asyncio.Lock()


def get_fresh(runner: Runner) -> Keyring | None:
    """Return the keys in memory, or None when they must be read again first."""
    ring = runner.server.of(_HeldKeyring).ring
    is_fresh = ring is not None and time.monotonic() - ring.loaded < lifetimes.KEYRING_FRESH.in_seconds
    return ring if is_fresh else None


async def get(runner: Runner) -> Keyring:
    """Return the keys; they are read again when they are some seconds old, so a new key is known before it signs."""
    fresh = get_fresh(runner)
    if fresh is not None:
        return fresh
    held = runner.server.of(_HeldKeyring)
    ring = held.ring
    if ring is not None and held.lock.locked():
        return ring
    async with held.lock:
        if held.ring is not None and held.ring is not ring:
            return held.ring
        return await _load(runner, held)


async def reload(runner: Runner) -> Keyring:
    """Read the keys again now, e.g. because a token names one that is not known here (T163)."""
    held = runner.server.of(_HeldKeyring)
    async with held.lock:
        return await _load(runner, held)


async def _load(runner: Runner, held: _HeldKeyring) -> Keyring:
    """Read the keys; while the database is busy, return those in memory."""
    try:
        held.ring = await _read(runner, held.ring)
    except Busy as busy:
        if held.ring is None:
            raise
        log.event("keys.busy", trouble=busy.trouble, why=str(busy))
    return held.ring


async def _read(runner: Runner, old: Keyring | None) -> Keyring:
    absent = await runner.read(SYSTEM, signing_keys.find_missing)
    if absent:
        fresh = await runner.slow(lambda: tuple(jose.generate(alg) for alg in absent))
        await runner.transact(SYSTEM, signing_keys.adopt, fresh)
    stock = await runner.read(SYSTEM, signing_keys.list_keys)
    held = {key.public.kid: key for key in old.keys} if old else {}
    opened = [await _open(runner, key, retired_ms, held.get(key.kid)) for key, retired_ms in stock.keys]
    return Keyring(tuple(opened), _build_document(opened, stock.now_ms), time.monotonic())


async def _open(runner: Runner, key: StoredKey, retired_ms: int | None, held: RingKey | None) -> RingKey:
    if held is None or (held.signs is None) != (key.sealed is None):
        return await runner.slow(lambda: signing_keys.open_key(runner.server.encryption, key, retired_ms))
    return replace(held, active_ms=key.active_ms, retired_ms=retired_ms)


def _build_document(opened: list[RingKey], now_ms: int) -> bytes:
    """Return the JWKS (RFC 7517 §5): the public halves, also of keys that will sign later."""
    return orjson.dumps({"keys": [key.jwk for key in opened if key.retired_ms is None or key.retired_ms > now_ms]})


async def get_knowing(runner: Runner, kid: str | None) -> Keyring:
    """Return the keys, read again when none has this name: another node may have just made one (T163)."""
    ring = await get(runner)
    if kid is None or ring.knows(kid) or time.monotonic() - ring.loaded < lifetimes.KEYRING_RETRY.in_seconds:
        return ring
    return await reload(runner)


def prepare(runner: Runner) -> None:
    """Make missing keys before a server starts; raises UnreadableKey when a key cannot be decrypted (T162)."""
    absent = runner.now(SYSTEM, signing_keys.find_missing)
    if absent:
        runner.now(SYSTEM, signing_keys.adopt, tuple(jose.generate(alg) for alg in absent))
    runner.now(SYSTEM, signing_keys.require_readable)


def rotate(runner: Runner, algs: Sequence[str] = signing_keys.ALGS, *, at_once: bool = False) -> list[Rotated]:
    """Make new keys for these algorithms, for the command `keys rotate`."""
    return runner.now(SYSTEM, signing_keys.rotate, tuple(jose.generate(alg) for alg in algs), at_once=at_once)


async def rotate_due(runner: Runner) -> None:
    """Rotate the keys that are due, and delete old ones; two reads when there is nothing to do."""
    due = await runner.read(SYSTEM, signing_keys.find_due)
    if due:
        fresh = await runner.slow(lambda: tuple(jose.generate(alg) for alg in due))
        await runner.transact(SYSTEM, signing_keys.rotate, fresh)
    if await runner.read(SYSTEM, signing_keys.needs_clean_up):
        await runner.transact(SYSTEM, signing_keys.clean_up)
