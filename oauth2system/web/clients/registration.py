"""/oauth2/register: programs register apps, and manage those they registered (RFC 7591, RFC 7592)."""

from typing import Any, cast

from oauth2system.protocol.errors import InvalidClientMetadata
from oauth2system.protocol.jose import strict_json
from oauth2system.protocol.jose.strict_json import NotJson
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.metadata import MetadataReason
from oauth2system.protocol.tokens import access
from oauth2system.runtime.runner import Runner
from oauth2system.services.clients import registration
from oauth2system.web.http.message import NO_STORE, Answer, Request, json

CREATED = 201
_NOTHING = Params({})


async def register(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/register: register an app (RFC 7591 §3.1)."""
    call, data = request.call_without_cookie(runner), await _read_document(request)
    return json(await registration.register(call, _bearer(request), data), CREATED)


async def show(request: Request, runner: Runner) -> Answer:
    """GET /oauth2/register/{client_id}: the registered metadata (RFC 7592 §2.1)."""
    call = request.call_without_cookie(runner)
    return json(await call(registration.show, _read_id(request), _bearer(request)))


async def change(request: Request, runner: Runner) -> Answer:
    """PUT /oauth2/register/{client_id}: replace all metadata (RFC 7592 §2.2)."""
    call, data = request.call_without_cookie(runner), await _read_document(request)
    return json(await registration.replace_all(call, _read_id(request), _bearer(request), data))


async def delete(request: Request, runner: Runner) -> Answer:
    """DELETE /oauth2/register/{client_id}: delete the app with its tokens (RFC 7592 §2.3)."""
    call = request.call_without_cookie(runner)
    await call(registration.delete, _read_id(request), _bearer(request))
    return Answer(204, b"", list(NO_STORE))


def _read_id(request: Request) -> str:
    return request.path.rpartition("/")[2]


def _bearer(request: Request) -> str | None:
    shown = access.read_bearer(request.authorization(), _NOTHING)
    return None if shown is None else shown.token


async def _read_document(request: Request) -> dict[str, Any]:
    """Read the JSON document of a request; a form of another site cannot send one (T110)."""
    kind = (request.header(b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidClientMetadata(MetadataReason.BODY_NOT_JSON_TYPE)
    try:
        data = strict_json.load(await request.body())
    except NotJson as error:
        raise InvalidClientMetadata(MetadataReason.BODY_NOT_JSON) from error
    if not isinstance(data, dict):
        raise InvalidClientMetadata(MetadataReason.BODY_NOT_OBJECT)
    return cast("dict[str, Any]", data)
