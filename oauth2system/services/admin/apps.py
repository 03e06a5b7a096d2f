"""All apps, as administrators and commands manage them: listed, made, disabled, deleted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.i18n import N_, Message
from oauth2system.ids import CLIENT
from oauth2system.policy import names
from oauth2system.protocol.authorization.validate import is_resource
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import transacts
from oauth2system.services.apps import app_tokens, apps, protocol_settings
from oauth2system.services.apps.views import ListedApp
from oauth2system.services.clients import records
from oauth2system.services.clients.records import NewApp
from oauth2system.storage.tables import clients, consents, users
from oauth2system.storage.tables.clients import RegisteredClient


@transacts
def list_all(ctx: Context, search: str = "", offset: int = 0, limit: int = 50) -> list[ListedApp]:
    """List all apps, newest first."""
    _require_admin(ctx)
    found = clients.list_page(ctx.db, search.strip(), max(0, offset), min(max(1, limit), 200))
    return [_make_row(ctx, one) for one in found]


@transacts
def create_for(  # noqa: PLR0913  (what only the operator decides about an app)
    ctx: Context,
    owner: str,
    metadata: Mapping[str, Any],
    *,
    first_party: bool = False,
    reread_seconds: int = 0,
    resources: Sequence[str] = (),
) -> NewApp:
    """Make an app for a user, by an operator's command; `metadata` describes it (RFC 7591 §2).

    Raises NotPermitted, NotFound for the owner, InvalidClientMetadata and its relatives as a registration does, and
    Invalid for what the rules would not keep as it was asked: an operator gets exactly that, or no app.
    """
    if not ctx.system:
        raise NotPermitted(N_("Only the operator can do this."))
    user = users.find_by_username(ctx.db, names.canonical(owner))
    if user is None:
        raise NotFound(N_("There is no user of that name."))
    if wrong := [uri for uri in resources if not is_resource(uri)]:
        raise Invalid(resource=N_("{uri} is no resource: write an absolute URI without #.", uri=wrong[0]))
    blank = Client(
        id=str(ctx.new_id(CLIENT)),
        name="",
        owner_id=user.id,
        simple_flow=True,
        first_party=first_party,
        reread_seconds=reread_seconds,
        resources=tuple(dict.fromkeys(resources)),
    )
    client = protocol_settings.revise_client(ctx, blank, metadata)
    _require_kept(client, metadata)
    _check_rereading(client)
    return records.add(ctx, client)


def _require_kept(client: Client, metadata: Mapping[str, Any]) -> None:
    """Raise Invalid for members that the rules changed or left out: nobody reads back what was kept."""
    kept = protocol_settings.settings_of(client)
    for name, asked in metadata.items():
        if problem := _find_difference(name, asked, kept.get(name)):
            raise Invalid(**{name: problem})


def _find_difference(name: str, asked: Any, kept: Any) -> Message | None:
    """Return what of a member's value was not kept as it was asked, or None."""
    if name == "scope":
        asked, kept = asked.split(), str(kept or "").split()
    if isinstance(asked, list):
        unknown = sorted(set(cast("list[str]", asked)).difference(kept or ()))
        return N_("{words} is not offered here.", words=", ".join(unknown)) if unknown else None
    if asked == kept:
        return None
    asked, kept = (json.dumps(value).strip('"') for value in (asked, kept))
    return N_("{asked} is not possible with the other options; they make it {kept}.", asked=asked, kept=kept)


def _check_rereading(client: Client) -> None:
    apps.check_rereading(client.reread_seconds)
    if client.reread_seconds and not client.simple_flow:
        raise Invalid(reread=N_("Only an app with the simple flow can read a value again."))


@transacts
def disable(ctx: Context, client_id: str, *, disabled: bool = True) -> ListedApp:
    """Disable an app, so that nobody can sign in with it, or enable it again; raises NotFound."""
    _require_admin(ctx)
    registered = _get(ctx, client_id)
    app = replace(registered.client, disabled=disabled)
    clients.set_disabled(ctx.db, app.id, ctx.now, disabled=disabled)
    audit.record(ctx, "app.changed", user_id=app.owner_id, client_id=app.id, field="disabled")
    return _make_row(ctx, replace(registered, client=app))


@transacts
def demand_second_factor(ctx: Context, client_id: str, *, demanded: bool = True) -> ListedApp:
    """Demand a second factor of everybody who signs in to an app, or no longer; raises NotFound."""
    _require_admin(ctx)
    registered = _get(ctx, client_id)
    app = replace(registered.client, second_factor=demanded)
    clients.save(ctx.db, app, ctx.now)
    audit.record(ctx, "app.changed", user_id=app.owner_id, client_id=app.id, field="second_factor", now=demanded)
    return _make_row(ctx, replace(registered, client=app))


@transacts
def revoke_tokens(ctx: Context, client_id: str) -> int:
    """Revoke all tokens of any app; returns of how many people. Raises NotFound."""
    _require_admin(ctx)
    return app_tokens.revoke_all(ctx, _get(ctx, client_id).client)


@transacts
def delete(ctx: Context, client_id: str) -> None:
    """Delete any app; raises NotFound."""
    _require_admin(ctx)
    apps.remove(ctx, _get(ctx, client_id).client)


def _require_admin(ctx: Context) -> None:
    """Raise NotFound unless the caller is an administrator or a command: the answer does not reveal what exists."""
    if not ctx.system and (ctx.session is None or not ctx.session.is_admin):
        raise NotFound(N_("There is nothing here."))


def _get(ctx: Context, client_id: str) -> RegisteredClient:
    registered = clients.find_registered(ctx.db, client_id, hold=True)
    if registered is None:
        raise NotFound(N_("There is no such app."))
    return registered


def _make_row(ctx: Context, registered: RegisteredClient) -> ListedApp:
    app = registered.client
    owner = clients.owner_of(ctx.db, app.id)
    people, since = consents.count_people(ctx.db, app.id), registered.created_at
    return ListedApp(app.id, app.name, owner[0] if owner else "", people, app.disabled, since, app.second_factor)
