"""The public keys of clients: registered (jwks), or fetched from the client (jwks_uri).

Each process keeps the keys that it fetched. An unknown key name makes it fetch again, at most once a minute for all
names (T133).
"""

import asyncio
import time
from dataclasses import dataclass

from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.clients import authentication, metadata
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import OAuthError
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.params import Params
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.outgoing_http import Unfetched
from oauth2system.runtime.runner import Runner
from oauth2system.storage.tables import clients

# Parameters with a JWT that a client signs.
SIGNED = ("client_assertion", "request")


@dataclass(slots=True)
class _Kept:
    """One key set: what was read last, when, and when it was last tried."""

    text: str | None = None
    read_at: float = 0.0
    tried_at: float = 0.0


class _FetchedKeySets:
    """The key sets that one server has fetched, and the fetches that are under way, by address."""

    __slots__ = ("fetches", "sets")

    def __init__(self) -> None:
        self.sets: dict[str, _Kept] = {}
        self.fetches: dict[str, asyncio.Task[None]] = {}


def find(ctx: Context, client: Client) -> str | None:
    """Return a client's key set: the registered one, or the one fetched last; None without either."""
    if client.jwks is not None or client.jwks_uri is None:
        return client.jwks
    found = ctx.server.of(_FetchedKeySets).sets.get(client.jwks_uri)
    return None if found is None else found.text


async def prepare(runner: Runner, authorization: str | None, params: Params) -> None:
    """Fetch the keys that will check a signed request, before the transaction that checks it."""
    if params.values.keys().isdisjoint(SIGNED):
        return
    found = await runner.read(NOBODY, _find_uri, authorization, params)
    if found is not None:
        await _refresh(runner, *found, _key_names(params))


def _find_uri(ctx: Context, authorization: str | None, params: Params) -> tuple[str, str] | None:
    """Return the jwks_uri of the client that asks, and whose client it is; None if it registered its keys."""
    client_id = params.peek("client_id")
    try:
        client_id = client_id or authentication.read(authorization, params).client_id
    except OAuthError:
        return None  # the service refuses it, with that reason
    client = clients.find(ctx.db, client_id) if client_id.isascii() and client_id.isdecimal() else None
    if client is None or client.disabled or client.jwks is not None or client.jwks_uri is None:
        return None
    return client.jwks_uri, client.owner_id or client.id


def _key_names(params: Params) -> set[str]:
    """Return the key names (kid) in the headers of the JWTs of a request."""
    names = set[str]()
    for one in SIGNED:
        try:
            kid = jws.read(params.peek(one) or "").kid
        except BadJwt:
            continue
        if kid is not None:
            names.add(kid)
    return names


async def _refresh(runner: Runner, uri: str, whose: str, names: set[str]) -> None:
    held, now = runner.server.of(_FetchedKeySets), time.monotonic()
    kept = held.sets.setdefault(uri, _Kept())
    is_fresh = kept.text is not None and now - kept.read_at < lifetimes.CLIENT_KEYS_FRESH.in_seconds
    if is_fresh and all(f'"{name}"' in (kept.text or "") for name in names):
        return
    fetch = held.fetches.get(uri)
    if fetch is None and kept.tried_at and now - kept.tried_at < lifetimes.CLIENT_KEYS_RETRY.in_seconds:
        return
    if fetch is None or fetch.get_loop() is not asyncio.get_running_loop():
        fetch = held.fetches[uri] = asyncio.ensure_future(_fetch(runner, held, uri, whose))
    await asyncio.shield(fetch)


async def _fetch(runner: Runner, held: _FetchedKeySets, uri: str, whose: str) -> None:
    kept = held.sets[uri]
    kept.tried_at = time.monotonic()
    try:
        text = (await runner.server.outgoing.fetch_json(uri, whose)).decode()
        kept.text, kept.read_at = metadata.check_jwks(text), time.monotonic()
    except (Unfetched, UnicodeDecodeError, OAuthError):
        pass  # the keys that were read before stay valid
    finally:
        held.fetches.pop(uri, None)
        while len(held.sets) > quotas.CLIENT_KEY_SETS:
            held.sets.pop(next(iter(held.sets)))
