"""The list of everybody's apps, for administrators and commands."""

from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.apps import apps
from oauth2system.services.apps.views import ListedApp
from oauth2system.storage.tables import clients, consents
from oauth2system.storage.tables.clients import Registered


@transacts
def everyone(ctx: Context, search: str = "", offset: int = 0, limit: int = 50) -> list[ListedApp]:
    """List all apps, newest first."""
    apps.require_admin(ctx)
    found = clients.page(ctx.db, search.strip(), max(0, offset), min(max(1, limit), 200))
    return [_listed(ctx, one) for one in found]


def _listed(ctx: Context, registered: Registered) -> ListedApp:
    app = registered.client
    owner = clients.owner_of(ctx.db, app.id)
    people = consents.people(ctx.db, app.id)
    return ListedApp(app.id, app.name, owner[0] if owner else "", people, app.disabled, registered.created_at)
