"""/oauth2/token, /oauth2/introspect and /oauth2/revoke."""

from oauth2system.runtime.runner import Runner
from oauth2system.services.tokens import token_requests
from oauth2system.services.tokens.exchange import TokenRequest
from oauth2system.web.http import bearer
from oauth2system.web.http.message import NO_STORE, Answer, Request, json


async def token(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/token: exchange a grant for tokens (RFC 6749 §3.2)."""
    call = request.call_without_cookie(runner)
    asked = TokenRequest(request.authorization(), await request.form(), bearer.read_dpop(request))
    answer = await token_requests.exchange_grant(call, asked)
    return json(answer.members).with_headers(*bearer.nonce_header(answer.nonce))


async def introspect(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/introspect: whether a token is valid, and for what (RFC 7662)."""
    call, params = request.call_without_cookie(runner), await request.form()
    return json(await token_requests.introspect(call, request.authorization(), params))


async def revoke(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/revoke: revoke a token (RFC 7009); 200 without a body."""
    call, params = request.call_without_cookie(runner), await request.form()
    await token_requests.revoke(call, request.authorization(), params)
    return Answer(200, b"", list(NO_STORE))
