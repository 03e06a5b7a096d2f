"""An app of the actor: found, and saved after a change.

Every service of this room finds its app here, so somebody else's app is the same as none (T118, T120).
"""

from dataclasses import replace
from typing import Any

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_
from oauth2system.runtime import app_log
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.apps.views import App, show
from oauth2system.services.clients import records
from oauth2system.storage.tables import clients
from oauth2system.storage.tables.clients import RegisteredClient


def get_own(ctx: Context, client_id: str, *, to_change: bool = False) -> RegisteredClient:
    """Return the actor's own app; raises NotFound. Two tabs that change one app do so one after the other."""
    registered = clients.find_registered(ctx.db, client_id, hold=to_change)
    if registered is None or ctx.session is None or registered.client.owner_id != ctx.session.user_id:
        raise NotFound(N_("There is no such app."))
    return registered


@reads
def check_own(ctx: Context, client_id: str) -> None:
    """Do nothing for an own app; raises NotFound for any other."""
    get_own(ctx, client_id)


@reads
def check_signed_in(ctx: Context) -> None:
    """Do nothing where somebody is signed in; else raises NotPermitted, which a link of ours leads to the sign-in."""
    if ctx.session is None:
        raise NotPermitted(N_("Sign in first."))


async def bring_up_to_date(call: Call, client_id: str) -> None:
    """Write what this server has noted, so that the next read of an own app shows it; raises NotFound.

    It looks first whose app it is: nobody but the owner makes the server write.
    """
    await call(check_own, client_id)
    await app_log.flush(call)


def save(ctx: Context, registered: RegisteredClient, what: str, **changes: Any) -> App:
    """Save changed fields of an own app, name `what` was changed in the audit log, and return the app as it is now."""
    changed = replace(registered.client, **changes)
    records.change(ctx, changed, what)
    return show(ctx, replace(registered, client=changed))
