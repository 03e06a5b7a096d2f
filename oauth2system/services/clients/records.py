"""The record of a client: written when it is made, and when its owner or its program changes it."""

from dataclasses import dataclass

from oauth2system.i18n import _
from oauth2system.policy import names
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.services.clients import secrets
from oauth2system.storage.tables import clients
from oauth2system.storage.tables.clients import ClientRow


@dataclass(frozen=True, slots=True)
class NewApp:
    """A fresh app; the secret is shown this once. A public client has none."""

    client_id: str
    client_secret: str | None


def add(ctx: Context, client: Client) -> NewApp:
    """Write an app that somebody may make, with its first secret."""
    row = ClientRow(
        id=client.id,
        owner_id=client.owner_id,
        name=names.read_app_name(client.name),
        description=client.description,
        is_public=client.is_public,
        first_party=client.first_party,
        redirect_uris=list(client.redirect_uris),
        simple_flow=client.simple_flow and not client.is_public,
        simple_redirect_uri=client.simple_redirect_uri or next(iter(client.redirect_uris), None),
        reread_seconds=client.reread_seconds,
        metadata_=clients.metadata_of(client),
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    ctx.db.orm.add(row)
    ctx.db.orm.flush()
    audit.record(ctx, "app.created", user_id=row.owner_id, client_id=row.id)
    secret = secrets.add(ctx, row.id, _("First secret")).value if client.takes_secret else None
    return NewApp(row.id, secret)


def overwrite(ctx: Context, row: ClientRow, client: Client, what: str = "everything") -> None:
    """Replace an app's whole description (RFC 7592 §2.2); the audit log names `what` was changed."""
    row.name = names.read_app_name(client.name)
    row.is_public = client.is_public
    row.redirect_uris = list(client.redirect_uris)
    row.simple_flow, row.simple_redirect_uri = client.simple_flow, client.simple_redirect_uri
    row.metadata_ = clients.metadata_of(client)
    mark_changed(ctx, row, what)
    ctx.db.orm.flush()


def mark_changed(ctx: Context, row: ClientRow, what: str) -> None:
    """Date a change and record it in the audit log."""
    row.updated_at = ctx.now
    ctx.db.orm.add(row)
    audit.record(ctx, "app.changed", user_id=row.owner_id, client_id=row.id, field=what)
