"""Access and refresh tokens: made, found, judged, revoked, purged."""

import hmac
from typing import Any, NamedTuple

from oauth2system.policy import lifetimes
from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.params import Params
from oauth2system.protocol.tokens import access, grants
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.access import TokenFacts
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import audit
from oauth2system.runtime.context import Context
from oauth2system.services.clients import capabilities
from oauth2system.services.clients.subjects import subject_of
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import device_codes, ephemeral, tokens
from oauth2system.storage.tables.tokens import Family, Found, Token

# What was agreed to and is still on its way to the site: it is revoked with the tokens.
ON_THE_WAY = (Kind.CODE, Kind.FLOW)


class Grant(NamedTuple):
    """What a token is made for; without a family it is for a client that acts for itself."""

    client: Client
    scopes: frozenset[str]
    family: Family | None = None
    resources: tuple[str, ...] = ()
    jkt: str | None = None
    with_refresh: bool = False


class Minted(NamedTuple):
    """A token's values, which exist only in the answer; `claims` wait for a signature when it is a JWT."""

    row: Token
    access: str
    refresh: str | None
    claims: dict[str, Any] | None


def narrow_resources(ctx: Context, client: Client, params: Params, granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the audience of a token: of what was granted, what was asked for and the app still has (RFC 8707 §2.2)."""
    asked = grants.narrow_resources(params.every("resource"), granted)
    return grants.keep_allowed_resources(asked, (*capabilities.get_offer(ctx.settings).resources, *client.resources))


def mint(ctx: Context, grant: Grant, predecessor: str | None = None) -> Minted:
    """Mint an access token, with a refresh token where the grant has one, and keep both in one row."""
    while True:
        minted = _make(ctx, grant, ctx.new_id(), ctx.now_ms + lifetimes.ACCESS_TOKEN.in_ms, predecessor)
        if tokens.add(ctx.db, minted.row):
            return minted


def mint_again(ctx: Context, grant: Grant, row: Token, predecessor: str) -> Minted:
    """Return a successor's values again, for an honest client that lost our answer."""
    return _make(ctx, grant, row.id, row.access_expires_ms, predecessor)


def _make(ctx: Context, grant: Grant, row_id: int, expires_ms: int, predecessor: str | None) -> Minted:
    kind = Kind.JTI if grant.client.access_token_format == "jwt" else Kind.ACCESS  # noqa: S105  (a format)
    of_access, of_refresh = _derive_random(ctx, predecessor)
    value = token_format.mint(kind, row_id, of_access)
    refresh, refresh_until = None, None
    if grant.with_refresh and grant.family is not None:
        refresh = token_format.mint(Kind.REFRESH, row_id, of_refresh)
        refresh_until = min(ctx.now_ms + lifetimes.REFRESH_TOKEN_IDLE.in_ms, grant.family.expires_ms)
    row = Token(
        id=row_id,
        family_id=grant.family.id if grant.family else None,
        client_id=grant.client.id,
        access_digest=token_format.digest(kind, value),
        access_expires_ms=expires_ms,
        refresh_digest=token_format.digest(Kind.REFRESH, refresh) if refresh else None,
        refresh_expires_ms=refresh_until,
        scopes=scopes.write(grant.scopes),
        resources=" ".join(grant.resources),
        jkt=grant.jkt,
        client_generation=grant.client.generation,
    )
    claims = _jwt_claims(ctx, grant, row, value) if kind is Kind.JTI else None
    return Minted(row, value, refresh, claims)


def _derive_random(ctx: Context, predecessor: str | None) -> tuple[bytes, bytes]:
    """Return 256 bits for each token: fresh ones, or those that follow from the refresh token that is being rotated.

    Only digests are kept, so the same successor can be handed out twice only if it can be made twice. It is made from
    the old token, which its client alone has, and from our own key.
    """
    if predecessor is not None:
        return token_format.derive(ctx.server.encryption.key_for("successor", "tokens"), predecessor)
    fresh = ctx.random(2 * token_format.RANDOM_BYTES)
    return fresh[: token_format.RANDOM_BYTES], fresh[token_format.RANDOM_BYTES :]


def _jwt_claims(ctx: Context, grant: Grant, row: Token, jti: str) -> dict[str, Any]:
    family = grant.family
    facts = TokenFacts(
        client_id=grant.client.id,
        subject=subject_of(ctx, family.user_id, grant.client) if family else None,
        scopes=grant.scopes,
        issued_at=from_ms(row.access_expires_ms - lifetimes.ACCESS_TOKEN.in_ms),
        expires_at=from_ms(row.access_expires_ms),
        resources=grant.resources,
        jkt=grant.jkt,
        jti=jti,
        auth_time=from_ms(family.auth_time_ms) if family else None,
        acr=family.acr if family else None,
    )
    return access.jwt_claims(facts, ctx.settings.public_url, ctx.settings.public_url)


def find(ctx: Context, row_id: int, digest: bytes) -> Found | None:
    """Find an access token by the id inside it, whatever its state; the digest is compared in constant time."""
    found = tokens.find(ctx.db, row_id)
    if found is None or not hmac.compare_digest(found.token.access_digest, digest):
        return None
    return found


def find_refresh(ctx: Context, value: str) -> Found | None:
    """Find a refresh token, whatever its state."""
    read = token_format.read(Kind.REFRESH, value)
    found = tokens.find(ctx.db, read[0]) if read else None
    if read is None or found is None or found.token.refresh_digest is None:
        return None
    return found if hmac.compare_digest(found.token.refresh_digest, read[1]) else None


def facts_of(ctx: Context, found: Found, *, refresh: bool = False) -> TokenFacts:
    """Return what the rules decide by; a token is revoked when its app, person, consent or family is gone."""
    token, family, person = found.token, found.family, found.person
    expires_ms = token.refresh_expires_ms or 0 if refresh else token.access_expires_ms
    return TokenFacts(
        client_id=token.client_id,
        subject=subject_of(ctx, family.user_id, found.client) if family else None,
        scopes=keep_granted(found),
        issued_at=from_ms(token.access_expires_ms - lifetimes.ACCESS_TOKEN.in_ms),
        expires_at=from_ms(expires_ms),
        kind="refresh" if refresh else "access",
        revoked=not is_alive(found) or (token.rotated_ms if refresh else token.revoked_ms) is not None,
        resources=tuple(token.resources.split()),
        jkt=token.jkt,
        username=person.facts.username if person else None,
        auth_time=from_ms(family.auth_time_ms) if family else None,
        acr=family.acr if family else None,
    )


def is_alive(found: Found) -> bool:
    """Return whether client, person, consent and family of a token are all still valid (T050)."""
    if found.client.disabled or found.token.client_generation != found.client.generation:
        return False
    if found.token.family_id is None:
        return True
    family, person = found.family, found.person
    if family is None or person is None or family.revoked_ms is not None:
        return False
    return not person.disabled and person.allowed is not None and person.generation == family.generation


def keep_granted(found: Found) -> frozenset[str]:
    """Return the scopes that a token has today: those granted, without those that the person has revoked since."""
    own = scopes.read(found.token.scopes)
    return own if found.person is None else own & (found.person.allowed or frozenset())


def revoke_family(ctx: Context, family_id: int, why: str) -> bool:
    """Revoke everything that came of one authorization; False when there was nothing left to revoke."""
    return tokens.revoke_family(ctx.db, family_id, ctx.now_ms, why)


def revoke_of_user(ctx: Context, user_id: str, why: str, client_id: str | None = None) -> int:
    """Revoke all that a person granted, to one app or to all, with what is still on its way; returns how many."""
    ephemeral.drop(ctx.db, ON_THE_WAY, user_id=user_id, client_id=client_id)
    # Its row still names the person, who sees that the app tries to read.
    ephemeral.kill(ctx.db, Kind.SIMPLE, user_id=user_id, client_id=client_id)
    device_codes.drop_of_user(ctx.db, user_id, client_id)
    ended = tokens.revoke_of_user(ctx.db, user_id, ctx.now_ms, why, client_id=client_id)
    audit.record(ctx, "tokens.revoked", user_id=user_id, client_id=client_id, why=why, count=ended)
    return ended


def purge(ctx: Context, limit: int) -> int:
    """Delete tokens that have ended, a bounded number at a time."""
    return tokens.purge(ctx.db, ctx.now_ms - lifetimes.ENDED_TOKEN_KEPT.in_ms, limit)


def purge_families(ctx: Context, limit: int) -> int:
    """Delete families whose tokens and whose session are over, a bounded number at a time."""
    return tokens.purge_families(ctx.db, ctx.now_ms - lifetimes.ENDED_FAMILY_KEPT.in_ms, limit)
