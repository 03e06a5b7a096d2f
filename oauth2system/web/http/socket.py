"""The event socket, before Reflex sees it: who may open one, as whom, how often, and how much may come through.

Reflex takes any connection, keeps the cookie with its state and logs it, and finds a tab's state by
a token from the query string. So here the origin is checked, the cookie is swapped for the session's
handle, which is not accepted anywhere else, and the token is bound to that handle.
"""

import hmac
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from oauth2system import log
from oauth2system.policy import budgets
from oauth2system.policy.budgets import network
from oauth2system.runtime.runner import Runner
from oauth2system.services.sessions import visits
from oauth2system.services.sessions.visits import Visit
from oauth2system.web.http.crowds import Tries
from oauth2system.web.http.languages import language_of
from oauth2system.web.http.message import Header, Receive, Request, Send
from oauth2system.web.http.socket_traffic import ANONYMOUS, SIGNED_IN, Traffic

PATH = "/_event"
HANDLE = "handle"
PER_ADDRESS = 100
IN_ALL = 2000
REFUSED = {"type": "websocket.close", "code": 1008}

# The headers of a handshake that Reflex sees: for the protocol, and to name the browser.
_PASSED = frozenset({b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version",
                     b"sec-websocket-protocol", b"sec-websocket-extensions", b"user-agent"})  # fmt: skip


class Socket:
    """Lets browsers of ours through to Reflex and keeps count of them."""

    def __init__(self, runner: Runner, inner: Any) -> None:  # noqa: ANN401  (whatever ASGI app Reflex is)
        self._runner = runner
        self._inner = inner
        self._open: Counter[str] = Counter()
        self._tabs = Tries()
        self._most = max(1, int(PER_ADDRESS * runner.settings.rate_limit_factor))
        self._most_in_all = max(1, int(IN_ALL * runner.settings.rate_limit_factor))

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Refuse a handshake, or pass it on with verified values only."""
        request = Request({**scope, "method": "GET"}, receive)
        visitor = network(request.source.ip)
        reason = self._refusal(request, visitor)
        if reason:
            await self._refuse(request, reason, send)
            return
        self._open[visitor] += 1
        try:
            await self._enter(request, visitor, receive, send)
        except Exception as error:  # noqa: BLE001  (a malformed packet ends its own socket and nothing else)
            log.anonymous("socket.failed", error=type(error).__name__)
            await _hang_up(send)
        finally:
            self._open[visitor] -= 1
            if self._open[visitor] <= 0:
                del self._open[visitor]

    async def _enter(self, request: Request, visitor: str, receive: Receive, send: Send) -> None:
        """Find the visitor; then let Reflex answer, unless they open tabs too often."""
        visit = await request.call(self._runner)(visits.visit)
        if not self._spend(visit, visitor):
            await self._refuse(request, "too often", send)
            return
        traffic = Traffic(receive, send, SIGNED_IN if visit.session else ANONYMOUS)
        await self._inner(self._introduced(request, visit), traffic.receive, traffic.send)

    async def _refuse(self, request: Request, reason: str, send: Send) -> None:
        log.anonymous("socket.refused", reason=reason, request_id=request.source.request_id)
        await send(REFUSED)

    def _spend(self, visit: Visit, visitor: str) -> bool:
        """Count one more tab: each leaves a page state in memory for a while (T145)."""
        spent = [(budgets.TABS, visitor), (budgets.TABS_IN_ALL, "")]
        if visit.session is not None:
            spent = [(budgets.TABS_OF_A_PERSON, str(visit.session.user_id))]
        return self._tabs.spend(spent, self._runner.settings.rate_limit_factor)

    def _refusal(self, request: Request, visitor: str) -> str:
        """Say why this handshake is refused (T140, T145), or nothing."""
        if request.path.rstrip("/") != PATH:
            return "path"
        # Cookies are sent with a handshake from any site's page: only the Origin shows which.
        if request.header_count(b"origin") != 1 or request.header(b"origin") != self._runner.settings.public_url:
            return "origin"
        if self._open[visitor] >= self._most or self._open.total() >= self._most_in_all:
            return "too many"
        return "" if _token(request) else "token"

    def _introduced(self, request: Request, visit: Visit) -> dict[str, Any]:
        """Return the scope with a handle for the cookie, a bound token and our own host."""
        handle = visit.session.handle if visit.session else ""
        headers: list[Header] = [(name, value) for name, value in request.headers if name in _PASSED]
        origin = self._runner.settings.public_url
        headers.append((b"cookie", f"{HANDLE}={handle}".encode()))
        headers.append((b"accept-language", language_of(request).encode()))
        headers.append((b"origin", origin.encode()))
        headers.append((b"host", origin.partition("://")[2].encode()))
        query = {"token": self._bound(_token(request), handle), "EIO": "4", "transport": "websocket"}
        return {**request.scope, "headers": headers, "query_string": urlencode(query).encode()}

    def _bound(self, token: str, handle: str) -> str:
        """Return the name of the tab's state: another person's tab never finds it, token or not (T142)."""
        key = self._runner.settings.secret_key
        return hmac.new(key, f"tab\0{handle}\0{token}".encode(), sha256).hexdigest()[:36]


async def _hang_up(send: Send) -> None:
    """Close a socket that may be closed already."""
    with suppress(Exception):
        await send(REFUSED)


def _token(request: Request) -> str:
    """Return the tab's token when there is exactly one of a sane size."""
    query: bytes = request.scope["query_string"]
    found = [value for name, value in parse_qsl(query[:1024].decode("latin-1")) if name == "token"]
    return found[0] if len(found) == 1 and 0 < len(found[0]) <= 64 and found[0].isascii() else ""  # noqa: PLR2004
