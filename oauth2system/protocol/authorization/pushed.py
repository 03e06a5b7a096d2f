"""Pushed authorization requests: references, and what may not be pushed (RFC 9126)."""

from oauth2system.protocol.authorization.request import AuthorizationRequest
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.errors import InvalidDpopProof, InvalidRequest, InvalidRequestUri
from oauth2system.protocol.jose.dpop import DpopProof
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.tokens.format import Kind, read

PREFIX = "urn:ietf:params:oauth:request_uri:"
# The client's credentials at this endpoint are no part of the request that it pushes.
_CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


def reference(handle: str) -> str:
    """Return the request_uri of a pushed request (RFC 9126 §2.2)."""
    return PREFIX + handle


def is_reference(request_uri: str | None) -> bool:
    """Return whether a request_uri is one of ours to look up, and not a URL to fetch."""
    return request_uri is not None and request_uri.startswith(PREFIX)


def read_reference(request_uri: str) -> tuple[int, bytes]:
    """Return (row id, digest) of a reference, or refuse it (RFC 9126 §4)."""
    found = read(Kind.PUSHED, request_uri.removeprefix(PREFIX))
    if found is None:
        raise InvalidRequestUri(PageReason.PUSHED_UNKNOWN)
    return found


def check_pushed(params: Params, caller: AuthenticatedClient) -> Params:
    """Return the request without its credentials; a request_uri inside is refused (RFC 9126 §2.1)."""
    if "request_uri" in params:
        raise InvalidRequest(AuthorizationReason.PUSHED_BY_REFERENCE)
    if params.get("client_id") not in (None, caller.client.id):
        raise InvalidRequest(AuthorizationReason.PUSHED_CLIENT_DIFFERS)
    kept = {name: value for name, value in params.values.items() if name not in _CREDENTIALS}
    return Params({**kept, "client_id": caller.client.id}, params.repeated, params.lists)


def bind(request: AuthorizationRequest, proof: DpopProof | None) -> AuthorizationRequest:
    """Bind the code to the key of the DPoP proof that came with the push (RFC 9449 §10.1)."""
    if proof is None:
        return request
    if request.dpop_jkt not in (None, proof.jkt):
        raise InvalidDpopProof(AuthorizationReason.PUSHED_JKT_DIFFERS)
    return request._replace(dpop_jkt=proof.jkt)
