"""Signed authorization requests (JAR, RFC 9101): only what is inside the signature counts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from oauth2system.protocol.capabilities import FAPI_ALGS, SIGNING_ALGS
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidRequest, InvalidRequestObject
from oauth2system.protocol.jose import jws
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.jose.strict_json import dump
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.faults import JwtFault

# RFC 9101 §4, FAPI 2.0 Message Signing §5.3.1.
_LONGEST_LIFE = 3600
_AHEAD = 60
_SKEW = 10
# JWT claims that are no authorization parameters.
_ENVELOPE = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})


def open_request(params: Params, client: Client, keys: Sequence[VerificationKey], issuer: str, now: datetime) -> Params:
    """Return the parameters inside the `request` of this client; everything outside is ignored (RFC 9101 §6.3)."""
    outside = params.get("client_id")
    try:
        claims = jose.verify(
            params.need("request"), keys, algs=algs_for(client), typs=("", "jwt", "oauth-authz-req+jwt")
        ).claims
        _check_envelope(claims, client, issuer, now.timestamp())
        inside = Params.of(_flatten(claims))
    except (BadJwt, InvalidRequest) as error:
        raise InvalidRequestObject(AuthorizationReason.REQUEST_OBJECT_REFUSED, problem=error.finding) from error
    if outside is not None and inside.peek("client_id") != outside:  # RFC 9101 §5
        raise InvalidRequestObject(AuthorizationReason.REQUEST_OBJECT_CLIENT_DIFFERS)
    return inside


def algs_for(client: Client) -> tuple[str, ...]:
    """Return what a client may sign its requests with: its registered algorithm, or any we offer."""
    allowed = FAPI_ALGS if client.is_fapi else SIGNING_ALGS
    one = client.request_object_signing_alg
    return allowed if one is None else tuple(alg for alg in allowed if alg == jose.canonical(one))


def _check_envelope(claims: Mapping[str, Any], client: Client, issuer: str, now: float) -> None:
    """Check from whom, to whom and when (RFC 9101 §4, RFC 7519 §4.1)."""
    if claims.get("iss", client.id) != client.id or _read_client_id(claims) != client.id:
        raise BadJwt(JwtFault.REQUEST_NOT_THE_CLIENTS)
    if "aud" in claims and issuer not in jws.audience_of(claims):
        raise BadJwt(JwtFault.AUD_FOREIGN)
    if "request" in claims or "request_uri" in claims:  # RFC 9101 §4
        raise BadJwt(JwtFault.REQUEST_IN_REQUEST)
    expires, start = jws.date_of(claims, "exp"), jws.date_of(claims, "nbf")
    if client.is_fapi and ("aud" not in claims or expires is None or start is None or expires - start > _LONGEST_LIFE):
        raise BadJwt(JwtFault.TIMES_MISSING)
    if (expires is not None and expires + _SKEW <= now) or (start is not None and start > now + _AHEAD):
        raise BadJwt(JwtFault.NOT_VALID_NOW)
    if client.is_fapi and start is not None and start < now - _LONGEST_LIFE:
        raise BadJwt(JwtFault.NBF_TOO_OLD)


def _read_client_id(claims: Mapping[str, Any]) -> str | None:
    """Return whose request it says to be; our ids are decimal, and some libraries write that as a number."""
    found = claims.get("client_id")
    return str(found) if isinstance(found, int) else found


def _flatten(claims: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Write the claims as the parameters they stand for: numbers and objects as JSON text (RFC 9101 §4)."""
    for name, value in claims.items():
        if name in _ENVELOPE:
            continue
        if name == "resource" and isinstance(value, list):
            yield from ((name, _write_text(name, one)) for one in cast("list[Any]", value))
        else:
            yield name, _write_text(name, value)


def _write_text(name: str, value: object) -> str:
    match value:
        case str():
            return value
        case bool() | None:
            raise BadJwt(JwtFault.CLAIM_NOT_PARAMETER, name=name)
        case int():
            return str(value)
        case dict():
            return dump(cast("dict[str, Any]", value)).decode()
        case _:
            raise BadJwt(JwtFault.CLAIM_NOT_PARAMETER, name=name)
