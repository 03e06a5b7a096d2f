"""The authorization request: trust its target, then judge the rest and keep what was asked."""

import re
from urllib.parse import urlsplit

from oauth2system.protocol import scopes
from oauth2system.protocol.authorization import claims_request, pkce
from oauth2system.protocol.authorization.claims_request import ClaimsRequest
from oauth2system.protocol.authorization.request import AuthorizationRequest
from oauth2system.protocol.authorization.target import (
    Target,
    client_id_of,
    identify_client,
    is_simple,
    looks_simple,
    require_client,
    standard_parts,
    trust,
)
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import CODE_GRANT, Client
from oauth2system.protocol.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedResponseType,
)
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.authorization import AuthorizationReason

__all__ = [
    "AuthorizationRequest",
    "Target",
    "client_id_of",
    "identify_client",
    "is_simple",
    "looks_simple",
    "require_client",
    "trust",
    "validate",
]

PROMPTS = ("none", "login", "consent", "select_account", "create")
_PROMPTS = frozenset(PROMPTS)
MAX_NONCE = 1024
MAX_LOGIN_HINT = 254  # the longest email address that mail servers accept
MAX_ACR_VALUES = 1000
MAX_RESOURCES = 10
_MAX_AGE = re.compile("[0-9]{1,9}")
_THUMBPRINT = re.compile("[A-Za-z0-9_-]{43}")


def validate(  # noqa: PLR0913  (three switches, by name)
    params: Params,
    client: Client,
    target: Target,
    offer: Offer,
    *,
    pushed: bool = False,
    signed: bool = False,
    subject: str | None = None,
) -> AuthorizationRequest:
    """Judge everything but the target; an OAuthError raised here goes back through the target."""
    params.refuse_repeats()
    _check_state(params, client)
    if target.simple:
        return AuthorizationRequest(target, _simple_scopes(params, client))
    _check_unsupported(params)
    _check_way(client, pushed=pushed, signed=signed)
    if "response_type" not in params and not pushed and not signed:
        _check_simple_link(params, client)
    response_type = _response_type(params, client, offer)
    _check_response_mode(params, client, target, response_type, offer)
    asked = _read_claims(params, client, offer)
    return AuthorizationRequest(
        target=target,
        response_type=response_type,
        scopes=_read_scopes(params, client, offer),
        nonce=_read_nonce(params, response_type),
        code_challenge=_code_challenge(params, client),
        prompt=_read_prompt(params),
        max_age=_max_age(params, client),
        acr_values=_acr_values(params, client),
        id_token_claims=asked.id_token,
        userinfo_claims=asked.userinfo,
        essential_acr=asked.essential_acr,
        resources=_read_resources(params, client, offer),
        dpop_jkt=_dpop_jkt(params),
        login_hint=_read_login_hint(params),
        subject=subject or asked.subject,
    )


def _check_state(params: Params, client: Client) -> None:
    state = params.get("state")
    if state is None and client.require_state:
        raise InvalidRequest(AuthorizationReason.STATE_REQUIRED)


def _simple_scopes(params: Params, client: Client) -> frozenset[str]:
    return _require_allowed_scopes(scopes.parse_simple(params.get("scope")), client)


def _check_unsupported(params: Params) -> None:
    """Refuse what the service has not resolved before (OIDC Core §3.1.2.6)."""
    if "request" in params:
        raise RequestNotSupported(AuthorizationReason.REQUEST_NOT_SUPPORTED)
    if "request_uri" in params:
        raise RequestUriNotSupported(AuthorizationReason.REQUEST_URI_NOT_SUPPORTED)
    if "registration" in params:
        raise RegistrationNotSupported(AuthorizationReason.REGISTRATION_NOT_SUPPORTED)


def _check_way(client: Client, *, pushed: bool, signed: bool) -> None:
    # RFC 9126 §6, FAPI 2.0 Security Profile §5.3.2.2: then nothing comes through the browser unpushed.
    if (client.require_pushed_authorization_requests or client.is_fapi) and not pushed:
        raise InvalidRequest(AuthorizationReason.PUSH_REQUIRED)
    if client.require_signed_request_object and not signed:
        raise InvalidRequest(AuthorizationReason.SIGNATURE_REQUIRED)


def _check_simple_link(params: Params, client: Client) -> None:
    """Name what keeps a link from being the simple one: the missing response_type alone would lead astray."""
    names = standard_parts(params, client)
    if names == "" and "scope" not in params:
        raise InvalidRequest(AuthorizationReason.SIMPLE_LINK_WITHOUT_SCOPE)
    if names:
        raise InvalidRequest(AuthorizationReason.SIMPLE_LINK_MIXED, names=names)


def _response_type(params: Params, client: Client, offer: Offer) -> str:
    asked = params.need("response_type")
    kind = " ".join(sorted(asked.split(" ")))  # OAuth 2.0 Multiple Response Types §3: order does not matter
    offered = ("code",) if client.is_fapi else offer.response_types
    if kind not in offered:
        raise UnsupportedResponseType(
            AuthorizationReason.RESPONSE_TYPE_UNSUPPORTED, sent=asked, registered=" | ".join(offered)
        )
    if kind not in client.response_types or CODE_GRANT not in client.grant_types:
        raise UnauthorizedClient(AuthorizationReason.RESPONSE_TYPE_NOT_ALLOWED, sent=asked)
    return kind


def _check_response_mode(params: Params, client: Client, target: Target, response_type: str, offer: Offer) -> None:
    mode = params.get("response_mode")
    if mode is None:
        return
    if mode not in offer.response_modes or mode not in client.response_modes:
        raise InvalidRequest(AuthorizationReason.RESPONSE_MODE_UNSUPPORTED, sent=mode)
    # OAuth 2.0 Multiple Response Types §5: tokens never travel in a query.
    if mode == "query" and response_type != "code":
        raise InvalidRequest(AuthorizationReason.RESPONSE_MODE_UNSAFE, sent=mode)
    if mode != target.mode:
        raise InvalidRequest(AuthorizationReason.FORM_POST_NEEDS_WEB, sent=mode)


def _read_scopes(params: Params, client: Client, offer: Offer) -> frozenset[str]:
    """Return the scopes to ask the person for; unknown ones are ignored (OIDC Core §3.1.2.1)."""
    return _require_allowed_scopes(scopes.parse(params.get("scope")) & offer.scopes, client)


def _require_allowed_scopes(asked: frozenset[str], client: Client) -> frozenset[str]:
    if not asked:
        raise InvalidScope(AuthorizationReason.SCOPE_UNKNOWN, registered=scopes.write(client.scopes))
    if not asked <= client.scopes:
        raise InvalidScope(
            AuthorizationReason.SCOPE_NOT_ALLOWED,
            sent=scopes.write(asked),
            registered=scopes.write(client.scopes),
        )
    return asked


def _read_nonce(params: Params, response_type: str) -> str | None:
    nonce = params.get("nonce")
    # OIDC Core §3.2.2.1, §3.3.2.11: needed when an ID token comes from this endpoint.
    if nonce is None and "id_token" in response_type:
        raise InvalidRequest(AuthorizationReason.NONCE_REQUIRED)
    if nonce is not None and len(nonce) > MAX_NONCE:
        raise InvalidRequest(AuthorizationReason.NONCE_TOO_LONG, most=MAX_NONCE)
    return nonce


def _code_challenge(params: Params, client: Client) -> str | None:
    required = client.require_pkce or client.is_public or client.is_fapi
    return pkce.check_challenge(params.get("code_challenge"), params.get("code_challenge_method"), required=required)


def _read_prompt(params: Params) -> frozenset[str]:
    asked = frozenset((params.get("prompt") or "").split())
    if not asked <= _PROMPTS:
        raise InvalidRequest(AuthorizationReason.PROMPT_UNSUPPORTED, sent=" ".join(sorted(asked)))
    if "none" in asked and len(asked) > 1:  # OIDC Core §3.1.2.1
        raise InvalidRequest(AuthorizationReason.PROMPT_NONE_NOT_ALONE)
    return asked


def _max_age(params: Params, client: Client) -> int | None:
    asked = params.get("max_age")
    if asked is None:
        return client.default_max_age
    if not _MAX_AGE.fullmatch(asked):
        raise InvalidRequest(AuthorizationReason.MAX_AGE_MALFORMED, sent=asked)
    return int(asked)


def _acr_values(params: Params, client: Client) -> tuple[str, ...]:
    asked = params.get("acr_values")
    if asked is not None and len(asked) > MAX_ACR_VALUES:
        raise InvalidRequest(AuthorizationReason.ACR_VALUES_TOO_LONG, most=MAX_ACR_VALUES)
    return client.default_acr_values if asked is None else tuple(asked.split())


def _read_login_hint(params: Params) -> str | None:
    hint = params.get("login_hint")
    if hint is not None and len(hint) > MAX_LOGIN_HINT:
        raise InvalidRequest(AuthorizationReason.LOGIN_HINT_TOO_LONG, most=MAX_LOGIN_HINT)
    return hint


_NO_CLAIMS = ClaimsRequest()


def _read_claims(params: Params, client: Client, offer: Offer) -> ClaimsRequest:
    text = params.get("claims")
    if text is None:
        return _NO_CLAIMS
    asked = claims_request.parse(text)
    # Unmet Authentication Requirements 1.0: what no sign-in here can reach is refused before anyone is asked.
    if asked.essential_acr and not set(asked.essential_acr) & set(offer.acr_values):
        raise UnmetAuthenticationRequirements(AuthorizationReason.ACR_UNKNOWN)
    return ClaimsRequest(
        _drop_claims_outside(asked.id_token, client),
        _drop_claims_outside(asked.userinfo, client),
        asked.subject,
        asked.essential_acr,
    )


def _drop_claims_outside(names: tuple[str, ...], client: Client) -> tuple[str, ...]:
    return tuple(name for name in names if claims_request.scopes_for((name,)) <= client.scopes)


def _read_resources(params: Params, client: Client, offer: Offer) -> tuple[str, ...]:
    asked = params.every("resource")
    if len(asked) > MAX_RESOURCES:
        raise InvalidTarget(AuthorizationReason.RESOURCES_TOO_MANY)
    allowed = (*offer.resources, *client.resources)
    for resource in asked:
        # RFC 8707 §2: an absolute URI without a fragment, and one this client may use.
        if not is_resource(resource) or resource not in allowed:
            raise InvalidTarget(AuthorizationReason.RESOURCE_UNKNOWN, sent=resource, registered=" ".join(allowed))
    return tuple(dict.fromkeys(asked))


def is_resource(uri: str) -> bool:
    """Return whether this is written as a resource indicator must be (RFC 8707 §2)."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and "#" not in uri


def _dpop_jkt(params: Params) -> str | None:
    jkt = params.get("dpop_jkt")
    if jkt is not None and not _THUMBPRINT.fullmatch(jkt):  # RFC 9449 §10
        raise InvalidRequest(AuthorizationReason.JKT_MALFORMED)
    return jkt
