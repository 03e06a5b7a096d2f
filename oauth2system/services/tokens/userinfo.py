"""Our own protected resources, /oauth2/userinfo and /api/user: check the access token, return its user."""

import hmac
from typing import Any, NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.errors import InsufficientScope, OAuthError, UseDpopNonce
from oauth2system.protocol.jose import dpop
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.protocol.tokens import access, claims
from oauth2system.protocol.tokens.access import Bearer, TokenFacts
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act
from oauth2system.runtime.lanes import reads
from oauth2system.services.clients import reads as app_reads
from oauth2system.services.clients.reads import ReadPlace
from oauth2system.services.clients.subjects import get_facts_for
from oauth2system.services.tokens import dpop as proofs
from oauth2system.services.tokens import id_tokens, issue
from oauth2system.services.tokens.dpop import Sent
from oauth2system.storage.lookups import userinfo
from oauth2system.storage.lookups.userinfo import LiveToken
from oauth2system.storage.tables.tokens import Found, Person

USERINFO = "/oauth2/userinfo"
API_USER = "/api/user"


class PresentedToken(NamedTuple):
    """An access token as it arrived: `key` is the id of its row and the digest that must be stored there."""

    bearer: Bearer
    key: tuple[int, bytes] | None
    dpop: Sent


class UserinfoAnswer(NamedTuple):
    """The UserInfo answer; with an `alg` it is to be signed (OIDC Core §5.3.2)."""

    claims: dict[str, Any]
    now_ms: int
    alg: str | None = None


@reads
def answer_userinfo(ctx: Context, presented: PresentedToken) -> UserinfoAnswer:
    """Return the claims about a token's user (OIDC Core §5.3); raises the OAuthError that refuses the token."""
    return _from_lookup(ctx, presented) or _full_check(ctx, presented)


def _from_lookup(ctx: Context, presented: PresentedToken) -> UserinfoAnswer | None:
    """Answer the common case by one narrow read: a live bearer token, and an app that wants nothing special.

    None means undecided: the full check judges everything else, and says why it refuses.
    """
    if presented.key is None or presented.dpop or presented.bearer.scheme != "bearer":
        return None
    token_id, digest = presented.key
    found = userinfo.find(ctx.db, token_id, ctx.now_ms)
    if found is None or not hmac.compare_digest(found.digest, digest) or not _is_common(found):
        return None
    granted = found.scopes & found.allowed
    if scopes.OPENID not in granted:
        return None
    ctx.server.last_used.note_fetch(found.user.id, found.client_id, ctx.now_ms, found.fetched_ms)
    answer = claims.build_userinfo(found.user.id, found.user, granted, ctx.settings.public_url)
    app_reads.note(ctx, found.client_id, found.user.id, ReadPlace.USERINFO, answer)
    app_log.note_act(ctx, found.client_id, Act.USERINFO_READ)
    return UserinfoAnswer(answer, ctx.now_ms)


def _is_common(found: LiveToken) -> bool:
    """Return whether the answer for this token depends on its scopes alone."""
    is_restricted = found.jkt is not None or found.resources or found.claims is not None
    options = found.options
    return not is_restricted and options.subject_type == "public" and options.userinfo_signed_response_alg is None


def _full_check(ctx: Context, presented: PresentedToken) -> UserinfoAnswer:
    """Judge a token in any state, and answer in the form that its app asked for."""
    found, facts, person = _use_token(ctx, presented, USERINFO, scopes.OPENID)
    names = found.family.claims if found.family else None
    asked = id_tokens.list_allowed_names(tuple(names.split()), found.client, person) if names else ()
    issuer = ctx.settings.public_url
    answer = claims.build_userinfo(facts.subject or "", person.facts, facts.scopes, issuer, asked)
    app_reads.note(ctx, found.client.id, person.facts.id, ReadPlace.USERINFO, answer)
    app_log.note_act(ctx, found.client.id, Act.USERINFO_READ)
    alg = found.client.userinfo_signed_response_alg
    if alg is not None:
        answer = {**answer, "iss": issuer, "aud": found.client.id}
    return UserinfoAnswer(answer, ctx.now_ms, alg)


@reads
def answer_user(ctx: Context, presented: PresentedToken) -> dict[str, Any]:
    """Return the JSON of the simple flow for an access token (decision 0017); raises the OAuthError that refuses it."""
    found, facts, person = _use_token(ctx, presented, API_USER, "identify", "profile", "email")
    answer = claims.simple_user(get_facts_for(ctx, person.facts, found.client), facts.scopes, ctx.settings.public_url)
    if presented.dpop.method != "HEAD":  # a HEAD brings no field of the person
        app_reads.note(ctx, found.client.id, person.facts.id, ReadPlace.API_USER, answer)
        app_log.note_act(ctx, found.client.id, Act.USER_READ)
    return answer


def _use_token(ctx: Context, presented: PresentedToken, path: str, *any_of: str) -> tuple[Found, TokenFacts, Person]:
    """Return token, facts and person of a token that is good here; refuse any other, and note why for the owner."""
    found = issue.find(ctx, *presented.key) if presented.key else None
    try:
        facts = _check_usable(ctx, presented, found, path)
        access.check_scope(facts, *any_of)
        if found is None or found.person is None:
            raise InsufficientScope(TokenReason.NO_PERSON, registered=" ".join(any_of))
    except UseDpopNonce:
        raise
    except OAuthError as error:
        if found is not None:
            app_log.note(ctx, found.client.id, app_log.name_stage(path), error)
            _note_refused(ctx, found, path)
        raise
    ctx.server.last_used.note_fetch(found.person.facts.id, found.client.id, ctx.now_ms, found.person.fetched_ms)
    return found, facts, found.person


def _note_refused(ctx: Context, found: Found, path: str) -> None:
    """Note for the person that an app tried to read with a token whose access they have revoked."""
    person = found.person
    if person is not None and person.allowed is None:
        app_reads.note_refused(ctx, found.client.id, person.facts.id, ReadPlace(app_log.name_stage(path)))


def _check_usable(ctx: Context, presented: PresentedToken, found: Found | None, path: str) -> TokenFacts:
    facts = issue.facts_of(ctx, found) if found else None
    issuer = ctx.settings.public_url
    # RFC 8707 §2: the issuer and the resource's own address are valid audiences (T055).
    at = issuer if facts and issuer in facts.resources else issuer + path
    facts = access.check_usable(facts, ctx.now, at=at)
    proof = proofs.check(ctx, presented.dpop, presented.bearer.token)
    dpop.check_token_binding(facts.jkt, proof, scheme=presented.bearer.scheme)
    return facts
