"""Codes for tokens: redeem a code once, make its family, issue (RFC 6749 §4.1.3, RFC 8628 §3.4).

A family is everything issued for one authorization: the tokens of this exchange and of every refresh after it. It has
the id of its code, so a replayed code can revoke it.
"""

from typing import NamedTuple

from oauth2system.policy import lifetimes
from oauth2system.protocol import scopes
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.errors import InvalidGrant
from oauth2system.protocol.jose.dpop import DpopProof
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.tokens import grants
from oauth2system.protocol.tokens.grants import IssuedCode, Replayed
from oauth2system.runtime import app_log, audit
from oauth2system.runtime.context import Context
from oauth2system.services.clients import playground
from oauth2system.services.tokens import codes, device_codes, id_tokens, issue, signed_answer
from oauth2system.services.tokens.issue import Grant
from oauth2system.services.tokens.signed_answer import Issued
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.lookups.token_exchange import ExchangeLookup
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.ephemeral import Ephemeral
from oauth2system.storage.tables.tokens import Family, Person


class _Approval(NamedTuple):
    """What a person allowed, the row that kept it, and the person as they are today."""

    row_id: int
    generation: int | None
    code: IssuedCode
    person: Person | None


def redeem_code(
    ctx: Context, caller: AuthenticatedClient, params: Params, proof: DpopProof | None, found: ExchangeLookup
) -> Issued:
    """Redeem an authorization code, which may have been read together with the client (RFC 6749 §4.1.3)."""
    row, code = _take_code(ctx, caller, params, proof, found)
    person = found.code.person if found.code else tokens.find_person(ctx.db, code.user_id, caller.client.id)
    return _issue(ctx, caller, _Approval(row.id, row.generation, code, person), params, proof)


def redeem_device_code(
    ctx: Context, caller: AuthenticatedClient, params: Params, proof: DpopProof | None, _found: ExchangeLookup
) -> Issued:
    """Answer a device's poll with what its person allowed (RFC 8628 §3.4)."""
    row, code = device_codes.redeem(ctx, caller, params)
    person = tokens.find_person(ctx.db, code.user_id, caller.client.id)
    return _issue(ctx, caller, _Approval(row.id, row.generation, code, person), params, proof)


def _take_code(
    ctx: Context, caller: AuthenticatedClient, params: Params, proof: DpopProof | None, found: ExchangeLookup
) -> tuple[Ephemeral, IssuedCode]:
    """Judge a code and use it up; a code that was used before revokes its family (OAuth 2.1 §7.5.2)."""
    row = found.code.kept if found.code else codes.find_code(ctx, params.need("code"))
    row = row if row is None or playground.may_redeem(ctx, row.data["request"]["target"]["redirect_uri"]) else None
    try:
        code = grants.check_code(codes.read_issued(row) if row else None, caller, params, proof, ctx.now)
        return _use_up(ctx, row), code
    except Replayed:
        if row is not None and issue.revoke_family(ctx, row.id, "code replayed"):
            audit.record(ctx, "code.replayed", user_id=row.user_id, client_id=row.client_id)
        raise


def _use_up(ctx: Context, row: Ephemeral | None) -> Ephemeral:
    """Use a code up and return its row; raises Replayed when another request was faster (T047)."""
    if row is None or not codes.take_code(ctx, row):
        raise Replayed(GrantReason.CODE_TAKEN)
    return row


def _issue(
    ctx: Context, caller: AuthenticatedClient, approval: _Approval, params: Params, proof: DpopProof | None
) -> Issued:
    """Make a family for what a person allowed, and issue its first tokens."""
    client, code, person = caller.client, approval.code, approval.person
    if person is None or person.disabled or person.allowed is None:
        raise InvalidGrant(GrantReason.CODE_ACCESS_REVOKED)
    # Without what the person or the app's owner has revoked since the app asked (T049).
    granted = grants.narrow(None, code.request.scopes & person.allowed, client)
    resources = issue.narrow_resources(ctx, client, params, code.request.resources)
    with_refresh = grants.gives_refresh_token(client, granted)
    # RFC 9449 §5: a confidential client has authenticated, a public one is bound to its key.
    bound_to = proof.jkt if proof and client.is_public else None
    lives_ms = (lifetimes.REFRESH_TOKEN if with_refresh else lifetimes.ACCESS_TOKEN).in_ms
    family = _start_family(ctx, approval, granted, jkt=bound_to, expires_ms=ctx.now_ms + lives_ms)
    grant = Grant(client, granted, family, resources, proof.jkt if proof else None, with_refresh=with_refresh)
    if code.begun_ms is not None:
        app_log.note_duration(ctx, client.id, code.begun_ms)
    claims = id_tokens.for_code(ctx, client, code, person, granted) if scopes.OPENID in granted else None
    return signed_answer.compose(ctx, grant, issue.mint(ctx, grant), claims)


def _start_family(
    ctx: Context, approval: _Approval, granted: frozenset[str], *, jkt: str | None, expires_ms: int
) -> Family:
    """Store the family of a code with the generation of its approval, and return it."""
    code = approval.code
    family = Family(
        id=approval.row_id,
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
        generation=approval.generation or 0,
    )
    tokens.add_family(ctx.db, family)
    return family
