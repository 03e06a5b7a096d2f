"""Client authentication, by the one method that the client has registered (RFC 6749 §2.3, OIDC Core §9)."""

from collections.abc import Sequence
from hashlib import sha256

from oauth2system.protocol.clients import assertions, authentication
from oauth2system.protocol.clients.assertions import Assertion
from oauth2system.protocol.clients.authentication import AuthenticatedClient, Credentials, SecretCheck
from oauth2system.protocol.clients.client import Client, is_client_id
from oauth2system.protocol.errors import InvalidClient, InvalidRequest
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.services.clients import playground, public_keys, secrets
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.tables import clients, replays


def identify(ctx: Context, authorization: str | None, params: Params, endpoint: str) -> AuthenticatedClient:
    """Return the client that sends a request: read its credentials, find it, check them (RFC 6749 §2.3).

    Raises InvalidClient, or InvalidRequest for two methods at once; the owner of the named app reads why.
    """
    credentials = read_credentials(ctx, authorization, params, endpoint)
    client, found = _find_client(ctx, credentials)
    return authenticate(ctx, credentials, client, endpoint, found)


def read_credentials(ctx: Context, authorization: str | None, params: Params, endpoint: str) -> Credentials:
    """Read the credentials of a request; raises InvalidClient or InvalidRequest when they cannot be read."""
    try:
        return authentication.read(authorization, params)
    except (InvalidClient, InvalidRequest) as error:
        app_log.note_caller(ctx, params.peek("client_id"), app_log.name_stage(endpoint), error)
        raise


def authenticate(
    ctx: Context, credentials: Credentials, client: Client | None, endpoint: str, found: SecretCheck
) -> AuthenticatedClient:
    """Return the client if it authenticated by its one registered method.

    `client` is the one that the credentials name, and `found` says whether they hold a working secret of it. Raises
    InvalidClient with the same sentence for every reason; only the app's owner reads the reason (T034).
    """
    try:
        match credentials.shown:
            case "assertion":
                return _check_assertion(ctx, credentials, client, endpoint)
            case "none":
                return authentication.by_name(credentials, client)
            case _:
                return authentication.by_secret(credentials, client, found)
    except InvalidClient as error:
        if client is not None:
            app_log.note(ctx, client.id, app_log.name_stage(endpoint), error)
        else:
            app_log.note_unknown(ctx, credentials.client_id, app_log.name_stage(endpoint))
        raise


def _find_client(ctx: Context, credentials: Credentials) -> tuple[Client | None, SecretCheck]:
    """Return the client that the credentials name, and whether they hold a working secret of it."""
    if not is_client_id(credentials.client_id):
        return None, SecretCheck.WRONG
    if credentials.secret is None:
        return clients.find(ctx.db, credentials.client_id), SecretCheck.WRONG
    return secrets.check(ctx, credentials.client_id, credentials.secret, credentials.method)


def _check_assertion(
    ctx: Context, credentials: Credentials, client: Client | None, endpoint: str
) -> AuthenticatedClient:
    """Check an assertion with the client's own keys, and accept it once (RFC 7523 §3, T038)."""
    client = authentication.check_method(credentials, client)
    shared = client.token_endpoint_auth_method == "client_secret_jwt"  # noqa: S105  (a method's name)
    assertion = (
        _try_shared_secrets(ctx, credentials, client, endpoint)
        if shared
        else _check_signature(ctx, credentials, client, endpoint, keys=find_own_keys(ctx, credentials, client))
    )
    # The jti is claimed last, so that a refused assertion can be sent again; the row outlives the assertion's exp.
    key = sha256(f"assertion\0{client.id}\0{assertion.jti}".encode()).digest()
    if not replays.claim(ctx.db, key, to_ms(assertion.forget_at)):
        raise credentials.failure(ClientReason.ASSERTION_REPLAYED)
    return assertion.caller


def find_own_keys(ctx: Context, credentials: Credentials, client: Client) -> Sequence[VerificationKey]:
    """Return the keys that a client registered; keys in the assertion's header are ignored (T039)."""
    if stand_in := playground.find_stand_in_keys(ctx, client):
        return stand_in
    keys = public_keys.find(ctx, client)
    if keys is None:
        raise credentials.failure(ClientReason.CLIENT_KEYS_MISSING)
    try:
        return jose.parse_jwks(keys)
    except BadJwt as error:
        raise credentials.failure(ClientReason.CLIENT_KEYS_UNREADABLE, problem=error.finding) from error


def _try_shared_secrets(ctx: Context, credentials: Credentials, client: Client, endpoint: str) -> Assertion:
    """Try each of the client's secrets: while an app changes over, two are in use."""
    if stand_in := playground.find_stand_in_secret(ctx, client):
        return _check_signature(ctx, credentials, client, endpoint, secret=stand_in)
    refused = credentials.failure(ClientReason.SECRET_CANNOT_SIGN)
    for secret in secrets.list_readable(ctx, client.id):
        try:
            assertion = _check_signature(ctx, credentials, client, endpoint, secret=secret.value)
        except InvalidClient as error:
            refused = error
            continue
        if secret.expired:
            raise credentials.failure(ClientReason.SECRET_EXPIRED, hint=secret.hint)
        secrets.note_use(ctx, secret.id, client.token_endpoint_auth_method)
        return assertion
    raise refused


def _check_signature(  # noqa: PLR0913  (keys or secret, by name)
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
