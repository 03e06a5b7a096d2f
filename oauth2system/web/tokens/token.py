"""/oauth2/token, /oauth2/introspect, /oauth2/revoke: what programs ask for, each with a form and an answer."""

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.services.clients import public_keys
from oauth2system.services.tokens import exchange, introspection, signed_answer
from oauth2system.services.tokens.exchange import TokenRequest
from oauth2system.services.tokens.introspection import IntrospectionRequest
from oauth2system.web.http import bearer
from oauth2system.web.http.message import NO_STORE, Answer, Request, json


async def token(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/token: a grant for tokens (RFC 6749 §3.2)."""
    sent = bearer.sent(request)
    asked = TokenRequest(request.authorization(), await request.form(), sent)
    await public_keys.prepare(runner, asked.authorization, asked.params)
    caller = Caller(request.source)  # who asks is the app: no cookie is read here
    answer = json(await signed_answer.sign(runner, await runner.write(caller, exchange.exchange, asked)))
    return answer.with_headers(await bearer.fresh_nonce(request, runner)) if sent else answer


async def introspect(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/introspect: what a token is worth (RFC 7662)."""
    asked = await _asked(request, runner)
    # A signed assertion counts once, and counting is a write; a secret only needs to be looked at.
    run = runner.write if "client_assertion" in asked.params else runner.read
    return json(await run(Caller(request.source), introspection.introspect, asked))


async def revoke(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/revoke: end a token (RFC 7009); 200 and nothing more."""
    await runner.write(Caller(request.source), introspection.revoke, await _asked(request, runner))
    return Answer(200, b"", list(NO_STORE))


async def _asked(request: Request, runner: Runner) -> IntrospectionRequest:
    params = await request.form()
    await public_keys.prepare(runner, request.authorization(), params)
    shown = params.peek("token")
    jti = await bearer.key_of(runner, shown) if shown is not None and "." in shown else None
    return IntrospectionRequest(request.authorization(), params, jti)
