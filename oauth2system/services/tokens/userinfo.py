"""Our own protected resources: what an access token opens at /oauth2/userinfo and /api/user."""

import hmac
from dataclasses import replace
from typing import Any, NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.errors import InsufficientScope, OAuthError, UseDpopNonce
from oauth2system.protocol.jose import dpop
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.protocol.tokens import access, claims
from oauth2system.protocol.tokens.access import Bearer, TokenFacts
from oauth2system.protocol.tokens.claims import UserFacts
from oauth2system.runtime import app_log, last_used
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads
from oauth2system.services.tokens import dpop as proofs
from oauth2system.services.tokens import id_tokens, issue
from oauth2system.services.tokens.dpop import Sent
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.lookups import userinfo as openings
from oauth2system.storage.lookups.userinfo import Opening
from oauth2system.storage.tables.tokens import Found, Person

USERINFO = "/oauth2/userinfo"
# Members of an app's metadata that change the answer: a signed one, or a name of the app's own for the person.
_WISHES = ("userinfo_signed_response_alg", "subject_type")
API_USER = "/api/user"


class Presented(NamedTuple):
    """An access token as it came: `key` is its row's id and the digest that must stand there."""

    bearer: Bearer
    key: tuple[int, bytes] | None
    dpop: Sent


class Told(NamedTuple):
    """The UserInfo answer; with an `alg` it is to be signed (OIDC Core §5.3.2)."""

    claims: dict[str, Any]
    now_ms: int
    alg: str | None = None


@reads
def userinfo(ctx: Context, presented: Presented) -> Told:
    """Tell a client about its user (OIDC Core §5.3)."""
    return _plainly(ctx, presented) or _carefully(ctx, presented)


def _plainly(ctx: Context, presented: Presented) -> Told | None:
    """Answer the common case by one narrow read: a live bearer token of an app without special wishes.

    None is no verdict: whatever is not plainly good is judged by the rules, which also say why not.
    """
    if presented.key is None or presented.dpop or presented.bearer.scheme != "bearer":
        return None
    row_id, digest = presented.key
    found = openings.find(ctx.db, row_id, ctx.now_ms)
    if found is None or found.jkt or found.resources or not hmac.compare_digest(found.digest, digest):
        return None
    if any(wish in found.metadata for wish in _WISHES):
        return None
    granted = frozenset(found.scopes.split()).intersection(found.allowed.split())
    if scopes.OPENID not in granted or found.claims:
        return None
    last_used.user_fetched(found.user_id, found.client_id, ctx.now_ms, found.fetched_ms)
    return Told(claims.userinfo(found.user_id, _facts(found), granted), ctx.now_ms)


def _facts(found: Opening) -> UserFacts:
    return UserFacts(
        found.user_id,
        found.username,
        found.display_name,
        found.email,
        found.email_confirmed_ms is not None,
        found.avatar,
        updated_at=from_ms(found.updated_ms),
    )


def _carefully(ctx: Context, presented: Presented) -> Told:
    found, facts, person = _opened(ctx, presented, USERINFO, scopes.OPENID)
    names = found.family.claims if found.family else None
    asked = id_tokens.allowed_names(tuple(names.split()), found.client, person) if names else ()
    told = claims.userinfo(facts.subject or "", person.facts, facts.scopes, asked)
    alg = found.client.userinfo_signed_response_alg
    if alg is not None:
        told = {**told, "iss": ctx.settings.public_url, "aud": found.client.id}
    return Told(told, ctx.now_ms, alg)


@reads
def user(ctx: Context, presented: Presented) -> dict[str, Any]:
    """Tell the JSON of the simple flow to whoever holds an access token (decision 0017)."""
    _found, facts, person = _opened(ctx, presented, API_USER, "identify", "profile", "email")
    # A client that knows its people by names of its own does not learn ours here.
    known_as = person.facts if facts.subject == person.facts.id else replace(person.facts, id=facts.subject or "")
    return claims.simple_user(known_as, facts.scopes)


def _opened(ctx: Context, presented: Presented, path: str, *any_of: str) -> tuple[Found, TokenFacts, Person]:
    """Return what stands behind a token that is good here, or refuse it and tell the app's owner why."""
    found = issue.find(ctx, *presented.key) if presented.key else None
    try:
        facts = _usable(ctx, presented, found, path)
        access.check_scope(facts, *any_of)
        if found is None or found.person is None:
            raise InsufficientScope(TokenReason.NO_PERSON, registered=" ".join(any_of))
    except UseDpopNonce:
        raise
    except OAuthError as error:
        if found is not None:
            app_log.note(found.client.id, path.removeprefix("/oauth2/").removeprefix("/"), error)
        raise
    last_used.user_fetched(found.person.facts.id, found.client.id, ctx.now_ms, found.person.fetched_ms)
    return found, facts, found.person


def _usable(ctx: Context, presented: Presented, found: Found | None, path: str) -> TokenFacts:
    facts = issue.facts_of(ctx, found) if found else None
    issuer = ctx.settings.public_url
    # RFC 8707 §2: we answer to the issuer's name and to the resource's own (T055).
    at = issuer if facts and issuer in facts.resources else issuer + path
    facts = access.check_usable(facts, ctx.now, at=at)
    proof = proofs.check(ctx, presented.dpop, presented.bearer.token)
    dpop.check_token_binding(facts.jkt, proof, scheme=presented.bearer.scheme)
    return facts
