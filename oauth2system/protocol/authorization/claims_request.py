"""The `claims` parameter: single claims a client asks for (OIDC Core §5.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.scopes import CATALOGUE

_MAX_CLAIMS = 8 * 1024
_MAX_VALUES = 20
# Part of every ID token or userinfo answer, requested or not.
_ALWAYS = frozenset({"sub", "auth_time", "acr", "amr", "iss", "aud", "exp", "iat", "nonce", "sid"})
_SCOPE_OF = {claim: scope.name for scope in CATALOGUE.values() if scope.name != "identify" for claim in scope.claims}


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """What was asked for by name; unknown claims are left out, and `essential` never refuses a person."""

    id_token: tuple[str, ...] = ()
    userinfo: tuple[str, ...] = ()
    subject: str | None = None
    essential_acr: tuple[str, ...] = ()


def parse(text: str) -> ClaimsRequest:
    """Read the parameter; what is no JSON object of objects is `invalid_request`."""
    if len(text) > _MAX_CLAIMS:
        raise InvalidRequest(AuthorizationReason.CLAIMS_TOO_LONG)
    try:
        asked = jws.load(text)
    except BadJwt as error:
        raise InvalidRequest(AuthorizationReason.CLAIMS_NOT_JSON) from error
    id_token, userinfo = _read_member(asked, "id_token"), _read_member(asked, "userinfo")
    return ClaimsRequest(
        id_token=_list_known(id_token),
        userinfo=_list_known(userinfo),
        subject=_read_subject(id_token) or _read_subject(userinfo),
        essential_acr=_essential_acr(id_token),
    )


def scopes_for(names: tuple[str, ...]) -> frozenset[str]:
    """Return the scopes whose words the consent page must show before these claims are handed over."""
    return frozenset(map(_SCOPE_OF.__getitem__, names))


def _read_member(asked: Mapping[str, Any], name: str) -> dict[str, Any]:
    member = asked.get(name)
    if member is None:
        return {}
    if not isinstance(member, dict):
        raise InvalidRequest(AuthorizationReason.CLAIMS_MEMBER_NOT_OBJECT, name=name)
    return cast("dict[str, Any]", member)


def _list_known(member: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in member if name in _SCOPE_OF and name not in _ALWAYS))


def _read_wish(member: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what is said about one claim: null means "voluntary", and so does anything we cannot read."""
    wish = member.get(name)
    return cast("dict[str, Any]", wish) if isinstance(wish, dict) else {}


def _read_subject(member: Mapping[str, Any]) -> str | None:
    value = _read_wish(member, "sub").get("value")
    if value is not None and not isinstance(value, str):
        raise InvalidRequest(AuthorizationReason.CLAIMS_SUB_NOT_TEXT)
    return value


def _essential_acr(member: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values one of which must be met: OIDC Core §5.5.1.1."""
    wish = _read_wish(member, "acr")
    if wish.get("essential") is not True:
        return ()
    values: object = wish.get("values", [wish["value"]] if "value" in wish else [])
    if not isinstance(values, list) or len(cast("list[Any]", values)) > _MAX_VALUES:
        raise InvalidRequest(AuthorizationReason.CLAIMS_ACR_NOT_LIST)
    return tuple(value for value in cast("list[Any]", values) if isinstance(value, str))
