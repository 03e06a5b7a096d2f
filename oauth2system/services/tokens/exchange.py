"""What happens at /oauth2/token: authenticate, judge the grant, use it up, issue (RFC 6749 §3.2).

Signatures are made after the transaction (see signed_answer.py): an RS256 one takes longer than all of this.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT, Client
from oauth2system.protocol.errors import AuthorizationPending, InvalidGrant, OAuthError, UseDpopNonce
from oauth2system.protocol.jose.dpop import Proof
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import grants as rules
from oauth2system.protocol.tokens.grants import IssuedCode, RefreshFacts, Renewal, Replayed
from oauth2system.runtime import app_log, audit, outbox
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes
from oauth2system.services.clients import capabilities
from oauth2system.services.clients.authentication import identify
from oauth2system.services.tokens import codes, device_codes, dpop, exchange_lookup, id_tokens, issue
from oauth2system.services.tokens.dpop import Sent
from oauth2system.services.tokens.exchange_lookup import Beside
from oauth2system.services.tokens.issue import Grant, Minted
from oauth2system.storage.database.columns import from_ms, to_ms
from oauth2system.storage.lookups.token_exchange import Renewable
from oauth2system.storage.tables import tokens as rows
from oauth2system.storage.tables.ephemeral import Kept
from oauth2system.storage.tables.tokens import Family, Found, Person

PATH = "/oauth2/token"
STAGE = "token"
_NO_CODE = "The code is unknown or has expired."
_GONE = "The refresh token is unknown or has ended."
_TOLD_WITHIN = timedelta(days=3)


class TokenRequest(NamedTuple):
    """One call of the token endpoint, as it came."""

    authorization: str | None
    params: Params
    dpop: Sent


class Issued(NamedTuple):
    """The answer but for its signatures: `access_claims` and `id_claims` still wait for a key."""

    answer: dict[str, str | int]
    now_ms: int
    alg: str = "RS256"
    access_claims: dict[str, Any] | None = None
    id_claims: dict[str, Any] | None = None


@writes
def exchange(ctx: Context, asked: TokenRequest) -> Issued:
    """Turn a grant into tokens, or refuse it; the owner of the app reads why."""
    beside = exchange_lookup.beside(ctx, asked.params)
    caller = identify(ctx, asked.authorization, asked.params, PATH, beside.secret)
    try:
        grant = rules.check_grant_type(asked.params, caller.client, capabilities.offer(ctx.settings))
        proof = dpop.check(ctx, asked.dpop)
        rules.check_sender(caller.client, proof)
        return _GRANTS[grant](ctx, caller, asked.params, proof, beside)
    except (UseDpopNonce, AuthorizationPending):
        raise  # steps of an ordinary exchange (RFC 9449 §8, RFC 8628 §3.5)
    except OAuthError as error:
        app_log.note(caller.client.id, STAGE, error)
        raise


def _machine(ctx: Context, caller: AuthenticatedClient, params: Params, proof: Proof | None, _beside: Beside) -> Issued:
    """Issue to a client that acts for itself (RFC 6749 §4.4)."""
    granted, resources = rules.check_client_credentials(caller, params, capabilities.offer(ctx.settings))
    grant = Grant(caller.client, granted, resources=resources, jkt=proof.jkt if proof else None)
    return _issued(ctx, grant, issue.mint(ctx, grant))


class _Allowed(NamedTuple):
    """What a person allowed, the row that says so, and how they stand today."""

    row_id: int
    code: IssuedCode
    person: Person | None


def _code(ctx: Context, caller: AuthenticatedClient, params: Params, proof: Proof | None, beside: Beside) -> Issued:
    """Redeem an authorization code (RFC 6749 §4.1.3)."""
    row, code = _redeemed(ctx, caller, params, proof, beside)
    person = beside.kept[1] if beside.kept else rows.find_person(ctx.db, code.user_id, caller.client.id)
    return _brought(ctx, caller, _Allowed(row.id, code, person), params, proof)


def _device(ctx: Context, caller: AuthenticatedClient, params: Params, proof: Proof | None, _beside: Beside) -> Issued:
    """Answer a device's poll with what its person allowed (RFC 8628 §3.4)."""
    row_id, code = device_codes.redeem(ctx, caller, params)
    person = rows.find_person(ctx.db, code.user_id, caller.client.id)
    return _brought(ctx, caller, _Allowed(row_id, code, person), params, proof)


def _brought(
    ctx: Context, caller: AuthenticatedClient, allowed: _Allowed, params: Params, proof: Proof | None
) -> Issued:
    """Found a family on what a person allowed, and issue its first tokens."""
    client, (row_id, code, person) = caller.client, allowed
    if person is None or person.disabled or person.allowed is None:
        raise InvalidGrant(_NO_CODE, detail="The person took the access back, or the account is disabled.")
    # What the person took back, and what the owner took from the app, since it was asked for (T049).
    granted = rules.narrow(None, code.request.scopes & person.allowed, client)
    resources = _resources(ctx, client, params, code.request.resources)
    renews = rules.gives_refresh_token(client, granted)
    # RFC 9449 §5: what a confidential client proves by authenticating, a public one proves by its key.
    bound_to = proof.jkt if proof and client.is_public else None
    lives_ms = issue.REFRESH_MS if renews else issue.ACCESS_MS
    family = _family(row_id, code, granted, bound_to, ctx.now_ms + lives_ms)
    rows.add_family(ctx.db, family)
    grant = Grant(client, granted, family, resources, proof.jkt if proof else None, with_refresh=renews)
    claims = id_tokens.for_code(ctx, client, code, person) if scopes.OPENID in granted else None
    return _issued(ctx, grant, issue.mint(ctx, grant), claims)


def _redeemed(
    ctx: Context, caller: AuthenticatedClient, params: Params, proof: Proof | None, beside: Beside
) -> tuple[Kept, IssuedCode]:
    """Use a code up; one that was used before ends all that it brought (OAuth 2.1 §7.5.2)."""
    value = params.need("code")
    row = beside.kept[0] if beside.kept else codes.find_code(ctx, value)
    code = None if row is None else codes.issued(row)
    try:
        return _taken(ctx, value, row, rules.check_code(code, caller, params, proof, ctx.now))
    except Replayed:
        if row is not None and issue.revoke_family(ctx, row.id, "code replayed"):
            audit.record(ctx, "code.replayed", user_id=row.user_id, client_id=row.client_id)
        raise


def _taken(ctx: Context, value: str, row: Kept | None, code: IssuedCode) -> tuple[Kept, IssuedCode]:
    if row is None or not codes.take_code(ctx, value):
        raise Replayed(_NO_CODE, detail="Another request used it a moment ago.")
    return row, code


def _family(row_id: int, code: IssuedCode, granted: frozenset[str], jkt: str | None, expires_ms: int) -> Family:
    """Return the family a code founds; it has the code's own id, so that a replay finds it."""
    return Family(
        id=row_id,
        user_id=code.user_id,
        client_id=code.request.client_id,
        sid=code.sid,
        scopes=scopes.write(granted),
        resources=" ".join(code.request.resources),
        claims=" ".join(code.request.userinfo_claims) or None,
        auth_time_ms=to_ms(code.authenticated_at),
        acr=code.acr,
        amr=" ".join(code.amr) or None,
        jkt=jkt,
        offline=scopes.OFFLINE in granted,
        expires_ms=expires_ms,
    )


def _refresh(ctx: Context, caller: AuthenticatedClient, params: Params, proof: Proof | None, beside: Beside) -> Issued:
    """Renew by a refresh token (RFC 6749 §6, RFC 9700 §4.14)."""
    value = params.need("refresh_token")
    renewal, old = _plainly_good(ctx, caller, proof, beside) or _judged(ctx, caller, value, proof)
    family, client = old.family, caller.client
    grant = Grant(
        client,
        rules.narrow(params.get("scope"), frozenset(family.scopes.split()) & old.allowed, client),
        family,
        _resources(ctx, client, params, tuple(family.resources.split())),
        proof.jkt if proof else None,
        with_refresh=renewal != "keep",
    )
    minted = _renewed(ctx, renewal, grant, old, value)
    # OIDC Core §12.2 leaves it open: an ID token costs more than all the rest, so it comes to who asks for it.
    wants_id_token = scopes.OPENID in grant.scopes & scopes.parse(params.get("scope"))
    claims = id_tokens.for_family(ctx, client, family) if wants_id_token else None
    return _issued(ctx, grant, minted, claims)


def _plainly_good(
    ctx: Context, caller: AuthenticatedClient, proof: Proof | None, beside: Beside
) -> tuple[Renewal, Renewable] | None:
    """Judge what was found beside the secret: nothing has been rotated, revoked or taken back."""
    old = beside.renewable
    if old is None:
        return None
    facts = _facts(old.family, old.expires_ms)
    return rules.check_refresh(facts, caller, proof, ctx.now), old


def _judged(ctx: Context, caller: AuthenticatedClient, value: str, proof: Proof | None) -> tuple[Renewal, Renewable]:
    """Judge a refresh token whatever its state; one that was rotated long ago ends its family."""
    found = issue.find_refresh(ctx, value)
    try:
        renewal = rules.check_refresh(_refresh_facts(found), caller, proof, ctx.now)
    except Replayed:
        _end_reused(ctx, found)
        raise
    if found is None or found.family is None or found.person is None:
        raise InvalidGrant(_GONE)
    token, allowed = found.token, found.person.allowed or frozenset[str]()
    return renewal, Renewable(
        token.id, token.refresh_digest or b"", token.refresh_expires_ms or 0, found.family, allowed
    )


def _resources(ctx: Context, client: Client, params: Params, granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the audience of a token: of what was granted, what was asked for and the app may still have."""
    asked = rules.narrow_resources(params.every("resource"), granted)
    return rules.still_known(asked, (*capabilities.offer(ctx.settings).resources, *client.resources))


def _refresh_facts(found: Found | None) -> RefreshFacts | None:
    if found is None or found.family is None:
        return None
    token = found.token
    rotated_at = None if token.rotated_ms is None else from_ms(token.rotated_ms)
    facts = _facts(found.family, token.refresh_expires_ms or 0)
    return replace(facts, client_id=token.client_id, revoked=not issue.is_alive(found), rotated_at=rotated_at)


def _facts(family: Family, expires_ms: int) -> RefreshFacts:
    return RefreshFacts(
        client_id=family.client_id,
        scopes=frozenset(family.scopes.split()),
        expires_at=from_ms(expires_ms),
        family_expires_at=from_ms(family.expires_ms),
        jkt=family.jkt,
        resources=tuple(family.resources.split()),
    )


def _end_reused(ctx: Context, found: Found | None) -> None:
    """End a family whose rotated refresh token came again, and tell its person (RFC 9700 §4.14.2, T045)."""
    if found is None or found.family is None or not issue.revoke_family(ctx, found.family.id, "refresh token reused"):
        return
    audit.record(ctx, "refresh_token.reused", user_id=found.family.user_id, client_id=found.client.id)
    told = {"user_id": found.family.user_id, "app": found.client.name}
    outbox.mail(ctx, "access_ended", lives=_TOLD_WITHIN, **told)


def _renewed(ctx: Context, renewal: Renewal, grant: Grant, old: Renewable, value: str) -> Minted:
    if renewal == "keep":
        minted = issue.mint(ctx, grant)
        rows.prolong(ctx.db, old.id, min(ctx.now_ms + issue.IDLE_MS, grant.family.expires_ms if grant.family else 0))
        return minted._replace(refresh=value)
    if renewal == "rotate":
        minted = issue.mint(ctx, grant, predecessor=value)
        if rows.rotate(ctx.db, old.id, old.digest, minted.row.id, ctx.now_ms):
            return minted
        # Another node rotated it between our look and our step: what it made is the one successor (T046).
        rows.delete(ctx.db, minted.row.id)
    return _successor(ctx, grant, value)


def _successor(ctx: Context, grant: Grant, value: str) -> Minted:
    """Return the one successor of a refresh token again (RFC 9700 §4.14.2)."""
    known = issue.find_refresh(ctx, value)
    successor = rows.find(ctx.db, known.token.successor_id) if known and known.token.successor_id else None
    if successor is None or successor.token.jkt != grant.jkt:
        raise InvalidGrant(_GONE, detail="Its successor is bound to another key, or gone.")
    again = grant._replace(
        scopes=frozenset(successor.token.scopes.split()),
        resources=tuple(successor.token.resources.split()),
    )
    minted = issue.mint_again(ctx, again, successor.token, value)
    if minted.row.refresh_digest != successor.token.refresh_digest:
        raise InvalidGrant(_GONE, detail="Its successor was made with another SECRET_KEY.")
    return minted


def _issued(ctx: Context, grant: Grant, minted: Minted, id_claims: dict[str, Any] | None = None) -> Issued:
    answer = rules.token_answer(
        minted.access,
        expires_in=(minted.row.access_expires_ms - ctx.now_ms) // 1000,
        granted=frozenset(minted.row.scopes.split()),
        jkt=minted.row.jkt,
        refresh_token=minted.refresh,
    )
    alg = grant.client.id_token_signed_response_alg
    return Issued(answer, ctx.now_ms, alg, minted.claims, id_claims)


_GRANTS: dict[str, Callable[[Context, AuthenticatedClient, Params, Proof | None, Beside], Issued]] = {
    CLIENT_CREDENTIALS: _machine,
    CODE_GRANT: _code,
    REFRESH_GRANT: _refresh,
    DEVICE_GRANT: _device,
}
