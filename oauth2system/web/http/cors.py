"""Which answers a script on another site may read (RFC 9700 §2.6); it can never send cookies."""

from functools import wraps

from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.runner import Runner
from oauth2system.services.clients import cors_origins
from oauth2system.web import errors
from oauth2system.web.http.message import Answer, Endpoint, Header, Request

ALLOWED: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, DPoP"),
    (b"access-control-max-age", b"600"),
)
EXPOSED: Header = (b"access-control-expose-headers", b"DPoP-Nonce, WWW-Authenticate")
VARY: Header = (b"vary", b"Origin")


def registered(endpoint: Endpoint) -> Endpoint:
    """Let the sites of public apps read an endpoint's answers, refusals included."""

    @wraps(endpoint)
    async def shared(request: Request, runner: Runner) -> Answer:
        origin = request.header(b"origin")
        if origin is None:
            return await endpoint(request, runner)
        try:
            answer = await endpoint(request, runner)
        except Exception as error:  # noqa: BLE001  (whatever it is, the site must be able to read it)
            answer = errors.answer(error, request)
        return answer.with_headers(VARY, *await _allowing(runner, origin))

    return shared


async def preflight(request: Request, runner: Runner) -> Answer:
    """OPTIONS: answer whether a script may call (Fetch §3.2)."""
    allowing = await _allowing(runner, request.header(b"origin") or "")
    return Answer(204, b"", [VARY, *allowing, *(ALLOWED if allowing else ())])


async def preflight_for_all(_request: Request, _runner: Runner) -> Answer:
    """OPTIONS of a public document."""
    return Answer(204, b"", [(b"access-control-allow-origin", b"*"), *ALLOWED])


async def _allowing(runner: Runner, origin: str) -> tuple[Header, ...]:
    call = Call(runner, NOBODY)
    if not await call(cors_origins.is_registered, origin):
        return ()
    return ((b"access-control-allow-origin", origin.encode("latin-1")), EXPOSED)
