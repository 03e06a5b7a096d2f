"""What an app may do inside its playground, and nowhere else (decision 0039).

The playground sends real requests to the real endpoints, inside this process. They carry a mark that nothing from the
network can carry, and only with it the built-in callback is an address of the app, a secret of the playground is
accepted, its keys stand in for those of the app, and a code of the callback can be redeemed.
"""

import hmac
from dataclasses import replace

from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.runtime.context import Context
from oauth2system.storage.lookups.authorize import AuthorizeLookup
from oauth2system.storage.tables import clients, consents
from oauth2system.storage.tables.consents import NOT_ASKED

PATH = "/apps/playground/callback"


def get_callback(ctx: Context) -> str:
    """Return the redirect URI of every playground."""
    return f"{ctx.settings.public_url}{PATH}"


def as_seen(ctx: Context, client: Client) -> Client:
    """Return the app as its own playground sees it: with the callback among its addresses, which the simple flow uses.

    For every other request it is the app as it is registered.
    """
    inside = ctx.proof.inside
    if inside is None or inside.client_id != client.id:
        return client
    callback = get_callback(ctx)
    return replace(client, redirect_uris=(*client.redirect_uris, callback), simple_redirect_uri=callback)


def look_up(ctx: Context, client_id: str) -> AuthorizeLookup:
    """Return the app, and the person of its playground with what they answered it; another app finds nobody there."""
    inside, client = ctx.proof.inside, clients.find(ctx.db, client_id)
    if client is None or inside is None or inside.client_id != client.id:
        return AuthorizeLookup(client)
    session = ctx.session
    answered = consents.find(ctx.db, session.user_id, client.id) if session else NOT_ASKED
    return AuthorizeLookup(as_seen(ctx, client), session, answered)


def stands_in(ctx: Context, client: Client, digest: bytes) -> bool:
    """Return whether this is the digest of the secret that the app's playground uses instead of the app's own."""
    inside = ctx.proof.inside
    return inside is not None and inside.client_id == client.id and hmac.compare_digest(inside.secret, digest)


def find_stand_in_keys(ctx: Context, client: Client) -> tuple[VerificationKey, ...]:
    """Return the public keys that the app's playground signs with; none for any other request."""
    inside = ctx.proof.inside
    return inside.keys if inside is not None and inside.client_id == client.id else ()


def find_stand_in_secret(ctx: Context, client: Client) -> bytes:
    """Return the secret that the app's playground signs with; an empty one for any other request."""
    inside = ctx.proof.inside
    return inside.signing_secret if inside is not None and inside.client_id == client.id else b""


def may_redeem(ctx: Context, redirect_uri: str) -> bool:
    """Return whether a code that was made for this address may be redeemed: one of the callback only inside."""
    return ctx.proof.inside is not None or redirect_uri != get_callback(ctx)
