"""What the browser carries back to a site: minted once, kept as a digest."""

from oauth2system.protocol import scopes, tokens
from oauth2system.protocol.authorize import AuthorizationRequest
from oauth2system.services.context import Context
from oauth2system.storage import ephemeral
from oauth2system.storage.sessions import Session

SIMPLE_LIFETIME_MS = 120_000


def issue(ctx: Context, request: AuthorizationRequest, session: Session) -> str:
    """Mint the simple flow's value, bound to its app and its person."""
    kind = tokens.Kind.SIMPLE
    while True:
        row_id = ctx.new_id()
        value = tokens.mint(kind, row_id, ctx.random(32))
        kept = ephemeral.keep(
            ctx.db,
            row_id,
            kind,
            tokens.digest(kind, value),
            data=scopes.write(request.scopes),
            expires_ms=ctx.now_ms + SIMPLE_LIFETIME_MS,
            user_id=session.user_id,
            client_id=request.client_id,
        )
        if kept:
            return value
