"""One request of the playground to an endpoint of this server, and its answer, without a network between them."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import INSIDE, Inside

AsgiApp = Callable[[Mapping[str, Any], Callable[[], Awaitable[Any]], Callable[[dict[str, Any]], Awaitable[None]]], Any]
FORM = "application/x-www-form-urlencoded"


class OwnDoor:
    """The HTTP door of this very server, which puts itself here when it is made."""

    app: AsgiApp | None = None


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request; `form` is its body."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def target(self) -> str:
        """Return the path with its query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """An answer; names of headers are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def header(self, name: str) -> str:
        """Return the first header of that name, or an empty text."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def members(self) -> dict[str, Any]:
        """Return the JSON object of the body; an empty one for any other body."""
        if "json" not in self.header("content-type") or not self.body:
            return {}
        found = orjson.loads(self.body)
        return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]  (JSON)


def basic(client_id: str, secret: str) -> str:
    """Return the Authorization header of HTTP Basic; both halves are form-encoded first (RFC 6749 §2.3.1)."""
    pair = ":".join(quote(half, safe="") for half in (client_id, secret))
    return f"Basic {b64encode(pair.encode()).decode()}"


async def send(call: Call, inside: Inside, sent: WireRequest) -> WireAnswer:
    """Send one request to this server's own door, marked as the playground's; the owner's address pays for it."""
    app = call.runner.server.of(OwnDoor).app
    if app is None:
        raise RuntimeError("this process serves no HTTP")
    body = urlencode(sent.form).encode() if sent.form is not None else b""
    place = call.settings.public_url
    headers = {"host": place.partition("://")[2], **sent.headers}
    if sent.form is not None:
        headers |= {"content-type": FORM, "content-length": str(len(body))}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": sent.method,
        "scheme": place.partition(":")[0],
        "path": sent.path,
        "raw_path": sent.path.encode(),
        "query_string": urlencode(sent.query).encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (call.caller.source.ip, 0),
        INSIDE: inside,
    }
    got: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def take(message: dict[str, Any]) -> None:
        got.append(message)

    await app(scope, receive, take)
    named = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in got[0]["headers"])
    return WireAnswer(got[0]["status"], named, b"".join(one.get("body", b"") for one in got[1:]).decode())
