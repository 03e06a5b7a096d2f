"""Who calls: a client proves itself by its one registered method (RFC 6749 §2.3, OIDC Core §9)."""

from collections.abc import Sequence
from hashlib import sha256

from oauth2system.protocol.clients import assertions, authentication
from oauth2system.protocol.clients.assertions import Assertion
from oauth2system.protocol.clients.authentication import AuthenticatedClient, Credentials
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidClient, InvalidRequest
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.services.clients import public_keys, secrets
from oauth2system.services.clients.secrets import Look
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import clients, replays


def identify(
    ctx: Context, authorization: str | None, params: Params, endpoint: str, look: Look | None = None
) -> AuthenticatedClient:
    """Return the caller of a request; credentials that cannot be read are told to the app that is named beside them.

    `look` is where a secret is looked up, when something else is read with it.
    """
    try:
        shown = authentication.read(authorization, params)
    except (InvalidClient, InvalidRequest) as error:
        app_log.note_caller(ctx, params.peek("client_id"), endpoint.removeprefix("/oauth2/"), error)
        raise
    return authenticate(ctx, shown, endpoint, look)


def authenticate(
    ctx: Context, credentials: Credentials, endpoint: str, look: Look | None = None
) -> AuthenticatedClient:
    """Return the caller, or refuse every failure alike; only the app's owner learns which it was (T034)."""
    client, matches = _look_up(ctx, credentials, look)
    try:
        match credentials.shown:
            case "assertion":
                return _by_assertion(ctx, credentials, client, endpoint)
            case "none":
                return authentication.by_name(credentials, client)
            case _:
                return authentication.by_secret(credentials, client, matches=matches)
    except InvalidClient as error:
        if client is not None:
            app_log.note(client.id, endpoint.removeprefix("/oauth2/"), error)
        raise


def _look_up(ctx: Context, credentials: Credentials, look: Look | None) -> tuple[Client | None, bool]:
    client_id = credentials.client_id
    if not (client_id.isascii() and client_id.isdecimal()):
        return None, False
    if credentials.secret is not None:
        return secrets.check(ctx, client_id, credentials.secret, look)
    return clients.find(ctx.db, client_id), False


def _by_assertion(ctx: Context, credentials: Credentials, client: Client | None, endpoint: str) -> AuthenticatedClient:
    """Check an assertion with the client's own keys, and let it count once (RFC 7523 §3, T038)."""
    client = authentication.check_method(credentials, client)
    shared = client.token_endpoint_auth_method == "client_secret_jwt"  # noqa: S105  (a method's name)
    assertion = (
        _by_shared_secret(ctx, credentials, client, endpoint)
        if shared
        else _checked(ctx, credentials, client, endpoint, keys=own_keys(credentials, client))
    )
    # Claimed last, so that a refused assertion uses nothing up; the row outlives the assertion's exp.
    key = sha256(f"assertion\0{client.id}\0{assertion.jti}".encode()).digest()
    if not replays.claim(ctx.db, key, to_ms(assertion.forget_at)):
        raise credentials.failure("The client assertion was used before: each needs a fresh jti.")
    return assertion.caller


def own_keys(credentials: Credentials, client: Client) -> Sequence[VerificationKey]:
    """Return the keys a client registered; never what the assertion's header offers (T039)."""
    keys = public_keys.known(client)
    if keys is None:
        raise credentials.failure("The app has registered no keys, or its jwks_uri could not be read.")
    try:
        return jose.parse_jwks(keys)
    except BadJwt as error:
        raise credentials.failure(f"The app's registered keys cannot be read: {error}") from error


def _by_shared_secret(ctx: Context, credentials: Credentials, client: Client, endpoint: str) -> Assertion:
    """Try each of the client's secrets: any of them may still be in use while they are exchanged."""
    refused = credentials.failure("The app has no secret that can sign assertions. Add a new one.")
    for secret in secrets.readable(ctx, client.id):
        try:
            return _checked(ctx, credentials, client, endpoint, secret=secret)
        except InvalidClient as error:
            refused = error
    raise refused


def _checked(  # noqa: PLR0913  (keys or secret, by name)
    ctx: Context,
    credentials: Credentials,
    client: Client,
    endpoint: str,
    *,
    keys: Sequence[VerificationKey] = (),
    secret: bytes | None = None,
) -> Assertion:
    issuer = ctx.settings.public_url
    # OIDC Core §9 lets aud name the token endpoint, whichever endpoint is called.
    audiences = (f"{issuer}{endpoint}", f"{issuer}/oauth2/token")
    return assertions.by_assertion(
        credentials, client, keys=keys, secret=secret, audiences=audiences, issuer=issuer, now=ctx.now
    )
