"""Request and Answer: the part of HTTP that our endpoints need, and fast.

An endpoint is `async (Request, Runner) -> Answer`. Starlette's Request and Response cost more than
the whole of a hot service (docs/performance.md), so we use ASGI directly.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.params import Params, parse_query
from oauth2system.protocol.reasons.requests import RequestReason
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import INSIDE, Caller
from oauth2system.runtime.context import Source
from oauth2system.runtime.runner import Runner
from oauth2system.web.http.in_memory_limits import Reads

Header = tuple[bytes, bytes]
Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
# An answer as the server takes it: its beginning, and its body.
Messages = tuple[dict[str, Any], dict[str, Any]]

FORM_LIMIT = 64 * 1024
NO_STORE: tuple[Header, ...] = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
JSON: Header = (b"content-type", b"application/json")
HTML: Header = (b"content-type", b"text/html; charset=utf-8")
# They have no body, so no length of one either (RFC 9110 section 8.6).
BODILESS = frozenset({204, 304})
# What `bytes.strip` takes away; of other spaces `str.strip` takes away more.
_SPACES = " \t\n\r\x0b\x0c"
_UNSAFE_IN_LOCATION = re.compile(r"[\x00-\x20\x7f-\uffff\U00010000-\U0010ffff]")


class TooLarge(Exception):
    """The body is larger than this endpoint takes: 413."""


class TooSlow(Exception):
    """The body did not come in time: 408."""


@dataclass(slots=True)
class Answer:
    """A whole HTTP response; or, instead of a body, one that comes in `pieces` and names its own length."""

    status: int
    body: bytes = b""
    headers: list[Header] = field(default_factory=list[Header])
    pieces: Generator[bytes] | None = None

    def with_headers(self, *headers: Header) -> "Answer":
        """Add headers and return the same answer."""
        self.headers.extend(headers)
        return self

    def messages(self, method: str, always: list[Header]) -> Messages:
        """Return what is sent, with the headers that every answer has; HEAD has no body."""
        headers = [*self.headers, *always]
        if self.status not in BODILESS:
            headers.append((b"content-length", str(len(self.body)).encode()))
        start = {"type": "http.response.start", "status": self.status, "headers": headers}
        return start, {"type": "http.response.body", "body": b"" if method == "HEAD" else self.body}

    async def send(self, send: Send) -> None:
        """Send the answer."""
        headers = [*self.headers, (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json(value: Any, status: int = 200, headers: Iterable[Header] = NO_STORE) -> Answer:
    """Answer with JSON; not to be stored unless other headers are given."""
    return Answer(status, orjson.dumps(value), [JSON, *headers])


def redirect(url: str, status: int = 303, *, referrer: str = "no-referrer") -> Answer:
    """Redirect the browser with GET (303: RFC 9700 §4.12); another site gets no Referer."""
    # Nearly every address is seen to be safe at once; the expression costs ten times as much.
    plain = url.isascii() and url.isprintable() and " " not in url
    location = (url if plain else _UNSAFE_IN_LOCATION.sub("", url)).encode("ascii")
    return Answer(status, b"", [(b"location", location), *NO_STORE, (b"referrer-policy", referrer.encode())])


class Request:
    """One HTTP request; its body is read only when it is needed."""

    __slots__ = ("_body", "_cookies", "_first", "_reads", "_receive", "headers", "language", "method", "path", "scope")

    def __init__(self, scope: Scope, receive: Receive, reads: Reads | None = None) -> None:
        """Take what the server gives; `reads` ends a body that does not come."""
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: list[Header] = scope["headers"]
        # The first of each name: a request asks for ten of them, and none is worth a walk through all.
        self._first: dict[bytes, bytes] = dict(reversed(self.headers))
        self._receive = receive
        self._reads = reads
        self._body: bytes | None = None
        self._cookies: dict[str, str | None] | None = None
        # The language of the answer, once it was chosen (languages.py).
        self.language: str | None = None

    def header(self, name: bytes) -> str | None:
        """Return the first header of that lower-case name."""
        value = self._first.get(name)
        return None if value is None else value.decode("latin-1")

    def every_header(self, name: bytes) -> tuple[str, ...]:
        """Return all headers of that lower-case name, in their order."""
        if name not in self._first:
            return ()
        if len(self._first) == len(self.headers):  # none came twice
            return (self._first[name].decode("latin-1"),)
        return tuple([value.decode("latin-1") for key, value in self.headers if key == name])

    def header_count(self, name: bytes) -> int:
        """Count the headers of that lower-case name."""
        if len(self._first) == len(self.headers):  # none came twice
            return int(name in self._first)
        return sum(key == name for key, _ in self.headers)

    def authorization(self) -> str | None:
        """Return the Authorization header; raises InvalidRequest for two: a proxy may have read the other one."""
        if self.header_count(b"authorization") > 1:
            raise InvalidRequest(RequestReason.AUTHORIZATION_REPEATED)
        return self.header(b"authorization")

    def cookie(self, name: str) -> str | None:
        """Return the cookie's value; None when it came twice, since one of the two may be planted (T113)."""
        cookies = self._cookies
        if cookies is None:
            cookies = self._cookies = self._read_cookies()
        return cookies.get(name)

    def _read_cookies(self) -> dict[str, str | None]:
        """Read all cookies at once; None for one that came twice."""
        found: dict[str, str | None] = {}
        for header in self.every_header(b"cookie"):
            for part in header.split(";"):
                name, equals, value = part.strip(_SPACES).partition("=")
                if equals:
                    found[name] = None if name in found else value
        return found

    def query(self) -> Params:
        """Return the query's parameters; raises InvalidRequest when they cannot be read."""
        return parse_query(self.scope["query_string"])

    async def body(self, limit: int = FORM_LIMIT, within: timedelta | None = None) -> bytes:
        """Read the whole body; raises TooLarge as soon as it passes the limit, TooSlow when it does not come.

        It has 10 to 20 seconds, or the time `within`.
        """
        if self._body is None:
            if self._declared() > limit:
                raise TooLarge
            if within is not None:
                self._body = await self._read_within(limit, within)
            elif self._reads is None:
                self._body = await self._read(limit)
            else:
                self._body = await self._read_in_time(limit, self._reads)
        return self._body

    async def drain(self, limit: int) -> None:
        """Let a body of up to that size pass unread: a browser that is still sending would see no answer."""
        if self._body is not None or self._declared() > limit or self._reads is None:
            return
        self._body = b""
        with suppress(TooLarge, TooSlow, ConnectionResetError):
            await self._read_in_time(limit, self._reads, keep=False)

    def _declared(self) -> int:
        declared = self.header(b"content-length") or "0"
        return int(declared) if declared.isdecimal() else 0

    async def _read_within(self, limit: int, within: timedelta) -> bytes:
        try:
            async with asyncio.timeout(within.total_seconds()):
                return await self._read(limit)
        except TimeoutError:
            raise TooSlow from None

    async def _read_in_time(self, limit: int, reads: Reads, *, keep: bool = True) -> bytes:
        reading = reads.begin()
        try:
            return await self._read(limit, keep=keep)
        except asyncio.CancelledError:
            if reads.end(reading):
                raise TooSlow from None
            raise
        finally:
            reads.end(reading)

    def _whole(self) -> int | None:
        """Return the size that the body has when it is whole; None when only its end shows that."""
        if b"transfer-encoding" in self._first or self.header_count(b"content-length") != 1:
            return None
        return self._declared() or None

    async def _read(self, limit: int, *, keep: bool = True) -> bytes:
        """Read to the end. The server says it in a message of its own, which need not be waited for at a known size."""
        chunks: list[bytes] = []
        size = 0
        whole = self._whole()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise TooLarge
            if keep:
                chunks.append(chunk)
            if size == whole or not message.get("more_body", False):
                return b"".join(chunks)

    async def form(self, limit: int = FORM_LIMIT) -> Params:
        """Return the form's parameters (RFC 6749 appendix B); raises InvalidRequest otherwise."""
        kind = (self.header(b"content-type") or "").partition(";")[0].strip().lower()
        body = await self.body(limit)
        if kind != "application/x-www-form-urlencoded":
            if not body:
                return parse_query(b"")
            raise InvalidRequest(RequestReason.BODY_NOT_FORM)
        return parse_query(body)

    @property
    def peer(self) -> str:
        """Return the address it came from; the edge has put the believable one into the scope."""
        return (self.scope.get("client") or ("", 0))[0]

    @property
    def source(self) -> Source:
        """Return where it came from."""
        agent = (self.header(b"user-agent") or "")[:200]
        return Source(self.peer, agent, self.scope.get("request_id", ""), self.language)

    def caller(self, runner: Runner) -> Caller:
        """Return the caller, by the session cookie; inside the playground, by its mark."""
        if (inside := self.scope.get(INSIDE)) is not None:
            return Caller(self.source, inside=inside)
        return Caller(self.source, cookie=self.cookie(runner.settings.session_cookie))

    def call(self, runner: Runner) -> Call:
        """Return the Call for the person of the session cookie."""
        return Call(runner, self.caller(runner))

    def call_to_leave(self, runner: Runner) -> Call:
        """Return the Call for a person who takes their data or deletes their account, accepted terms or not."""
        return Call(runner, self.caller(runner)._replace(leaves=True))

    def call_without_cookie(self, runner: Runner) -> Call:
        """Return the Call for a program: a session cookie is ignored (T073)."""
        return Call(runner, Caller(self.source, inside=self.scope.get(INSIDE)))


Endpoint = Callable[[Request, Runner], Awaitable[Answer]]
