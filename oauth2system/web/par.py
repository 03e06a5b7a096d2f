"""/oauth2/par: an app hands its authorization request to us before the browser comes (RFC 9126)."""

from oauth2system.services import client_keys, keyring, pushed
from oauth2system.services.runner import Caller, Runner
from oauth2system.web import bearer
from oauth2system.web.door import Answer, Request, json

CREATED = 201


async def push(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/par: keep a request; 201 with the reference that stands for it (RFC 9126 §2)."""
    params, sent = await request.form(), bearer.sent(request)
    authorization = request.authorization()
    await client_keys.prepare(runner, authorization, params)
    keys = (await keyring.ready(runner)).remembered()
    kept = await runner.write(Caller(request.source), pushed.push, authorization, params, sent, keys)
    answer = json(kept, CREATED)
    return answer.with_headers(await bearer.fresh_nonce(request, runner)) if sent else answer
