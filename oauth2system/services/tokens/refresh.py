"""Refresh tokens: rotated, kept, or answered with the same successor again (RFC 6749 §6, RFC 9700 §4.14).

An honest client that lost our answer sends the same token again; for a few seconds it gets the same successor. After
that, a rotated token that comes again is a stolen one, and its family ends.
"""

from oauth2system.policy import budgets, lifetimes
from oauth2system.protocol import scopes
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.errors import InvalidGrant
from oauth2system.protocol.jose.dpop import DpopProof
from oauth2system.protocol.params import Params, placeholder_in
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.tokens import grants
from oauth2system.protocol.tokens.grants import RefreshFacts, Renewal, Replayed
from oauth2system.runtime import audit, outbox, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.services.tokens import id_tokens, issue, signed_answer
from oauth2system.services.tokens.issue import Grant, Minted
from oauth2system.services.tokens.signed_answer import Issued
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.lookups.token_exchange import ExchangeLookup, LiveRefreshToken
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.tokens import Family, Found


def redeem_refresh_token(
    ctx: Context, caller: AuthenticatedClient, params: Params, proof: DpopProof | None, found: ExchangeLookup
) -> Issued:
    """Redeem a refresh token, which may have been read together with the client (RFC 6749 §6)."""
    value, client = params.need("refresh_token"), caller.client
    renewal, old = (
        _judge_live(ctx, caller, found.refresh_token, proof)
        if found.refresh_token
        else _full_check(ctx, caller, value, proof)
    )
    family = old.family
    grant = Grant(
        client,
        grants.narrow(params.get("scope"), scopes.read(family.scopes) & old.allowed, client),
        family,
        issue.narrow_resources(ctx, client, params, tuple(family.resources.split())),
        proof.jkt if proof else None,
        with_refresh=renewal != "keep",
    )
    rate_limits.spend_in_memory(ctx, budgets.REFRESHES, client.id, family.user_id)
    minted = _renew(ctx, renewal, grant, old, value)
    # OIDC Core §12.2 leaves an ID token open. It costs more than all the rest, so a client must ask for it.
    wants_id_token = scopes.OPENID in grant.scopes & scopes.parse(params.get("scope"))
    claims = id_tokens.for_family(ctx, client, family, grant.scopes) if wants_id_token else None
    return signed_answer.compose(ctx, grant, minted, claims)


def _judge_live(
    ctx: Context, caller: AuthenticatedClient, token: LiveRefreshToken, proof: DpopProof | None
) -> tuple[Renewal, LiveRefreshToken]:
    """Judge a token of the caller's that is known to be neither rotated nor revoked."""
    facts = _read_facts(caller.client.id, token.family, token.expires_ms)
    return grants.check_refresh(facts, caller, proof, ctx.now, grace=lifetimes.REFRESH_GRACE), token


def _full_check(
    ctx: Context, caller: AuthenticatedClient, value: str, proof: DpopProof | None
) -> tuple[Renewal, LiveRefreshToken]:
    """Find and judge a refresh token in any state; one that was rotated long ago ends its family."""
    found = issue.find_refresh(ctx, value)
    if found is None and (word := placeholder_in(value)):
        raise InvalidGrant(GrantReason.REFRESH_PLACEHOLDER, word=word)
    try:
        renewal = grants.check_refresh(_facts_of_any(found), caller, proof, ctx.now, grace=lifetimes.REFRESH_GRACE)
    except Replayed:
        _end_reused_family(ctx, found)
        raise
    if found is None or found.family is None or found.person is None:
        raise InvalidGrant(GrantReason.REFRESH_UNKNOWN)
    token, allowed = found.token, found.person.allowed or frozenset[str]()
    return renewal, LiveRefreshToken(
        token.id, token.refresh_digest or b"", token.refresh_expires_ms or 0, found.family, allowed
    )


def _facts_of_any(found: Found | None) -> RefreshFacts | None:
    if found is None or found.family is None:
        return None
    token = found.token
    rotated_at = None if token.rotated_ms is None else from_ms(token.rotated_ms)
    facts = _read_facts(token.client_id, found.family, token.refresh_expires_ms or 0)
    return facts._replace(revoked=not issue.is_alive(found), rotated_at=rotated_at)


def _read_facts(client_id: str, family: Family, expires_ms: int) -> RefreshFacts:
    return RefreshFacts(
        client_id=client_id,
        scopes=scopes.read(family.scopes),
        expires_at=from_ms(expires_ms),
        family_expires_at=from_ms(family.expires_ms),
        jkt=family.jkt,
        resources=tuple(family.resources.split()),
    )


def _end_reused_family(ctx: Context, found: Found | None) -> None:
    """End a family whose rotated refresh token came again, and notify its person (RFC 9700 §4.14.2, T045)."""
    if found is None or found.family is None or not issue.revoke_family(ctx, found.family.id, "refresh token reused"):
        return
    audit.record(ctx, "refresh_token.reused", user_id=found.family.user_id, client_id=found.client.id)
    facts = {"user_id": found.family.user_id, "app": found.client.name}
    outbox.mail(ctx, "access_ended", lives=lifetimes.ACCESS_ENDED_MAIL, **facts)


def _renew(ctx: Context, renewal: Renewal, grant: Grant, old: LiveRefreshToken, value: str) -> Minted:
    match renewal:
        case "keep":
            return _keep(ctx, grant, old, value)
        case "rotate":
            return _rotate(ctx, grant, old, value)
        case "repeat":
            return _repeat_successor(ctx, grant, value)


def _keep(ctx: Context, grant: Grant, old: LiveRefreshToken, value: str) -> Minted:
    """Mint an access token and move the idle limit of the refresh token, which stays the same."""
    minted = issue.mint(ctx, grant)
    tokens.prolong(ctx.db, old.id, min(ctx.now_ms + lifetimes.REFRESH_TOKEN_IDLE.in_ms, old.family.expires_ms))
    return minted._replace(refresh=value)


def _rotate(ctx: Context, grant: Grant, old: LiveRefreshToken, value: str) -> Minted:
    """Mint the successor; when another request rotated the token first, return what that one made (T046)."""
    minted = issue.mint(ctx, grant, predecessor=value)
    if tokens.rotate(ctx.db, old.id, old.digest, minted.row.id, ctx.now_ms):
        return minted
    tokens.delete(ctx.db, minted.row.id)
    return _repeat_successor(ctx, grant, value)


def _repeat_successor(ctx: Context, grant: Grant, value: str) -> Minted:
    """Return the one successor of a refresh token again, for a client that lost our answer (RFC 9700 §4.14.2)."""
    known = issue.find_refresh(ctx, value)
    successor = tokens.find(ctx.db, known.token.successor_id) if known and known.token.successor_id else None
    if successor is None or successor.token.jkt != grant.jkt:
        raise InvalidGrant(GrantReason.SUCCESSOR_DIFFERS)
    again = grant._replace(
        scopes=scopes.read(successor.token.scopes),
        resources=tuple(successor.token.resources.split()),
    )
    minted = issue.mint_again(ctx, again, successor.token, value)
    if minted.row.refresh_digest != successor.token.refresh_digest:
        raise InvalidGrant(GrantReason.SUCCESSOR_LOST)
    return minted
