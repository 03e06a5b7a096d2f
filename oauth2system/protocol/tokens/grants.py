"""May this code, refresh token or client be exchanged? (RFC 6749 §4.1.3, §4.4, §6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from oauth2system.protocol import scopes
from oauth2system.protocol.authorization import pkce
from oauth2system.protocol.authorization.validate import AuthorizationRequest, is_resource
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, REFRESH_GRANT, Client
from oauth2system.protocol.errors import (
    InvalidDpopProof,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from oauth2system.protocol.jose import dpop
from oauth2system.protocol.jose.dpop import DpopProof
from oauth2system.protocol.params import Params, placeholder_in
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.reasons.tokens import TokenReason

# Scopes about a person; a client that acts for itself has none.
_PERSONAL = frozenset({scopes.OPENID, scopes.OFFLINE})

Renewal = Literal["rotate", "repeat", "keep"]


class Replayed(InvalidGrant):
    """A used code or refresh token came again, in a request that is right in all else: revoke the family."""


class IssuedCode(NamedTuple):
    """The data of an authorization code."""

    request: AuthorizationRequest
    user_id: str
    authenticated_at: datetime
    expires_at: datetime
    used: bool = False
    acr: str | None = None
    amr: tuple[str, ...] = ()
    sid: str | None = None
    # When the site sent the person here, in milliseconds since 1970; None of a device.
    begun_ms: int | None = None


class RefreshFacts(NamedTuple):
    """The data of a refresh token and its family."""

    client_id: str
    scopes: frozenset[str]
    expires_at: datetime
    family_expires_at: datetime
    revoked: bool = False
    rotated_at: datetime | None = None
    jkt: str | None = None
    resources: tuple[str, ...] = ()


def check_grant_type(params: Params, client: Client, offer: Offer) -> str:
    """Return the grant type if we offer it and the client is registered for it (RFC 6749 §5.2)."""
    params.refuse_repeats()
    grant = params.need("grant_type")
    if grant not in offer.grant_types:
        raise UnsupportedGrantType(GrantReason.GRANT_UNSUPPORTED, sent=grant)
    if not client.may_use(grant):
        raise UnauthorizedClient(GrantReason.GRANT_NOT_ALLOWED, sent=grant)
    return grant


def check_sender(client: Client, proof: DpopProof | None) -> None:
    """Refuse a client that must bind its tokens and does not (RFC 9449 §5, FAPI 2.0 Security Profile §5.3.2.1)."""
    if proof is None and (client.dpop_bound_access_tokens or client.is_fapi):
        raise InvalidDpopProof(TokenReason.PROOF_REQUIRED)


def check_code(
    code: IssuedCode | None, caller: AuthenticatedClient, params: Params, proof: DpopProof | None, now: datetime
) -> IssuedCode:
    """Decide whether a code may be redeemed (RFC 6749 §4.1.3); taking it is the caller's next statement."""
    if code is None and (word := placeholder_in(params.need("code"))):
        raise InvalidGrant(GrantReason.CODE_PLACEHOLDER, word=word)
    if code is None:
        raise InvalidGrant(GrantReason.CODE_UNKNOWN)
    if code.request.client_id != caller.client.id:
        raise InvalidGrant(GrantReason.CODE_OF_ANOTHER_APP)
    if code.expires_at <= now and not code.used:
        raise InvalidGrant(GrantReason.CODE_EXPIRED)
    _check_redirect_uri(code.request, params)
    pkce.check_verifier(code.request.code_challenge, params.get("code_verifier"))
    dpop.check_code_binding(code.request.dpop_jkt, proof)
    narrow_resources(params.every("resource"), code.request.resources)  # before the code is taken: it stays good
    # OAuth 2.1 §7.5.2: only a replay that is right in all else revokes, or anybody could sign people out (T044).
    if code.used:
        raise Replayed(GrantReason.CODE_USED)
    return code


def _check_redirect_uri(request: AuthorizationRequest, params: Params) -> None:
    """RFC 6749 §4.1.3: repeated if it was sent; OAuth 2.1 §10.2 lets it be left out where PKCE was used."""
    sent, kept = params.get("redirect_uri"), request.target.redirect_uri
    if sent is None and (not request.target.uri_was_sent or request.code_challenge is not None):
        return
    if sent != kept:
        raise InvalidGrant(GrantReason.REDIRECT_URI_DIFFERS, sent=sent, registered=kept)


def check_refresh(
    token: RefreshFacts | None, caller: AuthenticatedClient, proof: DpopProof | None, now: datetime, *, grace: timedelta
) -> Renewal:
    """Decide what a refresh token is exchanged for: a successor, the same successor again, or itself (RFC 9700 §4.14).

    Within `grace` of its rotation, an honest client that lost our answer gets the same successor again.
    """
    if token is None:
        raise InvalidGrant(GrantReason.REFRESH_UNKNOWN)
    if token.client_id != caller.client.id:
        raise InvalidGrant(GrantReason.REFRESH_OF_ANOTHER_APP)
    if token.revoked or min(token.expires_at, token.family_expires_at) <= now:
        raise InvalidGrant(GrantReason.REFRESH_ENDED)
    # RFC 9449 §5: a public client's refresh token is bound to its key.
    if token.jkt is not None and caller.client.is_public and (proof is None or proof.jkt != token.jkt):
        raise InvalidGrant(GrantReason.REFRESH_BOUND)
    if token.rotated_at is None:
        return "keep" if keeps_refresh_token(caller.client) else "rotate"
    if now - token.rotated_at <= grace:
        return "repeat"
    raise Replayed(GrantReason.REFRESH_REUSED)


def keeps_refresh_token(client: Client) -> bool:
    """Return whether refresh tokens stay: FAPI 2.0 Security Profile §5.3.2.1, confidential and sender-constrained."""
    return not client.is_public and (client.is_fapi or client.dpop_bound_access_tokens)


def gives_refresh_token(client: Client, granted: frozenset[str]) -> bool:
    """Return whether a code brings a refresh token: OIDC Core §11 wants offline_access where openid is asked."""
    return REFRESH_GRANT in client.grant_types and (scopes.OFFLINE in granted or scopes.OPENID not in granted)


def narrow(asked: str | None, granted: frozenset[str], client: Client) -> frozenset[str]:
    """Return the scopes of a refreshed token: never more than granted or than the client may have now (RFC 6749 §6)."""
    wanted = scopes.parse(asked) or granted
    if not wanted <= granted:
        raise InvalidScope(GrantReason.SCOPE_WIDENED, sent=asked, registered=scopes.write(granted))
    left = wanted & client.scopes
    if granted and not left:
        raise InvalidScope(GrantReason.SCOPE_TAKEN_BACK, sent=asked)
    return left


def narrow_resources(asked: Sequence[str], granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the audience of a token: what the grant names, or a part of it (RFC 8707 §2.2)."""
    if not asked:
        return granted
    if any(one not in granted for one in asked):
        raise InvalidTarget(GrantReason.RESOURCE_NOT_GRANTED, sent=" ".join(asked), registered=" ".join(granted))
    return tuple(dict.fromkeys(asked))


def keep_allowed_resources(granted: tuple[str, ...], allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the resources that the client may still have; a token for none of them is not one for everything."""
    if not granted:
        return ()
    left = tuple(one for one in granted if one in allowed)
    if not left:
        raise InvalidTarget(GrantReason.RESOURCE_TAKEN_BACK, sent=" ".join(granted))
    return left


def check_client_credentials(
    caller: AuthenticatedClient, params: Params, offer: Offer
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return (scopes, resources) for a client that acts for itself (RFC 6749 §4.4); it gets no refresh token."""
    client = caller.client
    if client.is_public:
        raise UnauthorizedClient(GrantReason.GRANT_NEEDS_CONFIDENTIAL, sent=CLIENT_CREDENTIALS)
    asked = scopes.parse(params.get("scope"))
    if not asked <= client.scopes - _PERSONAL:
        raise InvalidScope(
            GrantReason.SCOPE_NOT_FOR_ITSELF,
            sent=scopes.write(asked),
            registered=scopes.write(client.scopes - _PERSONAL),
        )
    granted = asked or client.scopes - offer.scopes
    resources = params.every("resource")
    if not resources:
        return granted, ()
    if any(not is_resource(one) for one in resources):
        raise InvalidTarget(GrantReason.RESOURCE_MALFORMED)
    return granted, narrow_resources(resources, (*offer.resources, *client.resources))


def build_token_answer(  # noqa: PLR0913  (the members of RFC 6749 §5.1, by name)
    access_token: str,
    *,
    expires_in: int,
    granted: frozenset[str],
    jkt: str | None = None,
    refresh_token: str | None = None,
    id_token: str | None = None,
) -> dict[str, str | int]:
    """Return the JSON of RFC 6749 §5.1; scope is always included."""
    answer: dict[str, str | int] = {
        "access_token": access_token,
        "token_type": "Bearer" if jkt is None else "DPoP",
        "expires_in": expires_in,
    }
    if granted:
        answer["scope"] = scopes.write(granted)
    if refresh_token is not None:
        answer["refresh_token"] = refresh_token
    if id_token is not None:
        answer["id_token"] = id_token
    return answer
