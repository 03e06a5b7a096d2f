"""Subject identifiers: the user id, or a pairwise one for a client (OIDC Core §8)."""

from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens import claims
from oauth2system.protocol.tokens.claims import UserFacts
from oauth2system.runtime.context import Context


def subject_of(ctx: Context, user_id: str, client: Client) -> str:
    """Return the `sub` for this client; the same on every node and after every restart."""
    if client.subject_type == "public":
        return user_id
    return claims.subject_of(user_id, client, ctx.server.encryption.key_for("pairwise", "subject"))


def get_facts_for(ctx: Context, facts: UserFacts, client: Client) -> UserFacts:
    """Return the facts about a person with the id by which this client knows them (OIDC Core §8)."""
    known_as = subject_of(ctx, facts.id, client)
    return facts if known_as == facts.id else facts._replace(id=known_as)
