"""Delivers logout tokens: signs each when it is sent, and posts it to the client (OIDC Back-Channel Logout)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from oauth2system.protocol import logout
from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime import app_log
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.outbox import Failed, Hung, Undeliverable
from oauth2system.runtime.outgoing_http import Unfetched
from oauth2system.runtime.runner import Runner
from oauth2system.services.clients.subjects import subject_of
from oauth2system.services.keys import signing
from oauth2system.services.sessions.session_end import STAGE
from oauth2system.storage.tables import clients

ARRIVED = (200, 204)
REFUSED = 400


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """A logout token that still waits for its signature, and where it goes."""

    url: str
    whose: str
    claims: dict[str, Any]
    alg: str
    now_ms: int


async def deliver(runner: Runner, payload: dict[str, Any]) -> None:
    """Deliver one notice, or none to a client that is gone; raises Failed and Undeliverable."""
    notice = await runner.read(SYSTEM, _compose, **payload)
    if notice is None:
        return
    token = await signing.sign(runner, notice.claims, notice.alg, notice.now_ms, logout.LOGOUT_TYPE)
    try:
        form = urlencode({"logout_token": token}).encode()
        status = await runner.server.outgoing.post_form(notice.url, form, notice.whose)
    except Unfetched as error:
        await _note(runner, payload["client_id"], InvalidRequest(TokenReason.LOGOUT_NOT_REACHED))
        raise (Hung("never answered") if error.hung else Failed("not reached")) from error
    if status == REFUSED:  # §2.8: the client read and refused it; another try would be refused too
        await _note(runner, payload["client_id"], InvalidRequest(TokenReason.LOGOUT_REFUSED))
        raise Undeliverable("refused by the client")
    if status not in ARRIVED:
        await _note(runner, payload["client_id"], InvalidRequest(TokenReason.LOGOUT_NOT_ACCEPTED, status=status))
        raise Failed(f"answered {status}")
    await runner.read(SYSTEM, app_log.note_act, payload["client_id"], Act.LOGOUT_DELIVERED)


def _compose(ctx: Context, client_id: str, user_id: str, sid: str) -> LogoutNotice | None:
    client = clients.find(ctx.db, client_id)
    if client is None or client.disabled or client.backchannel_logout_uri is None:
        return None
    claims = logout.logout_claims(
        client,
        issuer=ctx.settings.public_url,
        subject=subject_of(ctx, user_id, client),
        sid=sid,
        jti=ctx.random(16).hex(),
        now=ctx.now,
    )
    return LogoutNotice(
        client.backchannel_logout_uri,
        client.owner_id or client.id,
        claims,
        client.id_token_signed_response_alg,
        ctx.now_ms,
    )


async def _note(runner: Runner, client_id: str, refusal: InvalidRequest) -> None:
    await runner.read(SYSTEM, app_log.note, client_id, STAGE, refusal)
