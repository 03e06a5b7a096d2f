"""The life of a signing key: made, published, signing, retired but still published, deleted.

A key is published before it signs, for longer than anybody may cache the JWKS, and stays published until
the last token it signed has expired (OIDC Core §10.1.1). Making a key takes long, so it is made before the transaction.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_
from oauth2system.policy import lifetimes
from oauth2system.protocol.capabilities import SIGNING_ALGS
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import load
from oauth2system.protocol.jose.keys import SigningKey, VerificationKey
from oauth2system.protocol.jose.strict_json import dump
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.runtime.encryption import Encryption, Unreadable
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import keys as rows
from oauth2system.storage.tables.keys import StoredKey

# Each key has one algorithm. Every client understands RS256 (OIDC Core §15.1); the others are a client's choice.
ALGS = SIGNING_ALGS
PURPOSE = "signing-key"


class UnreadableKey(Misconfigured):
    """A signing key cannot be decrypted with this SECRET_KEY; the message is one line that says how to fix it."""


@dataclass(frozen=True, slots=True)
class KeyList:
    """All stored keys, each with the moment it stops being published; None while it still signs."""

    now_ms: int
    keys: tuple[tuple[StoredKey, int | None], ...]


@dataclass(frozen=True, slots=True)
class RingKey:
    """One key in memory; `signs` is None for a retired key, and for one that cannot be decrypted."""

    alg: str
    number: int
    active_ms: int
    retired_ms: int | None
    public: VerificationKey
    jwk: dict[str, str]
    signs: SigningKey | None


@dataclass(frozen=True, slots=True)
class Rotated:
    """A new key, and the moment from which it signs."""

    alg: str
    kid: str
    active_at: datetime


def find_missing(ctx: Context) -> tuple[str, ...]:
    """Return the algorithms that have no key yet."""
    present = {key.alg for key in rows.list_all(ctx.db)}
    return tuple(alg for alg in ALGS if alg not in present)


def adopt(ctx: Context, fresh: tuple[SigningKey, ...]) -> None:
    """Store the first key of each algorithm, unless another node has stored one (T162).

    It has signed since the beginning of time: a node whose clock is behind must not wait for it (T161).
    """
    for key in fresh:
        if rows.add(ctx.db, _make_row(ctx, key, 1, 0)):
            audit.record(ctx, "key.created", alg=key.alg, kid=key.kid)


def find_due(ctx: Context) -> tuple[str, ...]:
    """Return the algorithms whose newest key is old enough to be rotated."""
    oldest = ctx.now_ms - lifetimes.KEY_ROTATED.in_ms
    return tuple(
        alg for alg, key in _pick_newest(ctx).items() if alg in ALGS and max(key.created_ms, key.active_ms) <= oldest
    )


def needs_clean_up(ctx: Context) -> bool:
    """Return whether a retired key still has its private half, or is so old that it can be deleted."""
    ends = [(key, end) for key, end in _with_end(rows.list_all(ctx.db)) if end is not None and end <= ctx.now_ms]
    return any(key.sealed is not None or end + lifetimes.KEY_REMEMBERED.in_ms < ctx.now_ms for key, end in ends)


def rotate(ctx: Context, fresh: tuple[SigningKey, ...], *, at_once: bool = False) -> list[Rotated]:
    """Publish new keys, which sign once every cache has seen them, or at once when a key has leaked.

    If a new key waits already, none is made: two operators at once make one.
    """
    active_ms = ctx.now_ms + (0 if at_once else lifetimes.KEY_PUBLISHED_BEFORE.in_ms)
    newest = _pick_newest(ctx)
    rotated: list[Rotated] = []
    for key in fresh:
        last = newest.get(key.alg)
        if last is not None and last.active_ms > ctx.now_ms:
            rotated.append(_hasten(ctx, last, active_ms))
        elif rows.add(ctx.db, _make_row(ctx, key, last.number + 1 if last else 1, active_ms)):
            audit.record(ctx, "key.rotated", alg=key.alg, kid=key.kid, at_once=at_once)
            rotated.append(Rotated(key.alg, key.kid, from_ms(active_ms)))
    return rotated


def _hasten(ctx: Context, waiting: StoredKey, active_ms: int) -> Rotated:
    if active_ms < waiting.active_ms:
        rows.activate(ctx.db, waiting.kid, active_ms)
    return Rotated(waiting.alg, waiting.kid, from_ms(min(active_ms, waiting.active_ms)))


def clean_up(ctx: Context) -> None:
    """Delete the private halves of retired keys, and keys that are too old for any id_token_hint."""
    for key, retired_ms in _with_end(rows.list_all(ctx.db)):
        if retired_ms is None or retired_ms > ctx.now_ms:
            continue
        if key.sealed is not None:
            rows.wipe(ctx.db, key.kid)
        if retired_ms + lifetimes.KEY_REMEMBERED.in_ms < ctx.now_ms:
            rows.delete(ctx.db, key.kid)


def list_keys(ctx: Context) -> KeyList:
    """List all keys as they are stored."""
    return KeyList(ctx.now_ms, tuple(_with_end(rows.list_all(ctx.db))))


def require_readable(ctx: Context) -> None:
    """Raise UnreadableKey unless every key that signs now or later can be decrypted; called at the start (T162)."""
    for key, retired_ms in _with_end(rows.list_all(ctx.db)):
        if key.sealed is not None and (
            retired_ms is None or retired_ms - lifetimes.KEY_PUBLISHED_AFTER.in_ms > ctx.now_ms
        ):
            _unseal(ctx.server.encryption, key)


def open_key(encryption: Encryption, key: StoredKey, retired_ms: int | None) -> RingKey:
    """Decrypt a stored key; once per process, since parsing an RSA key takes as long as a hundred signatures."""
    jwk: dict[str, str] = load(key.public)
    signs = None
    if key.sealed is not None:
        with suppress(UnreadableKey):  # the key still verifies; signing with it is refused
            signs = jose.restore(_unseal(encryption, key), key.alg)
    return RingKey(key.alg, key.number, key.active_ms, retired_ms, jose.parse_jwk(jwk), jwk, signs)


def _unseal(encryption: Encryption, key: StoredKey) -> bytes:
    try:
        return encryption.unseal(PURPOSE, key.sealed or b"", bound_to=key.kid)
    except Unreadable as error:
        raise UnreadableKey(
            N_(
                "The {alg} signing key cannot be decrypted with this SECRET_KEY. Set the SECRET_KEY that it was made"
                " with, or sign with new keys: keys rotate --at-once",
                alg=key.alg,
            )
        ) from error


def _make_row(ctx: Context, key: SigningKey, number: int, active_ms: int) -> StoredKey:
    sealed = ctx.server.encryption.seal(PURPOSE, jose.save(key), bound_to=key.kid)
    public = dump(jose.public_jwk(key)).decode()
    return StoredKey(key.alg, number, key.kid, public, sealed, ctx.now_ms, active_ms)


def _pick_newest(ctx: Context) -> dict[str, StoredKey]:
    return {key.alg: key for key in rows.list_all(ctx.db)}


def _with_end(found: list[StoredKey]) -> list[tuple[StoredKey, int | None]]:
    """Pair each key with the time when it retires, once its last token has expired; None while it signs."""
    ends: list[tuple[StoredKey, int | None]] = []
    for key, following in pairwise([*found, None]):
        if key is None:
            continue
        follows = following is not None and following.alg == key.alg
        ends.append((key, following.active_ms + lifetimes.KEY_PUBLISHED_AFTER.in_ms if follows and following else None))
    return ends
