"""Where an authorization answer may go: a Target is the proof, and everything else is a page."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self, cast

from oauth2system.protocol import scopes
from oauth2system.protocol.authorization.response import FormPost, Redirect, ResponseMode, build
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import Client, match_redirect
from oauth2system.protocol.clients.redirect_uris import is_foreign, is_web
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.pages import PageReason

MAX_STATE = 2048

# Decision 0017: one of these and the request is meant for the standard flow.
_STANDARD_ONLY = frozenset(
    {
        "response_type",
        "redirect_uri",
        "request",
        "request_uri",
        "code_challenge",
        "nonce",
        "response_mode",
        "prompt",
        "claims",
        "max_age",
        "dpop_jkt",
        "resource",
    }
)


class Target(NamedTuple):
    """Proof that the answer may be sent there: only `trust` and storage make one."""

    client_id: str
    redirect_uri: str
    mode: ResponseMode
    state: str | None
    # RFC 9207: on every answer, but for the simple flow, whose redirect is the founding text's.
    issuer: str | None
    simple: bool = False
    # RFC 6749 §4.1.3: the token request repeats the redirect URI only if this request carried it.
    uri_was_sent: bool = True

    def answer(self, code: str, **more: str) -> Redirect | FormPost:
        """Return the success: the code, twice named in the simple flow."""
        fields = {"code": code, "oauth_token": code} if self.simple else {"code": code, **more}
        return self._send(fields)

    def refuse(self, error: OAuthError) -> Redirect | FormPost:
        """Return the refusal, in the mode a success would have used (RFC 6749 §4.1.2.1)."""
        return self._send(error.to_dict())

    def _send(self, fields: dict[str, str]) -> Redirect | FormPost:
        if self.state is not None:
            fields["state"] = self.state
        if self.issuer is not None:
            fields["iss"] = self.issuer
        return build(self.redirect_uri, self.mode, fields)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "mode": self.mode,
            "state": self.state,
            "issuer": self.issuer,
            "simple": self.simple,
            "uri_was_sent": self.uri_was_sent,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; the row came from us, so the proof still stands."""
        return cls(**data)


def client_id_of(params: Params) -> str:
    """Return the client id of an authorization request, or refuse with a page."""
    if "client_id" in params.repeated:
        raise Untrusted(PageReason.CLIENT_ID_REPEATED)
    client_id = params.peek("client_id")
    if client_id is None:
        raise Untrusted(PageReason.CLIENT_ID_MISSING)
    return client_id


def require_client(client: Client | None) -> Client:
    """Return the client if people may be sent to it; unknown and disabled look the same (T018)."""
    if client is None:
        raise Untrusted(PageReason.CLIENT_UNKNOWN)
    if client.disabled:
        raise Untrusted(PageReason.CLIENT_DISABLED)
    return client


def identify_client(params: Params, client: Client | None) -> Client:
    """Return the client that a request names, if it names one and people may be sent to it; or refuse with a page."""
    client_id_of(params)
    return require_client(client)


def looks_simple(method: str, params: Params) -> bool:
    """Decide from the request alone whether it is written in the simple flow's way (decision 0017)."""
    if method != "GET" or not _STANDARD_ONLY.isdisjoint(params.values):
        return False
    asked = scopes.parse_simple(params.peek("scope"))
    return bool(asked) and asked <= scopes.SIMPLE


def is_simple(method: str, params: Params, client: Client) -> bool:
    """Decide whether this is a simple request that this client may make (decision 0017)."""
    return looks_simple(method, params) and may_be_simple(client)


def may_be_simple(client: Client) -> bool:
    """Return whether this client has a simple link at all (decision 0017)."""
    has_target = client.simple_flow and client.simple_redirect_uri is not None
    return has_target and not client.is_public and not client.is_fapi


def standard_parts(params: Params, client: Client) -> str | None:
    """Return what makes a standard request of a link that has no response_type, where this app has a simple link.

    The names of parameters, or the scopes that the simple flow does not have. An empty text stands for a missing
    scope, and None for a request that says what it is.
    """
    if "response_type" in params or not may_be_simple(client):
        return None
    names = " and ".join(sorted(_STANDARD_ONLY.intersection(params)))
    if names:
        return names
    asked = scopes.parse_simple(params.peek("scope"))
    return f"scope={scopes.write(asked - scopes.SIMPLE)}" if asked - scopes.SIMPLE else ""


def trust(params: Params, client: Client | None, offer: Offer, *, method: str = "GET") -> Target:
    """Prove where the answer may go; raise Untrusted when nothing proves it (RFC 6749 §4.1.2.1)."""
    client = identify_client(params, client)
    if looks_simple(method, params):
        if not may_be_simple(client):
            raise _not_simple(client)
        return simple_target(params, client, offer)
    redirect_uri = _redirect_uri(params, client)
    return Target(
        client_id=client.id,
        redirect_uri=redirect_uri,
        mode=mode_for_errors(params, redirect_uri, offer),
        state=state_of(params),
        issuer=offer.issuer,
        uri_was_sent="redirect_uri" in params,
    )


def simple_target(params: Params, client: Client, offer: Offer) -> Target:
    """Return the target of a simple request: the address that this client has registered for it."""
    return Target(
        client_id=client.id,
        redirect_uri=cast("str", client.simple_redirect_uri),
        mode="query",
        state=state_of(params),
        issuer=offer.issuer if client.simple_iss else None,
        simple=True,
        uri_was_sent=False,
    )


def _not_simple(client: Client) -> Untrusted:
    """Say to the owner which condition of decision 0017 this client does not meet (T083)."""
    if client.is_public or client.is_fapi:
        return Untrusted(PageReason.SIMPLE_NEEDS_SECRET)
    if not client.simple_flow:
        return Untrusted(PageReason.SIMPLE_SWITCHED_OFF)
    return Untrusted(PageReason.SIMPLE_WITHOUT_ADDRESS)


def _redirect_uri(params: Params, client: Client) -> str:
    """Return the redirect URI that was proven to be the client's, or refuse with a page."""
    if "redirect_uri" in params.repeated:
        raise Untrusted(PageReason.REDIRECT_URI_REPEATED)
    uri = params.peek("redirect_uri")
    if uri is None:
        return _only_redirect_uri(params, client)
    if not match_redirect(client, uri):
        foreign = is_foreign(uri, client.redirect_uris)
        reason = PageReason.REDIRECT_URI_FOREIGN if foreign else PageReason.REDIRECT_URI_UNREGISTERED
        raise Untrusted(reason, sent=uri, registered=" ".join(client.redirect_uris))
    return uri


def _only_redirect_uri(params: Params, client: Client) -> str:
    # OIDC Core §3.1.2.1 requires it; RFC 6749 §3.1.2.3 lets it be left out when one is registered.
    # FAPI 2.0 §5.3.2.2: its clients name the address always, as OpenID Connect wants it of all.
    needed = client.is_fapi or "openid" in (params.peek("scope") or "").split()
    if not needed and len(client.redirect_uris) == 1:
        return client.redirect_uris[0]
    if names := standard_parts(params, client):
        raise Untrusted(PageReason.SIMPLE_LINK_NOT_SIMPLE, names=names)
    raise Untrusted(PageReason.REDIRECT_URI_MISSING, registered=" ".join(client.redirect_uris))


def state_of(params: Params) -> str | None:
    """Return the state that every answer repeats; raises Untrusted for one that no answer could repeat.

    A site compares it, so an answer without it would be a lie to the site (RFC 6749 §4.1.2.1): it gets none.
    """
    if "state" in params.repeated:
        raise Untrusted(PageReason.STATE_REPEATED)
    state = params.peek("state")
    if state is not None and len(state) > MAX_STATE:
        raise Untrusted(PageReason.STATE_TOO_LONG, most=MAX_STATE)
    return state


def mode_for_errors(params: Params, redirect_uri: str, offer: Offer) -> ResponseMode:
    """Return the mode an error travels in before the request was judged: the asked one if it can be."""
    mode = params.peek("response_mode")
    # OAuth 2.0 Multiple Response Types §5: what carries tokens answers in the fragment, never in the query.
    kinds = set((params.peek("response_type") or "").split())
    default: ResponseMode = "fragment" if kinds & {"token", "id_token"} else "query"
    if mode not in offer.response_modes or mode == "query":
        return default
    if mode == "form_post" and not is_web(redirect_uri):
        return default
    return cast("ResponseMode", mode)
