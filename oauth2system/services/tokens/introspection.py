"""What may be learned of a token, and how it is ended: introspection and revocation (RFC 7662, RFC 7009)."""

import hmac
from dataclasses import dataclass
from typing import Any

from oauth2system.policy import lifetimes
from oauth2system.protocol.clients import authentication as credentials
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.errors import OAuthError
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import access
from oauth2system.protocol.tokens import format as handles
from oauth2system.protocol.tokens.access import TokenFacts
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log, last_used
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, writes
from oauth2system.services.clients.authentication import identify
from oauth2system.services.tokens import issue
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.lookups import introspection as inspected
from oauth2system.storage.lookups.introspection import Inspected
from oauth2system.storage.tables import tokens as rows
from oauth2system.storage.tables.tokens import Found

INTROSPECT = "/oauth2/introspect"
REVOKE = "/oauth2/revoke"
# Members of an app's metadata that change who may ask how, or what the answer says.
_WISHES = ('"token_endpoint_auth_method":', '"profile":', '"subject_type":')


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with a token in it; `jti` is the row id and digest behind a JWT whose signature was checked."""

    authorization: str | None
    params: Params
    jti: tuple[int, bytes] | None = None


@reads
def introspect(ctx: Context, asked: Asked) -> dict[str, Any]:
    """Say what a token is worth, to whom it is any business (RFC 7662 §2)."""
    return _plainly(ctx, asked) or _carefully(ctx, asked)


def _plainly(ctx: Context, asked: Asked) -> dict[str, Any] | None:
    """Answer the common case by one narrow read: an app with a secret asks about a live token of its own.

    None is no verdict: whatever is not plainly good is judged by the rules, which also say why not.
    """
    token = asked.params.peek("token")
    if asked.jti is not None or token is None or asked.params.repeated:
        return None
    try:
        shown = credentials.read(asked.authorization, asked.params)
    except OAuthError:
        return None
    key = handles.read(Kind.ACCESS, token)
    secret = handles.read(Kind.SECRET, shown.secret) if shown.shown == "basic" and shown.secret else None
    if key is None or secret is None:
        return None
    found = inspected.find(ctx.db, key[0], shown.client_id, secret[0], ctx.now_ms)
    if found is None or any(wish in found.metadata for wish in _WISHES):
        return None
    if not (hmac.compare_digest(found.secret_digest, secret[1]) and hmac.compare_digest(found.digest, key[1])):
        return None
    last_used.secret_used(secret[0], ctx.now_ms, found.secret_used_ms)
    return access.described(_facts(shown.client_id, found), ctx.settings.public_url)


def _facts(client_id: str, found: Inspected) -> TokenFacts:
    scopes = frozenset(found.scopes.split())
    return TokenFacts(
        client_id,
        found.user_id,
        scopes if found.allowed is None else scopes.intersection(found.allowed.split()),
        from_ms(found.expires_ms - lifetimes.ACCESS_TOKEN.in_ms),
        from_ms(found.expires_ms),
        resources=tuple(found.resources.split()),
        jkt=found.jkt,
        username=found.username,
        auth_time=None if found.auth_time_ms is None else from_ms(found.auth_time_ms),
        acr=found.acr,
    )


def _carefully(ctx: Context, asked: Asked) -> dict[str, Any]:
    caller, token = _called(ctx, asked, INTROSPECT)
    found, is_refresh = _find(ctx, token, asked.jti)
    facts = issue.facts_of(ctx, found, refresh=is_refresh) if found else None
    try:
        return access.introspection(facts, caller, ctx.settings.public_url, ctx.now)
    except OAuthError as error:
        _note(caller, INTROSPECT, error)
        raise


@writes
def revoke(ctx: Context, asked: Asked) -> None:
    """End a token of the caller's; what is unknown or dead already is no error (RFC 7009 §2.2)."""
    caller, token = _called(ctx, asked, REVOKE)
    found, is_refresh = _find(ctx, token, asked.jti)
    try:
        if found is None:
            access.refuse_id_token(token)
            return
        access.check_revocable(issue.facts_of(ctx, found, refresh=is_refresh), caller)
    except OAuthError as error:
        _note(caller, REVOKE, error)
        raise
    if is_refresh and found.family is not None:
        issue.revoke_family(ctx, found.family.id, "revoked by the app")
    else:
        rows.revoke_access(ctx.db, found.token.id, ctx.now_ms)


def _called(ctx: Context, asked: Asked, path: str) -> tuple[AuthenticatedClient, str]:
    caller = identify(ctx, asked.authorization, asked.params, path)
    try:
        asked.params.refuse_repeats()
        return caller, asked.params.need("token")
    except OAuthError as error:
        _note(caller, path, error)
        raise


def _note(caller: AuthenticatedClient, path: str, error: OAuthError) -> None:
    app_log.note(caller.client.id, path.removeprefix("/oauth2/"), error)


def _find(ctx: Context, token: str, jti: tuple[int, bytes] | None) -> tuple[Found | None, bool]:
    """Find by the token's own shape; a wrong token_type_hint hides nothing (RFC 7662 §2.1)."""
    key = jti or handles.read(Kind.ACCESS, token)
    if key is not None:
        return issue.find(ctx, *key), False
    return issue.find_refresh(ctx, token), True
