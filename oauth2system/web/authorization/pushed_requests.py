"""/oauth2/par: an app hands its authorization request to us before the browser comes (RFC 9126)."""

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.services.authorization import pushed_requests
from oauth2system.services.clients import public_keys
from oauth2system.services.keys import keyring
from oauth2system.web.http import bearer
from oauth2system.web.http.message import Answer, Request, json

CREATED = 201


async def push(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/par: keep a request; 201 with the reference that stands for it (RFC 9126 §2)."""
    params, sent = await request.form(), bearer.sent(request)
    authorization = request.authorization()
    await public_keys.prepare(runner, authorization, params)
    keys = (await keyring.ready(runner)).remembered()
    kept = await runner.write(Caller(request.source), pushed_requests.push, authorization, params, sent, keys)
    answer = json(kept, CREATED)
    return answer.with_headers(await bearer.fresh_nonce(request, runner)) if sent else answer
