"""/api/user: the second call of the simple flow."""

from base64 import b64decode
from binascii import Error as NotBase64
from urllib.parse import unquote_plus

from oauth2system.protocol.errors import InvalidClient, InvalidRequest, InvalidToken, OAuthError
from oauth2system.protocol.params import Params
from oauth2system.services import simple
from oauth2system.services.runner import Caller, Runner
from oauth2system.services.simple import MustTake, Presented
from oauth2system.web.door import NO_STORE, Answer, Request, json

HEADERS = (*NO_STORE, (b"referrer-policy", b"no-referrer"), (b"vary", b"Authorization"))


async def user(request: Request, runner: Runner) -> Answer:
    """GET or POST /api/user: one value, one app, one person (protocol.md §7.3)."""
    presented = await _presented(request)
    try:
        return json(await _fetch(request, runner, presented), headers=HEADERS)
    except (InvalidClient, InvalidToken):
        await runner.write(Caller(request.source), simple.count_failure, presented.client_id)
        raise


async def _fetch(request: Request, runner: Runner, presented: Presented) -> dict[str, object]:
    caller = Caller(request.source)  # who asks is the app: no cookie is read here (T073)
    found = await runner.read(caller, simple.look, presented)
    if isinstance(found, MustTake):
        return await runner.write(caller, simple.take, presented)
    return found


async def user_head(request: Request, runner: Runner) -> Answer:
    """HEAD /api/user: says whether a GET would succeed, and never uses the value up (T079)."""
    await runner.read(Caller(request.source), simple.look, await _presented(request))
    return Answer(200, b"", [(b"content-type", b"application/json"), *HEADERS])


async def _presented(request: Request) -> Presented:
    """Collect the value and the credentials; each may come one way only."""
    query = request.query()
    form = await request.form() if request.method == "POST" else Params({})
    scheme, _, rest = (request.header(b"authorization") or "").partition(" ")
    scheme = scheme.lower()
    basic = _basic(rest) if scheme == "basic" else (None, None)
    value = _one("oauth_token", query.get("oauth_token"), form.get("oauth_token"), rest if scheme == "bearer" else None)
    client_id = _one("client_id", query.get("client_id"), form.get("client_id"), basic[0])
    client_secret = _one("client_secret", query.get("client_secret"), form.get("client_secret"), basic[1])
    if value is None:
        raise _nothing_sent(anything=bool(query.values or form.values))
    if client_id is None or client_secret is None:
        raise InvalidClient("Send client_id and client_secret: in the query, a form, or HTTP Basic.")
    return Presented(value, client_id, client_secret)


def _one(name: str, *ways: str | None) -> str | None:
    found = [value for value in ways if value]
    if len(found) > 1:
        raise InvalidRequest(f"{name} came in more than one way.")
    return found[0] if found else None


def _nothing_sent(*, anything: bool) -> OAuthError:
    """Refuse with a bare challenge when nothing at all was sent (RFC 6750 §3.1)."""
    if not anything:
        return NoToken()
    error = InvalidRequest("oauth_token is missing.", headers={"WWW-Authenticate": 'Bearer realm="api"'})
    error.status = 401
    return error


class NoToken(InvalidRequest):
    """Nothing was sent to judge: 401 with a challenge and no error code (RFC 6750 §3.1)."""

    status = 401

    def __init__(self) -> None:
        """Carry the bare challenge."""
        super().__init__(
            "Send oauth_token, client_id and client_secret.", headers={"WWW-Authenticate": 'Bearer realm="api"'}
        )


def _basic(encoded: str) -> tuple[str, str]:
    """Read HTTP Basic strictly; both halves are form-urlencoded first (RFC 6749 §2.3.1)."""
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError) as error:
        raise InvalidClient("The Authorization header is not valid Basic.") from error
    if not colon:
        raise InvalidClient("The Authorization header is not valid Basic.")
    return unquote_plus(client_id), unquote_plus(secret)
