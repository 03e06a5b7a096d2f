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
from oauth2system.services.tokens import dpop, userinfo
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
    ring = await keyring.get_knowing(call.runner, unverified.kid)
    try:
        claims = access.read_jwt(token, ring.all_keys(), call.settings.public_url).claims
    except InvalidToken:
        return None
    return token_format.read(Kind.JTI, claims["jti"])


async def answer_userinfo(call: Call, bearer: Bearer, sent: Sent) -> ResourceAnswer:
    """Return the claims about a user, signed where the app wants that; raises OAuthError (OIDC Core §5.3)."""
    presented = PresentedToken(bearer, await locate(call, bearer.token), sent)
    found = await call(_answer_userinfo_once if sent else userinfo.answer_userinfo, presented)
    body = found.claims
    if found.alg is not None:
        body = await signing.sign(call.runner, found.claims, found.alg, found.now_ms)
    return ResourceAnswer(body, await dpop.next_nonce(call) if sent else None)


async def answer_simple_user(call: Call, bearer: Bearer, sent: Sent) -> ResourceAnswer:
    """Return the JSON of the simple flow about a user; raises OAuthError (decision 0017)."""
    presented = PresentedToken(bearer, await locate(call, bearer.token), sent)
    found = await call(_answer_simple_user_once if sent else userinfo.answer_user, presented)
    return ResourceAnswer(found, await dpop.next_nonce(call) if sent else None)


# A DPoP proof counts once, and counting is a write; a bearer token alone only needs a read (RFC 9449 §11.1).


@writes
def _answer_userinfo_once(ctx: Context, presented: PresentedToken) -> UserinfoAnswer:
    return userinfo.answer_userinfo(ctx, presented)


@writes
def _answer_simple_user_once(ctx: Context, presented: PresentedToken) -> dict[str, Any]:
    return userinfo.answer_user(ctx, presented)
