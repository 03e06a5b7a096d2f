"""Access tokens at our own resources: read from a request, and refused with a challenge (RFC 6750 §3)."""

from collections.abc import Awaitable, Callable

from oauth2system.protocol.capabilities import CLIENT_ALGS
from oauth2system.protocol.errors import InsufficientScope, InvalidDpopProof, OAuthError, UseDpopNonce
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.protocol.tokens import access
from oauth2system.protocol.tokens.access import Bearer
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.runner import Runner
from oauth2system.services.tokens.dpop import Sent
from oauth2system.services.tokens.resource_requests import ResourceAnswer
from oauth2system.web.http.message import Header, Request

NOTHING = Params({})
Resource = Callable[[Call, Bearer, Sent], Awaitable[ResourceAnswer]]


def read_dpop(request: Request) -> Sent:
    """Return the DPoP headers of a request, with the method and address that they must name."""
    return Sent(request.every_header(b"dpop"), request.method, request.path)


async def ask(request: Request, runner: Runner, resource: Resource) -> ResourceAnswer:
    """Call a resource with the token of a request; raises OAuthError with the challenge for the caller.

    The token comes in the header or the body, never in the query (RFC 9700 §4.3.2).
    """
    call, proof = Call(runner, NOBODY), read_dpop(request)
    bearer: Bearer | None = None
    try:
        form = await request.form() if request.method == "POST" else NOTHING
        bearer = access.read_bearer(request.authorization(), form)
        if bearer is None:
            raise NoAccessToken
        return await resource(call, bearer, proof)
    except OAuthError as error:
        shown = challenge(error, bearer, proof=bool(proof))
        error.headers = {**(error.headers or {}), "WWW-Authenticate": shown, "Vary": "Authorization"}
        if isinstance(error, InvalidDpopProof | UseDpopNonce):
            error.status = 401  # RFC 9449 §7.1, §9: at a resource, and there alone
        raise


def nonce_header(value: str | None) -> tuple[Header, ...]:
    """Return the header with the nonce for the next proof, so that nobody has to ask for it (RFC 9449 §8.2)."""
    return () if value is None else ((b"dpop-nonce", value.encode()),)


class NoAccessToken(OAuthError):
    """No token came: 401 and a bare challenge, without an error code (RFC 6750 §3.1)."""

    code = "invalid_token"
    status = 401

    def __init__(self) -> None:
        super().__init__(TokenReason.TOKEN_MISSING)


def challenge(error: OAuthError, bearer: Bearer | None, *, proof: bool) -> str:
    """Return the WWW-Authenticate header for this refusal (RFC 6750 §3, RFC 9449 §7.1)."""
    parts = ['realm="oauth2"']
    dpop_wanted = _speaks_dpop(error, bearer) or (bearer is not None and proof)
    if not isinstance(error, NoAccessToken):
        parts.append(f'error="{error.code}"')
        parts.append(f'error_description="{error.description}"')
    if isinstance(error, InsufficientScope) and error.registered:
        parts.append(f'scope="{error.registered}"')
    if dpop_wanted:
        parts.append(f'algs="{" ".join(CLIENT_ALGS)}"')
    return f"{'DPoP' if dpop_wanted else 'Bearer'} {', '.join(parts)}"


def _speaks_dpop(error: OAuthError, bearer: Bearer | None) -> bool:
    return isinstance(error, InvalidDpopProof | UseDpopNonce) or (bearer is not None and bearer.scheme == "dpop")
