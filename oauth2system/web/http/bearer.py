"""Access tokens at our own resources: taken off a request, and refused with the right challenge (RFC 6750 §3)."""

from collections.abc import Awaitable, Callable

from oauth2system.protocol.capabilities import CLIENT_ALGS
from oauth2system.protocol.errors import InsufficientScope, InvalidDpopProof, InvalidToken, OAuthError, UseDpopNonce
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.protocol.tokens import access
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.access import Bearer
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring
from oauth2system.services.tokens import dpop
from oauth2system.services.tokens.dpop import Sent
from oauth2system.services.tokens.userinfo import PresentedToken
from oauth2system.web.http.message import Answer, Header, Request

NOTHING = Params({})
NO_PROOF = ()
Told = Callable[[Runner, PresentedToken], Awaitable[Answer]]


def sent(request: Request) -> Sent:
    """Return the DPoP headers of a request with what they must speak of."""
    return Sent(proofs(request), request.method, request.path)


def proofs(request: Request) -> tuple[str, ...]:
    """Return the DPoP headers, as many as there are."""
    return tuple([value.decode("latin-1") for name, value in request.headers if name == b"dpop"]) or NO_PROOF


async def presented(request: Request, runner: Runner) -> PresentedToken | None:
    """Return the access token that came in the header or the body, never one from the query (RFC 9700 §4.3.2)."""
    form = await request.form() if request.method == "POST" else NOTHING
    bearer = access.read_bearer(request.authorization(), form)
    if bearer is None:
        return None
    key = await key_of(runner, bearer.token) if "." in bearer.token else token_format.read(Kind.ACCESS, bearer.token)
    return PresentedToken(bearer, key, sent(request))


async def key_of(runner: Runner, token: str) -> tuple[int, bytes] | None:
    """Return where a JWT's row is and what digest must stand there, once we know that we signed it."""
    try:
        unverified = jws.read(token)
    except BadJwt:
        return None
    ring = await keyring.knowing(runner, unverified.kid)
    try:
        claims = access.read_jwt(token, ring.remembered(), runner.settings.public_url).claims
    except InvalidToken:
        return None
    return token_format.read(Kind.JTI, claims["jti"])


async def answer(request: Request, runner: Runner, tell: Told) -> Answer:
    """Let `tell` answer for the token of a request, or challenge whoever sent it."""
    shown: PresentedToken | None = None
    try:
        shown = await presented(request, runner)
        if shown is None:
            raise NoToken
        told = await tell(runner, shown)
    except OAuthError as error:
        error.headers = {**(error.headers or {}), "WWW-Authenticate": challenge(error, shown), "Vary": "Authorization"}
        if isinstance(error, InvalidDpopProof | UseDpopNonce):
            error.status = 401  # RFC 9449 §7.1, §9: at a resource, and there alone
        raise
    if shown.dpop:
        told.with_headers(await fresh_nonce(request, runner))
    return told


async def fresh_nonce(request: Request, runner: Runner) -> Header:
    """Return the nonce for the next proof, so that nobody has to ask for it (RFC 9449 §8.2)."""
    return (b"dpop-nonce", (await runner.read(Caller(request.source), dpop.nonces))[0].encode())


class NoToken(OAuthError):  # noqa: N818  (a refusal is an answer)
    """No token came: 401 and a bare challenge, without an error code (RFC 6750 §3.1)."""

    code = "invalid_token"
    status = 401

    def __init__(self) -> None:
        super().__init__(TokenReason.TOKEN_MISSING)


def challenge(error: OAuthError, shown: PresentedToken | None) -> str:
    """Return the WWW-Authenticate header for this refusal (RFC 6750 §3, RFC 9449 §7.1)."""
    parts = ['realm="oauth2"']
    dpop_wanted = _speaks_dpop(error, shown.bearer if shown else None) or bool(shown and shown.dpop)
    if not isinstance(error, NoToken):
        parts.append(f'error="{error.code}"')
        parts.append(f'error_description="{error.description}"')
    if isinstance(error, InsufficientScope) and error.registered:
        parts.append(f'scope="{error.registered}"')
    if dpop_wanted:
        parts.append(f'algs="{" ".join(CLIENT_ALGS)}"')
    return f"{'DPoP' if dpop_wanted else 'Bearer'} {', '.join(parts)}"


def _speaks_dpop(error: OAuthError, bearer: Bearer | None) -> bool:
    return isinstance(error, InvalidDpopProof | UseDpopNonce) or (bearer is not None and bearer.scheme == "dpop")
