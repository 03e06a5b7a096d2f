"""All tokens of an app, revoked at once: by its owner after a leak, or by an operator.

The app's generation is raised, and what was made under an earlier one is dead when it is used: access and refresh
tokens, codes, values of the simple flow. So what another transaction makes at this moment is dead as well.
"""

from oauth2system.policy import budgets
from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.apps.ownership import get_own
from oauth2system.services.sessions import step_up
from oauth2system.storage.lookups import people_of_tokens
from oauth2system.storage.tables import clients, device_codes


@reads
def count_people(ctx: Context, client_id: str) -> int:
    """Count the people whose data the app could still read, of an own app; raises NotFound."""
    return people_of_tokens.count(ctx.db, get_own(ctx, client_id).client.id, ctx.now_ms)


@transacts
def revoke(ctx: Context, client_id: str) -> int:
    """Revoke all tokens of an own app; returns of how many people. Raises NotFound, StepUpNeeded, TooManyAttempts.

    What people allowed stays: an app gets new tokens when they sign in to it again.
    """
    step_up.require(ctx)
    return revoke_all(ctx, get_own(ctx, client_id, to_change=True).client)


def revoke_all(ctx: Context, client: Client) -> int:
    """Revoke all tokens of an app that the actor may change; returns of how many people."""
    rate_limits.spend(ctx, budgets.CHANGE_APP, client.id)
    people = people_of_tokens.count(ctx.db, client.id, ctx.now_ms)
    clients.raise_generation(ctx.db, client.id)
    device_codes.drop_of_app(ctx.db, client.id)
    audit.record(ctx, "app.tokens_revoked", user_id=client.owner_id, client_id=client.id, people=people)
    return people
