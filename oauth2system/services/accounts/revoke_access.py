"""Everything that opens an account, shut at once: after a reset, an undone move, or by an operator."""

from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.context import Context
from oauth2system.services.sessions import sessions
from oauth2system.storage.tables import device_codes, ephemeral, tokens, users

# Links that could open the account again, and values on their way to a site. What may undo an
# earlier move is left to its owner: it gives the account back, never away.
_SHUT = (Kind.CONFIRM, Kind.BROWSER, Kind.CODE, Kind.SIMPLE, Kind.DEVICE)


def shut(ctx: Context, user_id: str, why: str) -> None:
    """End every session, link, value in flight and token family of a person (T092).

    The generation ends also what another transaction makes at this moment, and nothing revives it. The rest of this
    notifies the apps and clears the rows away.
    """
    users.raise_generation(ctx.db, user_id)
    sessions.end_everywhere(ctx, user_id)
    ephemeral.drop(ctx.db, _SHUT, user_id=user_id)
    ephemeral.drop_unused(ctx.db, Kind.RESET, user_id=user_id)
    device_codes.drop_of_user(ctx.db, user_id)
    tokens.revoke_of_user(ctx.db, user_id, ctx.now_ms, why)
