"""/api/user: the second call of the simple flow."""

from oauth2system.protocol.clients.authentication import parse_basic
from oauth2system.protocol.errors import InvalidClient, InvalidRequest, OAuthError
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.clients import ClientReason
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime.last_used import QUERY
from oauth2system.runtime.runner import Runner
from oauth2system.services.tokens import simple_flow
from oauth2system.services.tokens.simple_flow import SimpleFlowRequest
from oauth2system.web.http.message import NO_STORE, Answer, Request, json
from oauth2system.web.tokens import userinfo

HEADERS = (*NO_STORE, (b"referrer-policy", b"no-referrer"), (b"vary", b"Authorization"))


async def user(request: Request, runner: Runner) -> Answer:
    """GET or POST /api/user: one value, one app, one person (decision 0017); or an access token."""
    asked = _read_plain(request)
    if asked is None:
        if await _shows_access_token(request):
            return await userinfo.user(request, runner)
        asked = await _read_request(request)
    return json(await simple_flow.fetch(request.call_without_cookie(runner), asked), headers=HEADERS)


async def user_head(request: Request, runner: Runner) -> Answer:
    """HEAD /api/user: says whether a GET would succeed, and never uses the value up (T079)."""
    if await _shows_access_token(request):
        return await userinfo.user(request, runner)
    call = request.call_without_cookie(runner)
    await simple_flow.check(call, await _read_request(request))
    return Answer(200, b"", [(b"content-type", b"application/json"), *HEADERS])


def _read_plain(request: Request) -> SimpleFlowRequest | None:
    """Read what nearly every site sends: a GET with all in its query.

    None means undecided: `_shows_access_token` and `_read_request` read everything else, and say why they refuse.
    """
    if request.method != "GET" or request.header_count(b"authorization"):
        return None
    query = request.query()
    value, client_id, secret = query.peek("oauth_token"), query.peek("client_id"), query.peek("client_secret")
    if value is None or client_id is None or secret is None:
        return None
    return SimpleFlowRequest(value, client_id, secret)


async def _shows_access_token(request: Request) -> bool:
    """Return whether the request has an access token: a value of the simple flow comes with the app's credentials."""
    scheme, token = _split_authorization(request)
    if scheme != "bearer" or token.startswith(simple_flow.KIND.value):
        return scheme == "dpop"
    sent = (request.query(), await request.form()) if request.method == "POST" else (request.query(),)
    return not any(name in params for params in sent for name in ("client_id", "client_secret", "oauth_token"))


def _split_authorization(request: Request) -> tuple[str, str]:
    """Return the Authorization header as (scheme, the rest); refuses two of them."""
    scheme, _, rest = (request.authorization() or "").partition(" ")
    return scheme.lower(), rest


async def _read_request(request: Request) -> SimpleFlowRequest:
    """Read the value and the credentials; each may come in one place only."""
    query = request.query()
    form = await request.form() if request.method == "POST" else Params({})
    scheme, rest = _split_authorization(request)
    basic = _read_basic(rest) if scheme == "basic" else (None, None)
    value = _take_one(
        "oauth_token", query.get("oauth_token"), form.get("oauth_token"), rest if scheme == "bearer" else None
    )
    client_id = _take_one("client_id", query.get("client_id"), form.get("client_id"), basic[0])
    ways = {
        QUERY: query.get("client_secret"),
        "client_secret_post": form.get("client_secret"),
        "client_secret_basic": basic[1],
    }
    client_secret = _take_one("client_secret", *ways.values())
    if value is None:
        raise _refuse_missing(anything=bool(query.values or form.values))
    if client_id is None or client_secret is None:
        raise InvalidClient(ClientReason.SIMPLE_CREDENTIALS_MISSING)
    method = next(way for way, sent in ways.items() if sent)
    return SimpleFlowRequest(value, client_id, client_secret, method)


def _take_one(name: str, *ways: str | None) -> str | None:
    found = [value for value in ways if value]
    if len(found) > 1:
        raise InvalidRequest(TokenReason.SENT_TWO_WAYS, name=name)
    return found[0] if found else None


def _refuse_missing(*, anything: bool) -> OAuthError:
    """Refuse with NoCredentials when nothing at all was sent (RFC 6750 §3.1)."""
    if not anything:
        return NoCredentials()
    error = InvalidRequest(TokenReason.VALUE_MISSING, headers={"WWW-Authenticate": 'Bearer realm="api"'})
    error.status = 401
    return error


class NoCredentials(InvalidRequest):
    """No credentials came: 401 with a challenge and no error code (RFC 6750 §3.1)."""

    status = 401

    def __init__(self) -> None:
        """Refuse with a bare challenge."""
        super().__init__(TokenReason.VALUE_AND_CREDENTIALS_MISSING, headers={"WWW-Authenticate": 'Bearer realm="api"'})


def _read_basic(encoded: str) -> tuple[str, str]:
    try:
        client_id, secret = parse_basic(encoded.strip())
    except ValueError as error:
        raise InvalidClient(ClientReason.SIMPLE_BASIC_UNREADABLE) from error
    if "\0" in client_id:
        raise InvalidClient(ClientReason.SIMPLE_BASIC_UNREADABLE)
    return client_id, secret
