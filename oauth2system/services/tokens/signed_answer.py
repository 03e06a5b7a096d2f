"""The answer of the token endpoint: composed inside the transaction, signed after it with keys held ready."""

from typing import Any, NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.protocol.tokens import access, grants
from oauth2system.protocol.tokens.id_token import half_hash
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.services.clients import reads
from oauth2system.services.keys import keyring
from oauth2system.services.tokens.issue import Grant, Minted


class Issued(NamedTuple):
    """The answer without its signatures: `access_claims` and `id_claims` still wait for a key."""

    answer: dict[str, str | int]
    now_ms: int
    alg: str = "RS256"
    access_claims: dict[str, Any] | None = None
    id_claims: dict[str, Any] | None = None


def compose(ctx: Context, grant: Grant, minted: Minted, id_claims: dict[str, Any] | None = None) -> Issued:
    """Return the answer that hands out minted tokens (RFC 6749 §5.1); with `id_claims` it brings an ID token."""
    answer = grants.build_token_answer(
        minted.access,
        expires_in=(minted.row.access_expires_ms - ctx.now_ms) // 1000,
        granted=scopes.read(minted.row.scopes),
        jkt=minted.row.jkt,
        refresh_token=minted.refresh,
    )
    if id_claims is not None and grant.family is not None:
        reads.note_id_token(ctx, grant.client.id, grant.family.user_id, id_claims)
    return Issued(answer, ctx.now_ms, grant.client.id_token_signed_response_alg, minted.claims, id_claims)


async def sign(runner: Runner, issued: Issued) -> dict[str, str | int]:
    """Return the JSON members of the token answer (RFC 6749 §5.1), its JWTs signed."""
    if issued.access_claims is None and issued.id_claims is None:
        return issued.answer
    key = (await keyring.get(runner)).signer(issued.alg, issued.now_ms)
    return _sign_with(key, issued)


def _sign_with(key: SigningKey, issued: Issued) -> dict[str, str | int]:
    answer = dict(issued.answer)
    if issued.access_claims is not None:
        answer["access_token"] = jose.sign(key, issued.access_claims, access.JWT_TYPE)
    if issued.id_claims is not None:
        at_hash = half_hash(str(answer["access_token"]), key.alg)
        answer["id_token"] = jose.sign(key, {**issued.id_claims, "at_hash": at_hash})
    return answer
