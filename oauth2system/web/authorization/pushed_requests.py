"""/oauth2/par: an app sends its authorization request to us before the browser comes (RFC 9126)."""

from oauth2system.runtime.runner import Runner
from oauth2system.services.authorization import pushed_requests
from oauth2system.web.http import bearer
from oauth2system.web.http.message import Answer, Request, json

CREATED = 201


async def push(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/par: keep a request; 201 with its reference (RFC 9126 §2)."""
    call, params = request.call_without_cookie(runner), await request.form()
    answer = await pushed_requests.push(call, request.authorization(), params, bearer.read_dpop(request))
    return json(answer.members, CREATED).with_headers(*bearer.nonce_header(answer.nonce))
