"""/oauth2/userinfo, and /api/user for those who hold an access token."""

from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import signing
from oauth2system.services.tokens import userinfo as resources
from oauth2system.services.tokens.userinfo import PresentedToken
from oauth2system.web.http import bearer
from oauth2system.web.http.message import NO_STORE, Answer, Request, json

HEADERS = (*NO_STORE, (b"vary", b"Authorization"), (b"referrer-policy", b"no-referrer"))


async def userinfo(request: Request, runner: Runner) -> Answer:
    """GET or POST /oauth2/userinfo: who the user is (OIDC Core §5.3)."""
    return await bearer.answer(request, runner, _userinfo)


async def _userinfo(runner: Runner, shown: PresentedToken) -> Answer:
    # A DPoP proof counts once, and counting is a write; a bearer token only needs to be looked at.
    run = runner.write if shown.dpop else runner.read
    told = await run(NOBODY, resources.userinfo, shown)
    if told.alg is None:
        return json(told.claims, headers=HEADERS)
    jwt = await signing.signed(runner, told.claims, told.alg, told.now_ms)
    return Answer(200, jwt.encode("ascii"), [(b"content-type", b"application/jwt"), *HEADERS])


async def user(request: Request, runner: Runner) -> Answer:
    """GET or POST /api/user with an access token: the same JSON as the simple flow's (decision 0017)."""
    return await bearer.answer(request, runner, _user)


async def _user(runner: Runner, shown: PresentedToken) -> Answer:
    run = runner.write if shown.dpop else runner.read
    return json(await run(NOBODY, resources.user, shown), headers=HEADERS)
