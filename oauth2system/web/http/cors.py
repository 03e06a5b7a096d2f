"""Which answers a script on another site may read (RFC 9700 §2.6); it can never send cookies."""

import re
from functools import wraps

from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.runner import Runner
from oauth2system.services.clients import cors_origins
from oauth2system.web import errors
from oauth2system.web.http.message import Answer, Endpoint, Header, Request

_KEPT: Header = (b"access-control-max-age", b"600")
ALLOWED: tuple[Header, ...] = ((b"access-control-allow-methods", b"GET, POST"), _KEPT)
_NAMES = ("Authorization", "Content-Type", "DPoP")
# A list of names guards nothing where there is no cookie to guard. `*` covers all but Authorization (Fetch §3.2.4).
_ANY_NAME: Header = (b"access-control-allow-headers", b"*, Authorization")
ANYBODY: Header = (b"access-control-allow-origin", b"*")
# What a proxy says of the caller is no script's to say.
_OF_PROXIES = ("forwarded", "x-forwarded-", "x-real-ip", "proxy-", "sec-")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_MOST_NAMES = 20
EXPOSED: Header = (b"access-control-expose-headers", b"DPoP-Nonce, WWW-Authenticate")
VARY: Header = (b"vary", b"Origin")


def allow_registered_sites(endpoint: Endpoint) -> Endpoint:
    """Let the sites of public apps read an endpoint's answers, refusals included."""

    @wraps(endpoint)
    async def shared(request: Request, runner: Runner) -> Answer:
        origin = request.header(b"origin")
        if origin is None:
            return await endpoint(request, runner)
        answer = await _ask(endpoint, request, runner)
        return answer.with_headers(VARY, *await _allow_origin(runner, origin))

    return shared


def allow_any_site(endpoint: Endpoint) -> Endpoint:
    """Let a script of any site register and manage apps, where the operator lets anybody register (RFC 7591 §3)."""

    @wraps(endpoint)
    async def shared(request: Request, runner: Runner) -> Answer:
        if not _is_open(runner):
            return await endpoint(request, runner)
        answer = await _ask(endpoint, request, runner)
        return answer.with_headers(ANYBODY, EXPOSED)

    return shared


async def _ask(endpoint: Endpoint, request: Request, runner: Runner) -> Answer:
    """Return the answer of an endpoint; an error becomes an answer here, so that a script can read it too."""
    try:
        return await endpoint(request, runner)
    except Exception as error:  # noqa: BLE001  (whatever it is, the script must be able to read it)
        return errors.answer(error, request)


async def preflight(request: Request, runner: Runner) -> Answer:
    """OPTIONS: answer whether a script may call (Fetch §3.2)."""
    allowing = await _allow_origin(runner, request.header(b"origin") or "")
    return Answer(204, b"", [VARY, *allowing, *((*ALLOWED, _allow_names(request)) if allowing else ())])


async def preflight_for_all(_request: Request, _runner: Runner) -> Answer:
    """OPTIONS of a public document."""
    return allow_all()


def allow_all() -> Answer:
    """Answer that a script of any site may read this."""
    return Answer(204, b"", [ANYBODY, *ALLOWED, _ANY_NAME])


async def preflight_registration(_request: Request, runner: Runner) -> Answer:
    """OPTIONS of the registration of apps: any site where anybody may register, and none elsewhere."""
    methods: Header = (b"access-control-allow-methods", b"GET, POST, PUT, DELETE")
    return Answer(204, b"", [ANYBODY, methods, _KEPT, _ANY_NAME] if _is_open(runner) else [])


def _is_open(runner: Runner) -> bool:
    return runner.settings.dynamic_registration == "open"


def _allow_names(request: Request) -> Header:
    """Allow the header names that the script asks for, but those of proxies: tracing and caching names do no harm."""
    asked = (request.header(b"access-control-request-headers") or "").split(",")
    names = dict.fromkeys(name.strip() for name in asked[:_MOST_NAMES])
    harmless = [name for name in names if _HEADER_NAME.fullmatch(name) and not name.lower().startswith(_OF_PROXIES)]
    known = {name.lower() for name in _NAMES}
    more = [name for name in harmless if name.lower() not in known]
    return b"access-control-allow-headers", ", ".join((*_NAMES, *more)).encode("ascii")


async def _allow_origin(runner: Runner, origin: str) -> tuple[Header, ...]:
    call = Call(runner, NOBODY)
    if not await call(cors_origins.is_registered, origin):
        return ()
    return ((b"access-control-allow-origin", origin.encode("latin-1")), EXPOSED)
