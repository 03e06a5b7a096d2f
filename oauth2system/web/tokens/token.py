"""/oauth2/token, /oauth2/introspect, /oauth2/revoke: what programs ask for, each with a form and an answer."""

from oauth2system.runtime.runner import Runner
from oauth2system.services.tokens import token_requests
from oauth2system.services.tokens.exchange import TokenRequest
from oauth2system.web.http import bearer
from oauth2system.web.http.message import NO_STORE, Answer, Request, json


async def token(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/token: a grant for tokens (RFC 6749 §3.2)."""
    call = request.call_without_cookie(runner)
    asked = TokenRequest(request.authorization(), await request.form(), bearer.sent(request))
    answer = await token_requests.exchange_grant(call, asked)
    return json(answer.members).with_headers(*bearer.nonce(answer.nonce))


async def introspect(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/introspect: what a token is worth (RFC 7662)."""
    call, params = request.call_without_cookie(runner), await request.form()
    return json(await token_requests.introspect(call, request.authorization(), params))


async def revoke(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/revoke: end a token (RFC 7009); 200 and nothing more."""
    call, params = request.call_without_cookie(runner), await request.form()
    await token_requests.revoke(call, request.authorization(), params)
    return Answer(200, b"", list(NO_STORE))
