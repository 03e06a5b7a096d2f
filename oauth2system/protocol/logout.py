"""Sign-out: judges end-session requests, and makes the notice for each client."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oauth2system.protocol.authorization.response import with_query
from oauth2system.protocol.authorization.target import state_of
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.clients.redirect_uris import is_foreign
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.jose.jws import BadJwt
from oauth2system.protocol.jose.keys import VerificationKey
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.tokens import id_token
from oauth2system.protocol.tokens.id_token import Hint

LOGOUT_TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LIFE = 120


@dataclass(frozen=True, slots=True)
class SignOut:
    """A judged end-session request: ask the person first or not, and where the browser goes after."""

    ask: bool
    client_id: str | None = None
    url: str | None = None


def hint_of(params: Params, keys: Iterable[VerificationKey], issuer: str) -> Hint | None:
    """Return the id_token_hint, checked; one that is not ours ends on a page, never in a redirect (§2)."""
    token = params.get("id_token_hint")
    if token is None:
        return None
    try:
        return id_token.read_hint(token, keys, issuer)
    except BadJwt as error:
        raise Untrusted(PageReason.SIGN_OUT_HINT_REFUSED, problem=error.finding) from error


def client_id_of(params: Params, hint: Hint | None) -> str | None:
    """Return which client asks: the hint's, or the one named; they must not differ (RP-Initiated Logout §2)."""
    params.refuse_repeats()
    named = params.get("client_id")
    if hint is None:
        return named
    if named is not None and named not in hint.audience:
        raise Untrusted(PageReason.SIGN_OUT_OF_ANOTHER_APP)
    return named or next(iter(hint.audience), None)


def judge(params: Params, client: Client | None, hint: Hint | None, *, subject: str | None, sid: str | None) -> SignOut:
    """Decide an end-session request; `subject` and `sid` are of the session in this browser.

    Without a hint for this session the person is asked: else any site could sign people out.
    """
    url = _choose_redirect(params, client, hint)
    fits = hint is not None and subject is not None and hint.subject == subject and hint.sid in (None, sid)
    return SignOut(ask=not fits and subject is not None, client_id=client.id if client else None, url=url)


def _choose_redirect(params: Params, client: Client | None, hint: Hint | None) -> str | None:
    """Return where to go after: an exactly registered URI of a known client, or an error page (§3)."""
    uri = params.get("post_logout_redirect_uri")
    if uri is None:
        return None
    if client is None:
        named = "client_id" in params or hint is not None
        raise Untrusted(PageReason.CLIENT_UNKNOWN if named else PageReason.SIGN_OUT_WITHOUT_APP)
    if client.disabled:
        raise Untrusted(PageReason.CLIENT_DISABLED)
    if uri not in client.post_logout_redirect_uris:
        foreign = is_foreign(uri, (*client.post_logout_redirect_uris, *client.redirect_uris))
        reason = PageReason.SIGN_OUT_URI_FOREIGN if foreign else PageReason.SIGN_OUT_URI_UNREGISTERED
        raise Untrusted(reason, sent=uri, registered=" ".join(client.post_logout_redirect_uris))
    state = state_of(params)
    return with_query(uri, {} if state is None else {"state": state})


def logout_claims(  # noqa: PLR0913  (the members of the token, by name)
    client: Client, *, issuer: str, subject: str, sid: str, jti: str, now: datetime
) -> dict[str, Any]:
    """Return the claims of a logout token: never a nonce (OIDC Back-Channel Logout §2.4)."""
    issued = int(now.timestamp())
    return {
        "iss": issuer,
        "sub": subject,
        "aud": client.id,
        "iat": issued,
        "exp": issued + _LIFE,
        "jti": jti,
        "events": {EVENT: {}},
        "sid": sid,
    }


def frame_urls(clients: Sequence[Client], issuer: str, sid: str) -> list[str]:
    """Return what the sign-out page loads in frames: OIDC Front-Channel Logout §2."""
    return [
        with_query(
            client.frontchannel_logout_uri,
            {"iss": issuer, "sid": sid} if client.frontchannel_logout_session_required else {},
        )
        for client in clients
        if client.frontchannel_logout_uri is not None
    ]
