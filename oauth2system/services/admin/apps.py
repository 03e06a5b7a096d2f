"""Everybody's apps in the hands of administrators and commands: listed, made, disabled, deleted."""

from dataclasses import replace

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import N_
from oauth2system.ids import CLIENT
from oauth2system.policy import names
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.apps import apps, redirect_uris
from oauth2system.services.apps.views import ListedApp
from oauth2system.services.clients import records
from oauth2system.services.clients.records import NewApp
from oauth2system.storage.tables import clients, consents, users
from oauth2system.storage.tables.clients import Registered


@transacts
def everyone(ctx: Context, search: str = "", offset: int = 0, limit: int = 50) -> list[ListedApp]:
    """List all apps, newest first."""
    _require_admin(ctx)
    found = clients.page(ctx.db, search.strip(), max(0, offset), min(max(1, limit), 200))
    return [_listed(ctx, one) for one in found]


@transacts
def create_for(ctx: Context, owner: str, client: Client) -> NewApp:
    """Make an app for somebody, by an operator's command; `client` says what is asked for."""
    if not ctx.system:
        raise NotPermitted(N_("Only the operator can do this."))
    user = users.find_by_username(ctx.db, names.canonical(owner))
    if user is None:
        raise NotFound(N_("There is no user of that name."))
    for uri in client.redirect_uris:
        redirect_uris.check(ctx, uri)
    return records.add(ctx, replace(client, id=str(ctx.new_id(CLIENT)), owner_id=user.id))


@transacts
def disable(ctx: Context, client_id: str, *, disabled: bool = True) -> ListedApp:
    """Stop an app from signing anybody in, or let it again; raises NotFound."""
    _require_admin(ctx)
    registered = _get(ctx, client_id)
    app = replace(registered.client, disabled=disabled)
    clients.set_disabled(ctx.db, app.id, ctx.now, disabled=disabled)
    audit.record(ctx, "app.changed", user_id=app.owner_id, client_id=app.id, field="disabled")
    return _listed(ctx, replace(registered, client=app))


@transacts
def delete(ctx: Context, client_id: str) -> None:
    """Delete any app; raises NotFound."""
    _require_admin(ctx)
    apps.remove(ctx, _get(ctx, client_id).client)


def _require_admin(ctx: Context) -> None:
    """Refuse everyone but the operator and administrators; the answer does not reveal what exists."""
    if not ctx.system and (ctx.session is None or not ctx.session.is_admin):
        raise NotFound(N_("There is nothing here."))


def _get(ctx: Context, client_id: str) -> Registered:
    registered = clients.find_registered(ctx.db, client_id, hold=True)
    if registered is None:
        raise NotFound(N_("There is no such app."))
    return registered


def _listed(ctx: Context, registered: Registered) -> ListedApp:
    app = registered.client
    owner = clients.owner_of(ctx.db, app.id)
    people = consents.people(ctx.db, app.id)
    return ListedApp(app.id, app.name, owner[0] if owner else "", people, app.disabled, registered.created_at)
