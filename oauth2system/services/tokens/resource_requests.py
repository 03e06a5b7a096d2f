"""Requests at our own resources with an access token: /oauth2/userinfo and /api/user. Each is one procedure."""

from typing import Any, NamedTuple

from oauth2system.protocol.errors import InvalidToken
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.tokens import access
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.access import Bearer
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes
from oauth2system.services.keys import keyring, signing
from oauth2system.services.tokens import dpop
from oauth2system.services.tokens import userinfo as resources
from oauth2system.services.tokens.dpop import Sent
from oauth2system.services.tokens.userinfo import PresentedToken, UserinfoAnswer


class ResourceAnswer(NamedTuple):
    """Claims about the user, or the JWT that holds them; and the nonce for the app's next DPoP proof."""

    body: dict[str, Any] | str
    nonce: str | None


async def locate(call: Call, token: str) -> tuple[int, bytes] | None:
    """Return the id of an access token's row and the digest that must stand there.

    An opaque token says both itself. A JWT does once its signature is found to be ours; None otherwise.
    """
    if "." not in token:
        return token_format.read(Kind.ACCESS, token)
    try:
        unverified = jws.read(token)
    except BadJwt:
        return None
    ring = await keyring.knowing(call.runner, unverified.kid)
    try:
        claims = access.read_jwt(token, ring.remembered(), call.settings.public_url).claims
    except InvalidToken:
        return None
    return token_format.read(Kind.JTI, claims["jti"])


async def tell_userinfo(call: Call, bearer: Bearer, sent: Sent) -> ResourceAnswer:
    """Tell an app who its user is, signed where the app wants that; raises OAuthError (OIDC Core §5.3)."""
    shown = PresentedToken(bearer, await locate(call, bearer.token), sent)
    told = await call(_tell_userinfo_once if sent else resources.userinfo, shown)
    body = told.claims
    if told.alg is not None:
        body = await signing.signed(call.runner, told.claims, told.alg, told.now_ms)
    return ResourceAnswer(body, await dpop.next_nonce(call, sent))


async def tell_simple_user(call: Call, bearer: Bearer, sent: Sent) -> ResourceAnswer:
    """Tell an app the JSON of the simple flow; raises OAuthError (decision 0017)."""
    shown = PresentedToken(bearer, await locate(call, bearer.token), sent)
    told = await call(_tell_simple_user_once if sent else resources.user, shown)
    return ResourceAnswer(told, await dpop.next_nonce(call, sent))


# A DPoP proof counts once, and counting is a write; a bearer token alone only needs a read (RFC 9449 §11.1).


@writes
def _tell_userinfo_once(ctx: Context, shown: PresentedToken) -> UserinfoAnswer:
    return resources.userinfo(ctx, shown)


@writes
def _tell_simple_user_once(ctx: Context, shown: PresentedToken) -> dict[str, Any]:
    return resources.user(ctx, shown)
