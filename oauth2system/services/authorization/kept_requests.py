"""How many requests are kept for an app: pushed requests, and devices that wait for a person (T078)."""

from oauth2system.policy import budgets
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import rate_limits
from oauth2system.runtime.context import Context


def count(ctx: Context, client: Client) -> None:
    """Count one more request before it is kept; raises TooManyAttempts.

    Anybody can name a public app, so its requests count by address: no caller uses up what the others need. An app that
    authenticated counts by itself, and with all apps of its owner.
    """
    address = budgets.network(ctx.source.ip)
    if client.is_public:
        rate_limits.spend(ctx, budgets.FLOWS, address)
        return
    rate_limits.spend(ctx, budgets.KEPT_FOR_APP, client.id)
    rate_limits.spend(ctx, budgets.KEPT_FOR_OWNER, client.owner_id or address)
