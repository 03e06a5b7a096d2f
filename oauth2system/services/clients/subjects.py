"""The name a client knows a person by: the user id, or one of the client's own (OIDC Core §8)."""

from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens import claims
from oauth2system.runtime.context import Context


def subject_of(ctx: Context, user_id: str, client: Client) -> str:
    """Return the `sub` for this client; the same on every node and after every restart."""
    if client.subject_type == "public":
        return user_id
    return claims.subject_of(user_id, client, ctx.server.encryption.key_for("pairwise", "subject"))
