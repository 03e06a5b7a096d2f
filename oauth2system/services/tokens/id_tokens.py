"""The claims of an ID token: collected inside the transaction, signed after it (OIDC Core §2)."""

from typing import Any

from oauth2system.policy import lifetimes
from oauth2system.protocol.authorization import claims_request
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.tokens import claims, id_token
from oauth2system.protocol.tokens.grants import IssuedCode
from oauth2system.protocol.tokens.id_token import SignIn
from oauth2system.runtime.context import Context
from oauth2system.services.clients.subjects import subject_of
from oauth2system.storage.database.columns import from_ms
from oauth2system.storage.tables import tokens
from oauth2system.storage.tables.tokens import Family, Person


def for_code(ctx: Context, client: Client, code: IssuedCode, person: Person, granted: frozenset[str]) -> dict[str, Any]:
    """Return the claims of a code's ID token.

    Claims about the person are those asked for by name (OIDC Core §5.5), and those of the granted scopes where the
    app wants them here too (§5.4 leaves them to userinfo).
    """
    more = claims_of_scopes(ctx, client, person, granted)
    if asked := list_allowed_names(code.request.id_token_claims, client, person):
        more |= claims.keep_only(person.facts, asked, ctx.settings.public_url)
    return id_token.build_claims(
        issuer=ctx.settings.public_url,
        subject=subject_of(ctx, code.user_id, client),
        client_id=client.id,
        sign_in=SignIn(code.authenticated_at, code.acr, code.amr, code.sid),
        now=ctx.now,
        lives=lifetimes.ID_TOKEN,
        nonce=code.request.nonce,
        more=more,
    )


def claims_of_scopes(ctx: Context, client: Client, person: Person | None, granted: frozenset[str]) -> dict[str, Any]:
    """Return what the scopes give at userinfo, for an app that wants it in its ID tokens; nothing for any other."""
    if not client.id_token_userinfo_claims or person is None:
        return {}
    return claims.build_userinfo("", person.facts, granted, ctx.settings.public_url)


def for_family(ctx: Context, client: Client, family: Family, granted: frozenset[str]) -> dict[str, Any]:
    """Return the claims of a refreshed ID token: the first sign-in, and no nonce (OIDC Core §12.2)."""
    person = tokens.find_person(ctx.db, family.user_id, client.id) if client.id_token_userinfo_claims else None
    amr = tuple((family.amr or "").split())
    return id_token.build_claims(
        issuer=ctx.settings.public_url,
        subject=subject_of(ctx, family.user_id, client),
        client_id=client.id,
        sign_in=SignIn(from_ms(family.auth_time_ms), family.acr, amr, family.sid),
        now=ctx.now,
        lives=lifetimes.ID_TOKEN,
        more=claims_of_scopes(ctx, client, person, granted),
    )


def list_allowed_names(names: tuple[str, ...], client: Client, person: Person) -> tuple[str, ...]:
    """Return the claims asked for by name that the person agreed to and the client may have today."""
    allowed = client.scopes & (person.allowed or frozenset[str]())
    return tuple(name for name in names if claims_request.scopes_for((name,)) <= allowed)
