"""The signed parts of an authorization request: a request object (RFC 9101) and an id_token_hint of ours."""

from oauth2system.protocol.authorization import request_object
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidRequestObject
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.tokens import id_token
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.services.clients import playground, public_keys
from oauth2system.services.keys import keyring


async def prepare_keys(call: Call, params: Params) -> tuple[VerificationKey, ...]:
    """Fetch the keys of an app that signs its request; return ours for an id_token_hint. Most requests need neither."""
    if "request" in params:
        await public_keys.prepare(call.runner, None, params)
    elif "id_token_hint" not in params:
        return ()
    return (await keyring.get(call.runner)).all_keys()


def open_request(ctx: Context, params: Params, client: Client) -> tuple[Params, bool]:
    """Return the parameters, and whether they were signed: then only those inside count (RFC 9101 §6.3, T069)."""
    if "request" not in params:
        return params, False
    keys = playground.find_stand_in_keys(ctx, client) or _find_keys(ctx, client)
    return request_object.open_request(params, client, keys, ctx.settings.public_url, ctx.now), True


def _find_keys(ctx: Context, client: Client) -> tuple[VerificationKey, ...]:
    keys = public_keys.find(ctx, client)
    if keys is None:
        raise InvalidRequestObject(AuthorizationReason.REQUEST_KEYS_MISSING)
    try:
        return jose.parse_jwks(keys)
    except BadJwt as error:
        raise InvalidRequestObject(AuthorizationReason.REQUEST_KEYS_UNREADABLE, problem=error.finding) from error


def read_hinted_subject(ctx: Context, params: Params, client: Client, keys: tuple[VerificationKey, ...]) -> str | None:
    """Return the subject that an id_token_hint names (OIDC Core §3.1.2.1)."""
    return id_token.find_hinted_subject(params, client, keys, ctx.settings.public_url)
