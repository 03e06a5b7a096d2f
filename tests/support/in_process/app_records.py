"""Apps as a test wants them, also such as no page, program or command would make."""

from dataclasses import replace

from oauth2system.ids import CLIENT
from oauth2system.policy import names
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime.context import Context
from oauth2system.services.clients import records
from oauth2system.services.clients.records import NewApp
from oauth2system.storage.tables import users


def write_app(ctx: Context, owner: str, client: Client) -> NewApp:
    """Write an app of this owner; `client` says all of it but the id."""
    user = users.find_by_username(ctx.db, names.canonical(owner))
    assert user is not None
    return records.add(ctx, replace(client, id=str(ctx.new_id(CLIENT)), owner_id=user.id))
