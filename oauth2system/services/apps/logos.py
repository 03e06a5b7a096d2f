"""The logo of an app, as its owner uploads and removes it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts, writes
from oauth2system.services.apps.ownership import get_own
from oauth2system.services.clients import records
from oauth2system.services.pictures import images, logos, store, uploads
from oauth2system.services.pictures.images import Encoded

# Reads the bytes of an upload; a person who may not upload is refused before they are read.
Receive = Callable[[], Awaitable[bytes]]


async def upload(call: Call, client_id: str, receive: Receive) -> None:
    """Show the app by the picture that arrives; raises UnfitPicture, NotFound, TooManyAttempts."""
    whose = await call(allow, client_id)
    with uploads.place(call.runner.server, whose, call.caller.source.ip):
        encoded = await call.picture(partial(images.encode, await receive(), cropped=False))
    await call(keep, client_id, encoded)


@writes
def allow(ctx: Context, client_id: str) -> str:
    """Count an upload of the app's owner, before anything is read, and return who it is; raises NotFound."""
    owner = get_own(ctx, client_id).client.owner_id or ""
    uploads.spend(ctx, owner)
    return owner


@transacts
def keep(ctx: Context, client_id: str, encoded: Encoded) -> None:
    """Keep the logo of an app that is still the actor's; it stays, whatever `logo_uri` says."""
    client = get_own(ctx, client_id, to_change=True).client
    name = store.replace_of_client(ctx, client_id, encoded)
    records.change(ctx, replace(client, logo=name, logo_from=None), "logo")


@transacts
def remove(ctx: Context, client_id: str) -> None:
    """Take the logo away; the one at a registered `logo_uri` is fetched again if it was another one."""
    client = get_own(ctx, client_id, to_change=True).client
    was_uploaded = client.logo is not None and client.logo_from is None
    store.replace_of_client(ctx, client_id, None)
    bare = replace(client, logo=None, logo_from=None if was_uploaded else client.logo_from)
    records.change(ctx, logos.follow(ctx, bare) if was_uploaded else bare, "logo")
