"""/oauth2/userinfo, and /api/user with an access token."""

from oauth2system.runtime.runner import Runner
from oauth2system.services.tokens import resource_requests
from oauth2system.web.http import bearer
from oauth2system.web.http.message import NO_STORE, Answer, Header, Request, json

HEADERS = (*NO_STORE, (b"vary", b"Authorization"), (b"referrer-policy", b"no-referrer"))
JWT: Header = (b"content-type", b"application/jwt")


async def userinfo(request: Request, runner: Runner) -> Answer:
    """GET or POST /oauth2/userinfo: who the user is (OIDC Core §5.3)."""
    return await _answer(request, runner, resource_requests.answer_userinfo)


async def user(request: Request, runner: Runner) -> Answer:
    """GET or POST /api/user with an access token: the same JSON as the simple flow's (decision 0017)."""
    return await _answer(request, runner, resource_requests.answer_simple_user)


async def _answer(request: Request, runner: Runner, resource: bearer.Resource) -> Answer:
    answered = await bearer.ask(request, runner, resource)
    if isinstance(answered.body, str):
        answer = Answer(200, answered.body.encode("ascii"), [JWT, *HEADERS])
    else:
        answer = json(answered.body, headers=HEADERS)
    return answer.with_headers(*bearer.nonce_header(answered.nonce))
