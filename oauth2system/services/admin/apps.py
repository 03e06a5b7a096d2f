"""The list of everybody's apps, for administrators and commands."""

from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.apps import apps
from oauth2system.services.apps.views import ListedApp
from oauth2system.storage.tables import clients, consents
from oauth2system.storage.tables.clients import ClientRow


@transacts
def everyone(ctx: Context, search: str = "", offset: int = 0, limit: int = 50) -> list[ListedApp]:
    """List all apps, newest first."""
    apps.require_admin(ctx)
    rows = clients.page(ctx.db, search.strip(), max(0, offset), min(max(1, limit), 200))
    return [_listed(ctx, row) for row in rows]


def _listed(ctx: Context, row: ClientRow) -> ListedApp:
    owner = clients.owner_of(ctx.db, row.id)
    people = consents.people(ctx.db, row.id)
    return ListedApp(row.id, row.name, owner[0] if owner else "", people, row.disabled_at is not None, row.created_at)
