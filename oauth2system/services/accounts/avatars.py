"""The person's own picture: uploaded, removed."""

from collections.abc import Awaitable, Callable
from functools import partial

from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts, writes
from oauth2system.services.pictures import images, store, uploads
from oauth2system.services.pictures.images import Encoded
from oauth2system.services.pictures.unfit import UnfitPicture

# Reads the bytes of an upload; a person who may not upload is refused before they are read.
Receive = Callable[[], Awaitable[bytes]]


async def upload(call: Call, receive: Receive) -> None:
    """Show the person by the picture that arrives; raises UnfitPicture, NotPermitted, TooManyAttempts."""
    whose = await call(allow)
    with uploads.place(call.runner.server, whose, call.caller.source.ip):
        encoded = await call.picture(partial(images.encode, await receive(), cropped=True))
    await call(keep, encoded)


@writes
def allow(ctx: Context) -> str:
    """Count an upload of the person, before anything is read, and return who it is."""
    user_id = _asker(ctx)
    if ctx.session is None or not ctx.session.email_confirmed:
        raise UnfitPicture("picture_unconfirmed")
    uploads.spend(ctx, user_id)
    return user_id


@transacts
def keep(ctx: Context, encoded: Encoded) -> None:
    """Keep the picture of the person who is still signed in."""
    user_id = _asker(ctx)
    store.keep_for_user(ctx, user_id, encoded)
    audit.record(ctx, "account.picture_changed", user_id=user_id)


@transacts
def remove(ctx: Context) -> None:
    """Take the person's picture away; their drawing is shown instead."""
    user_id = _asker(ctx)
    rate_limits.spend(ctx, budgets.CHANGE_ACCOUNT, user_id)
    store.remove_of_user(ctx, user_id)
    audit.record(ctx, "account.picture_removed", user_id=user_id)


def _asker(ctx: Context) -> str:
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))
    return ctx.session.user_id
