"""The requests of apps about tokens: exchange a grant, introspect, revoke. Each is one procedure.

A procedure fetches the keys of an app that signs, runs one transaction, and signs the answer.
"""

from typing import Any, NamedTuple

from oauth2system.protocol.params import Params
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes
from oauth2system.services.clients import public_keys
from oauth2system.services.tokens import dpop, exchange, introspection, signed_answer
from oauth2system.services.tokens.exchange import TokenRequest
from oauth2system.services.tokens.introspection import IntrospectionRequest
from oauth2system.services.tokens.resource_requests import locate


class TokenAnswer(NamedTuple):
    """The members of the token answer (RFC 6749 §5.1), and the nonce for the app's next DPoP proof."""

    members: dict[str, str | int]
    nonce: str | None


async def exchange_grant(call: Call, request: TokenRequest) -> TokenAnswer:
    """Exchange a grant for tokens; raises OAuthError (RFC 6749 §3.2)."""
    await public_keys.prepare(call.runner, request.authorization, request.params)
    issued = await call(exchange.exchange, request)
    members = await signed_answer.sign(call.runner, issued)
    return TokenAnswer(members, await dpop.next_nonce(call) if request.dpop else None)


async def introspect(call: Call, authorization: str | None, params: Params) -> dict[str, Any]:
    """Return whether a token is valid, and for what; raises OAuthError for a caller who may not ask (RFC 7662 §2)."""
    asked = await _prepare(call, authorization, params)
    return await call(_introspect_once if "client_assertion" in params else introspection.introspect, asked)


@writes
def _introspect_once(ctx: Context, request: IntrospectionRequest) -> dict[str, Any]:
    """Introspect for a client that shows a signed assertion: it counts once, and counting is a write (RFC 7523 §3)."""
    return introspection.introspect(ctx, request)


async def revoke(call: Call, authorization: str | None, params: Params) -> None:
    """Revoke a token of the caller; raises OAuthError (RFC 7009 §2)."""
    await call(introspection.revoke, await _prepare(call, authorization, params))


async def _prepare(call: Call, authorization: str | None, params: Params) -> IntrospectionRequest:
    """Find what the transaction needs: the keys of an app that signs, and the row behind a JWT."""
    await public_keys.prepare(call.runner, authorization, params)
    token = params.peek("token")
    jti = await locate(call, token) if token is not None and "." in token else None
    return IntrospectionRequest(authorization, params, jti)
