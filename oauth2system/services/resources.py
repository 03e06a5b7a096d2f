"""Our own protected resources: what an access token opens at /oauth2/userinfo and /api/user."""

from dataclasses import dataclass, replace
from typing import Any

from oauth2system.protocol import access, claims, dpop, scopes
from oauth2system.protocol.access import Bearer, TokenFacts
from oauth2system.protocol.errors import InsufficientScope, OAuthError, UseDpopNonce
from oauth2system.services import dpop as proofs
from oauth2system.services import id_tokens, refusals, tokens, touches
from oauth2system.services.context import Context
from oauth2system.services.dpop import Sent
from oauth2system.storage.tokens import Found, Person

USERINFO = "/oauth2/userinfo"
API_USER = "/api/user"


@dataclass(frozen=True, slots=True)
class Presented:
    """An access token as it came: `key` is its row's id and the digest that must stand there."""

    bearer: Bearer
    key: tuple[int, bytes] | None
    dpop: Sent


@dataclass(frozen=True, slots=True)
class Told:
    """The UserInfo answer; with an `alg` it is to be signed (OIDC Core §5.3.2)."""

    claims: dict[str, Any]
    now_ms: int
    alg: str | None = None


def userinfo(ctx: Context, presented: Presented) -> Told:
    """Tell a client about its user (OIDC Core §5.3)."""
    found, facts, person = _opened(ctx, presented, USERINFO, scopes.OPENID)
    names = found.family.claims if found.family else None
    asked = id_tokens.allowed_names(tuple(names.split()), person) if names else ()
    told = claims.userinfo(facts.subject or "", person.facts, facts.scopes, asked)
    alg = found.client.userinfo_signed_response_alg
    if alg is not None:
        told = {**told, "iss": ctx.settings.public_url, "aud": found.client.id}
    return Told(told, ctx.now_ms, alg)


def user(ctx: Context, presented: Presented) -> dict[str, Any]:
    """Tell the JSON of the simple flow to whoever holds an access token (product.md)."""
    _found, facts, person = _opened(ctx, presented, API_USER, "identify", "profile", "email")
    # A client that knows its people by names of its own does not learn ours here.
    known_as = person.facts if facts.subject == person.facts.id else replace(person.facts, id=facts.subject or "")
    return claims.simple_user(known_as, facts.scopes)


def _opened(ctx: Context, presented: Presented, path: str, *any_of: str) -> tuple[Found, TokenFacts, Person]:
    """Return what stands behind a token that is good here, or refuse it and tell the app's owner why."""
    found = tokens.find(ctx, *presented.key) if presented.key else None
    try:
        facts = _usable(ctx, presented, found, path)
        access.check_scope(facts, *any_of)
        if found is None or found.person is None:
            raise InsufficientScope("No person stands behind this token.", registered=" ".join(any_of))
    except UseDpopNonce:
        raise
    except OAuthError as error:
        if found is not None:
            refusals.note(found.client.id, path.rpartition("/")[2], error)
        raise
    touches.user_fetched(found.person.facts.id, found.client.id, ctx.now_ms, found.person.fetched_ms)
    return found, facts, found.person


def _usable(ctx: Context, presented: Presented, found: Found | None, path: str) -> TokenFacts:
    facts = tokens.facts_of(ctx, found) if found else None
    issuer = ctx.settings.public_url
    # RFC 8707 §2: we answer to the issuer's name and to the resource's own (T055).
    at = issuer if facts and issuer in facts.resources else issuer + path
    facts = access.check_usable(facts, ctx.now, at=at)
    proof = proofs.check(ctx, presented.dpop, presented.bearer.token)
    dpop.check_token_binding(facts.jkt, proof, scheme=presented.bearer.scheme)
    return facts
