"""The record of a client: written when it is made, and when its owner or its program changes it."""

from dataclasses import dataclass, replace

from oauth2system.policy import budgets, names
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.services.clients import secrets
from oauth2system.services.pictures import logos
from oauth2system.storage.tables import clients


@dataclass(frozen=True, slots=True)
class NewApp:
    """A fresh app; the secret is shown this once. A public client has none."""

    client_id: str
    client_secret: str | None
    # The operator calls it our own, and people are asked nevertheless (RFC 8252 §8.6).
    is_asked_anyway: bool = False


def add(ctx: Context, client: Client) -> NewApp:
    """Write a new app with its first secret; the caller has checked who may make it."""
    made = replace(
        client,
        name=names.read_app_name(client.name, may_be_ours=client.first_party),
        simple_flow=client.simple_flow and not client.is_public,
        simple_redirect_uri=client.simple_redirect_uri or next(iter(client.redirect_uris), None),
    )
    made = logos.follow(ctx, made)
    clients.add(ctx.db, made, ctx.now)
    audit.record(ctx, "app.created", user_id=made.owner_id, client_id=made.id)
    secret = secrets.add(ctx, made, secrets.FIRST_LABEL).value if made.takes_secret else None
    return NewApp(made.id, secret, made.first_party and made.may_be_anyone)


def overwrite(ctx: Context, known: Client, client: Client, what: str = "everything") -> None:
    """Replace an app's whole description (RFC 7592 §2.2); the audit log names `what` was changed.

    `known` is the app as it is now: its owner and what only they or an administrator can set stay.
    """
    kept = replace(
        client,
        name=names.read_app_name(client.name, may_be_ours=known.first_party),
        owner_id=known.owner_id,
        first_party=known.first_party,
        description=known.description,
        reread_seconds=known.reread_seconds,
        logo=known.logo,
        logo_from=known.logo_from,
    )
    change(ctx, logos.follow(ctx, kept), what)


def change(ctx: Context, client: Client, what: str) -> None:
    """Store a changed app and record in the audit log what was changed; raises TooManyAttempts."""
    rate_limits.spend(ctx, budgets.CHANGE_APP, client.id)
    clients.save(ctx.db, client, ctx.now)
    audit.record(ctx, "app.changed", user_id=client.owner_id, client_id=client.id, field=what)
