"""Revokes all access to an account at once: after a reset, an undone change of address, or by an administrator."""

from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.context import Context
from oauth2system.services.sessions import sessions
from oauth2system.storage.tables import device_codes, ephemeral, tokens, users

# Links that give access to the account, and values on their way to a site. Links that undo an earlier change of
# address stay: they only return the account to its owner.
_SHUT = (Kind.CONFIRM, Kind.BROWSER, Kind.CODE, Kind.SIMPLE, Kind.DEVICE)


def revoke_all(ctx: Context, user_id: str, why: str) -> None:
    """End every session, link, value in flight and token family of a person (T092).

    The new generation also ends what another transaction makes at this moment. The rest notifies the apps and deletes
    the rows.
    """
    users.raise_generation(ctx.db, user_id)
    sessions.end_everywhere(ctx, user_id)
    ephemeral.drop(ctx.db, _SHUT, user_id=user_id)
    ephemeral.drop_unused(ctx.db, Kind.RESET, user_id=user_id)
    device_codes.drop_of_user(ctx.db, user_id)
    tokens.revoke_of_user(ctx.db, user_id, ctx.now_ms, why)
