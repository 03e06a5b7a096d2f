"""POST /oauth2/token: look up, authenticate, judge the grant, use it up, issue (RFC 6749 §3.2).

Each grant has its function: `client_credentials` is here, codes are in code_exchange.py, refresh tokens in refresh.py.
Signatures are made after the transaction (signed_answer.py): one RS256 signature takes longer than all of this.
"""

import hmac
from collections.abc import Callable
from typing import NamedTuple

from oauth2system.policy import budgets
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.clients.client import (
    CLIENT_CREDENTIALS,
    CODE_GRANT,
    DEVICE_GRANT,
    REFRESH_GRANT,
    is_client_id,
)
from oauth2system.protocol.errors import AuthorizationPending, OAuthError, UseDpopNonce
from oauth2system.protocol.jose.dpop import DpopProof
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens import grants
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import writes
from oauth2system.services.clients import authentication, capabilities, secrets
from oauth2system.services.tokens import code_exchange, dpop, issue, refresh, signed_answer
from oauth2system.services.tokens.dpop import Sent
from oauth2system.services.tokens.issue import Grant
from oauth2system.services.tokens.signed_answer import Issued
from oauth2system.storage.lookups import token_exchange
from oauth2system.storage.lookups.known_clients import AppKey, KnownClients
from oauth2system.storage.lookups.token_exchange import ExchangeLookup

PATH = "/oauth2/token"
STAGE = "token"
# An id without a row.
NOTHING = (-1, b"")


class TokenRequest(NamedTuple):
    """One call of the token endpoint, as it arrived."""

    authorization: str | None
    params: Params
    dpop: Sent


@writes
def exchange(ctx: Context, request: TokenRequest) -> Issued:
    """Turn a grant into tokens; raises the OAuthError that refuses it, and the app's owner reads why."""
    credentials = authentication.read_credentials(ctx, request.authorization, request.params, PATH)
    secret = secrets.read(credentials.secret)
    found = _look_up(ctx, (credentials.client_id, secret.id), request.params)
    check = secrets.judge(ctx, found.client, secret, found.secret, credentials.method)
    caller = authentication.authenticate(ctx, credentials, found.client, PATH, check)
    try:
        grant_type = grants.check_grant_type(request.params, caller.client, capabilities.get_offer(ctx.settings))
        proof = dpop.check(ctx, request.dpop)
        grants.check_sender(caller.client, proof)
        issued = _GRANTS[grant_type](ctx, caller, request.params, proof, found)
    except (UseDpopNonce, AuthorizationPending):
        raise  # steps of an ordinary exchange (RFC 9449 §8, RFC 8628 §3.5)
    except OAuthError as error:
        app_log.note(ctx, caller.client.id, STAGE, error)
        raise
    app_log.note_act(ctx, caller.client.id, _ACTS[grant_type])
    return issued


def _look_up(ctx: Context, app: AppKey, params: Params) -> ExchangeLookup:
    """Read the client, its secret and what it exchanges, in one statement.

    A value that is malformed, unknown or not live is missing from the result: the function of the grant judges it.
    """
    if not is_client_id(app[0]):
        return ExchangeLookup()
    db, known = ctx.db, ctx.server.of(KnownClients)
    match params.peek("grant_type"):
        case "refresh_token":
            token_id, digest = _read_key(Kind.REFRESH, params.peek("refresh_token"))
            found = token_exchange.find_with_refresh_token(db, known, app, token_id)
            is_right = found.refresh_token and hmac.compare_digest(found.refresh_token.digest, digest)
            return found if is_right else found._replace(refresh_token=None)
        case "authorization_code":
            key = _read_key(Kind.CODE, params.peek("code"))
            return token_exchange.find_with_code(db, known, app, key, ctx.now_ms)
        case _:
            return token_exchange.find_client(db, known, app)


def _read_key(kind: Kind, value: str | None) -> tuple[int, bytes]:
    """Return the id inside a value and its digest; a malformed value costs the same read as an unknown one."""
    return (token_format.read(kind, value) if value else None) or NOTHING


def _issue_to_client(
    ctx: Context, caller: AuthenticatedClient, params: Params, proof: DpopProof | None, _found: ExchangeLookup
) -> Issued:
    """Issue an access token to a client that acts for itself (RFC 6749 §4.4)."""
    granted, resources = grants.check_client_credentials(caller, params, capabilities.get_offer(ctx.settings))
    rate_limits.spend_in_memory(ctx, budgets.CLIENT_TOKENS, caller.client.id)
    grant = Grant(caller.client, granted, resources=resources, jkt=proof.jkt if proof else None)
    return signed_answer.compose(ctx, grant, issue.mint(ctx, grant))


_GRANTS: dict[str, Callable[[Context, AuthenticatedClient, Params, DpopProof | None, ExchangeLookup], Issued]] = {
    CLIENT_CREDENTIALS: _issue_to_client,
    CODE_GRANT: code_exchange.redeem_code,
    DEVICE_GRANT: code_exchange.redeem_device_code,
    REFRESH_GRANT: refresh.redeem_refresh_token,
}
_ACTS = {
    CLIENT_CREDENTIALS: Act.CLIENT_TOKEN_ISSUED,
    CODE_GRANT: Act.CODE_EXCHANGED,
    DEVICE_GRANT: Act.DEVICE_EXCHANGED,
    REFRESH_GRANT: Act.TOKEN_REFRESHED,
}
