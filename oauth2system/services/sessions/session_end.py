"""What a sign-out does for the apps that took part: their grants end, and they are notified.

Clients know a session by its `sid`; a client that got tokens in it took part.
"""

from urllib.parse import urlsplit

from oauth2system.policy import lifetimes
from oauth2system.protocol import logout, scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime import app_log, outbox
from oauth2system.runtime.context import Context
from oauth2system.runtime.outbox import Recipient
from oauth2system.services.tokens import codes
from oauth2system.storage.tables import clients, device_codes, tokens

KIND = "logout"
STAGE = "backchannel_logout"


def end_and_notify(ctx: Context, user_id: str, sid: str) -> None:
    """End what was granted in a session, and put a notice for each client into the outbox (T132).

    Grants that were meant to outlive the session do (OIDC Core §11).
    """
    for client in _took_part(ctx, user_id, sid):
        if client.backchannel_logout_uri is not None:
            _notify(ctx, client, client.backchannel_logout_uri, user_id, sid)
    # Codes go first: a code that is redeemed at this moment makes a family, which ends below.
    codes.forget_of_session(ctx, user_id, sid)
    device_codes.drop_of_session(ctx.db, user_id, sid, but=scopes.OFFLINE)
    tokens.revoke_of_session(ctx.db, user_id, sid, ctx.now_ms, "signed out")


def _notify(ctx: Context, client: Client, uri: str, user_id: str, sid: str) -> None:
    """Put a notice into the outbox; while too many wait for this app, its owner reads that one was left out."""
    to = Recipient(client.id, client.owner_id or client.id, urlsplit(uri).hostname or "")
    if not outbox.has_room(ctx, to):
        app_log.note(ctx, client.id, STAGE, InvalidRequest(TokenReason.LOGOUT_TOO_MANY_WAIT))
        return
    payload = {"client_id": client.id, "user_id": user_id, "sid": sid}
    outbox.put(ctx, KIND, payload, lives=lifetimes.LOGOUT_NOTICE, to=to)


def list_frames(ctx: Context, user_id: str, sid: str) -> tuple[str, ...]:
    """Return what the sign-out page loads for clients that the browser notifies (OIDC Front-Channel Logout §2)."""
    return tuple(logout.frame_urls(_took_part(ctx, user_id, sid), ctx.settings.public_url, sid))


def _took_part(ctx: Context, user_id: str, sid: str) -> list[Client]:
    found = (clients.find(ctx.db, client_id) for client_id in tokens.of_session(ctx.db, user_id, sid))
    return [client for client in found if client is not None and not client.disabled]
