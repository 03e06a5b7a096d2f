"""Introspection and revocation of tokens (RFC 7662, RFC 7009)."""

import hmac
from dataclasses import dataclass
from typing import Any

from oauth2system.policy import lifetimes
from oauth2system.protocol.clients import authentication
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.errors import OAuthError
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import access
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.access import TokenFacts
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import reads, writes
from oauth2system.services.clients import reads as app_reads
from oauth2system.services.clients import secrets
from oauth2system.services.clients.authentication import identify
from oauth2system.services.tokens import issue
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.lookups import introspection
from oauth2system.storage.lookups.client_options import ClientOptions
from oauth2system.storage.lookups.introspection import IntrospectedToken
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.tokens import Found

INTROSPECT = "/oauth2/introspect"
REVOKE = "/oauth2/revoke"


@dataclass(frozen=True, slots=True)
class IntrospectionRequest:
    """A call that names a token; `jti` is the row id and digest behind a JWT whose signature was checked."""

    authorization: str | None
    params: Params
    jti: tuple[int, bytes] | None = None


@reads
def introspect(ctx: Context, request: IntrospectionRequest) -> dict[str, Any]:
    """Return what is known of a token to the apps that may ask (RFC 7662 §2); raises the OAuthError of a bad call."""
    return _from_lookup(ctx, request) or _full_check(ctx, request)


def _from_lookup(ctx: Context, request: IntrospectionRequest) -> dict[str, Any] | None:
    """Answer the common case by one narrow read: an app with a secret asks about a live token of its own.

    None means undecided: the full check judges everything else, and says why it refuses.
    """
    token = request.params.peek("token")
    if request.jti is not None or token is None or request.params.repeated:
        return None
    try:
        sent = authentication.read(request.authorization, request.params)
    except OAuthError:
        return None
    key = token_format.read(Kind.ACCESS, token)
    secret = token_format.read(Kind.SECRET, sent.secret) if sent.shown == "basic" and sent.secret else None
    if key is None or secret is None:
        return None
    found = introspection.find(ctx.db, key[0], sent.client_id, secret[0], ctx.now_ms)
    if found is None or not _is_common(found.options):
        return None
    if not (hmac.compare_digest(found.secret_digest, secret[1]) and hmac.compare_digest(found.digest, key[1])):
        return None
    secrets.note_use(ctx, secret[0], sent.method)
    app_log.note_act(ctx, sent.client_id, Act.TOKEN_INTROSPECTED)
    answer = access.describe_token(_make_facts(sent.client_id, found), ctx.settings.public_url)
    app_reads.note_introspection(ctx, sent.client_id, found.user_id, answer)
    return answer


def _is_common(options: ClientOptions) -> bool:
    """Return whether the app authenticates by HTTP Basic and has no pairwise subjects."""
    by_basic = options.token_endpoint_auth_method == "client_secret_basic"  # noqa: S105  (a method)
    return by_basic and options.profile == "default" and options.subject_type == "public"


def _make_facts(client_id: str, found: IntrospectedToken) -> TokenFacts:
    return TokenFacts(
        client_id,
        found.user_id,
        found.scopes if found.allowed is None else found.scopes & found.allowed,
        from_ms(found.expires_ms - lifetimes.ACCESS_TOKEN.in_ms),
        from_ms(found.expires_ms),
        resources=found.resources,
        jkt=found.jkt,
        username=found.username,
        auth_time=None if found.auth_time_ms is None else from_ms(found.auth_time_ms),
        acr=found.acr,
    )


def _full_check(ctx: Context, request: IntrospectionRequest) -> dict[str, Any]:
    """Authenticate the caller, find the token in any state, and judge both."""
    caller, token = _read_call(ctx, request, INTROSPECT)
    found, is_refresh = _find(ctx, token, request.jti)
    facts = issue.facts_of(ctx, found, refresh=is_refresh) if found else None
    try:
        answer = access.introspect(facts, caller, ctx.settings.public_url, ctx.now)
    except OAuthError as error:
        _note(ctx, caller, INTROSPECT, error)
        raise
    app_log.note_act(ctx, caller.client.id, Act.TOKEN_INTROSPECTED)
    app_reads.note_introspection(ctx, caller.client.id, _name_person(found), answer)
    return answer


def _name_person(found: Found | None) -> str | None:
    return found.family.user_id if found is not None and found.family is not None else None


@writes
def revoke(ctx: Context, request: IntrospectionRequest) -> None:
    """Revoke a token of the caller; an unknown or ended token is no error (RFC 7009 §2.2)."""
    caller, token = _read_call(ctx, request, REVOKE)
    found, is_refresh = _find(ctx, token, request.jti)
    try:
        if found is None:
            access.refuse_id_token(token)
            return
        access.check_revocable(issue.facts_of(ctx, found, refresh=is_refresh), caller)
    except OAuthError as error:
        _note(ctx, caller, REVOKE, error)
        raise
    app_log.note_act(ctx, caller.client.id, Act.TOKEN_REVOKED)
    if is_refresh and found.family is not None:
        issue.revoke_family(ctx, found.family.id, "revoked by the app")
    else:
        tokens.revoke_access(ctx.db, found.token.id, ctx.now_ms)


def _read_call(ctx: Context, request: IntrospectionRequest, path: str) -> tuple[AuthenticatedClient, str]:
    caller = identify(ctx, request.authorization, request.params, path)
    try:
        request.params.refuse_repeats()
        return caller, request.params.need("token")
    except OAuthError as error:
        _note(ctx, caller, path, error)
        raise


def _note(ctx: Context, caller: AuthenticatedClient, path: str, error: OAuthError) -> None:
    app_log.note(ctx, caller.client.id, app_log.name_stage(path), error)


def _find(ctx: Context, token: str, jti: tuple[int, bytes] | None) -> tuple[Found | None, bool]:
    """Find by the token's own shape; a wrong token_type_hint hides nothing (RFC 7662 §2.1)."""
    key = jti or token_format.read(Kind.ACCESS, token)
    if key is not None:
        return issue.find(ctx, *key), False
    return issue.find_refresh(ctx, token), True
