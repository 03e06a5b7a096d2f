"""Logos of apps: uploaded by the owner, or fetched once from the registered `logo_uri` (RFC 7591 §2).

Browsers never load a logo from the app's own server: it would learn who looks at which page. A logo that the owner
uploaded stays until they remove it, whatever `logo_uri` says.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from oauth2system.policy import lifetimes
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClientMetadata
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.runtime import app_log, audit, outbox
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.outbox import Failed, Hung, Recipient, Undeliverable
from oauth2system.runtime.outgoing_http import Unfetched
from oauth2system.runtime.runner import Runner
from oauth2system.services.pictures import images, store
from oauth2system.services.pictures.images import Encoded
from oauth2system.services.pictures.unfit import UnfitPicture
from oauth2system.storage.tables import clients

KIND = "logo"
STAGE = "logo"


@dataclass(frozen=True, slots=True)
class FetchedFrom:
    """Where a logo is to be fetched, and on whose behalf."""

    uri: str
    whose: str


def follow(ctx: Context, client: Client) -> Client:
    """Return an app with the logo that its `logo_uri` wants, and have a new one fetched.

    The old logo stays until the new one is there; without a `logo_uri`, a fetched one goes.
    """
    if client.logo is not None and client.logo_from is None:  # uploaded
        return client
    if client.logo_uri is None:
        if client.logo is not None:
            store.replace_of_client(ctx, client.id, None)
        return replace(client, logo=None, logo_from=None)
    if client.logo_uri != client.logo_from:
        _order(ctx, client, client.logo_uri)
    return client


def _order(ctx: Context, client: Client, uri: str) -> None:
    """Put a fetch into the outbox; while too much waits for this app, its owner reads that it was left out."""
    to = Recipient(client.id, client.owner_id or client.id, urlsplit(uri).hostname or "")
    if not outbox.has_room(ctx, to):
        app_log.note(ctx, client.id, STAGE, _not_fetched())
        return
    outbox.put(ctx, KIND, {"client_id": client.id, "uri": uri}, lives=lifetimes.LOGO_FETCH, to=to)


async def deliver(runner: Runner, payload: dict[str, Any]) -> None:
    """Fetch one logo and keep it, unless the app wants another one by now; raises Failed and Undeliverable."""
    wanted = await runner.read(SYSTEM, _find_wanted, **payload)
    if wanted is None:
        return
    try:
        body = await runner.server.outgoing.fetch_picture(wanted.uri, wanted.whose)
        encoded = await runner.picture(partial(images.encode, body, cropped=False))
    except Unfetched as error:
        await _note(runner, payload["client_id"], _not_fetched())
        raise (Hung("never answered") if error.hung else Failed("not reached")) from error
    except UnfitPicture as error:
        await _note(runner, payload["client_id"], InvalidClientMetadata(MetadataReason.LOGO_UNFIT, member="logo_uri"))
        raise Undeliverable(error.code) from error
    await runner.transact(SYSTEM, _keep, encoded, **payload)


def _find_wanted(ctx: Context, client_id: str, uri: str) -> FetchedFrom | None:
    client = clients.find(ctx.db, client_id)
    if client is None or not _is_wanted(client, uri):
        return None
    return FetchedFrom(uri, client.owner_id or client.id)


def _is_wanted(client: Client, uri: str) -> bool:
    is_uploaded = client.logo is not None and client.logo_from is None
    return not client.disabled and client.logo_uri == uri and client.logo_from != uri and not is_uploaded


def _keep(ctx: Context, encoded: Encoded, client_id: str, uri: str) -> None:
    """Keep a fetched logo, if the app still wants it; the app is held, so its owner's change comes before or after."""
    registered = clients.find_registered(ctx.db, client_id, hold=True)
    if registered is None or not _is_wanted(registered.client, uri):
        return
    name = store.replace_of_client(ctx, client_id, encoded)
    clients.save(ctx.db, replace(registered.client, logo=name, logo_from=uri), ctx.now)
    audit.record(ctx, "app.logo_fetched", user_id=registered.client.owner_id, client_id=client_id)


def _not_fetched() -> InvalidClientMetadata:
    return InvalidClientMetadata(MetadataReason.LOGO_NOT_FETCHED, member="logo_uri")


async def _note(runner: Runner, client_id: str, refusal: InvalidClientMetadata) -> None:
    await runner.read(SYSTEM, app_log.note, client_id, STAGE, refusal)
