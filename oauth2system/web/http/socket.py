"""The event socket, before Reflex sees it: who may open one, as whom, how often, and how much may come through.

Reflex takes any connection, keeps the cookie with its state and logs it, and finds a tab's state by
a token from the query string. So here the origin is checked, the cookie is swapped for the session's
handle, which is not accepted anywhere else, and the token is bound to that handle.
"""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from oauth2system import log
from oauth2system.policy import budgets, quotas
from oauth2system.policy.budgets import networks
from oauth2system.runtime.runner import Runner
from oauth2system.services.sessions import visits
from oauth2system.services.sessions.visits import Visit
from oauth2system.web.http.in_memory_limits import Limits, Places, Tries, most
from oauth2system.web.http.languages import language_of
from oauth2system.web.http.message import Header, Receive, Request, Send
from oauth2system.web.http.socket_traffic import ANONYMOUS, SIGNED_IN, Traffic

PATH = "/_event"
HANDLE = "handle"
REFUSED = {"type": "websocket.close", "code": 1008}

# The headers of a handshake that Reflex sees: for the protocol, and to name the browser.
_PASSED = frozenset({b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version",
                     b"sec-websocket-protocol", b"sec-websocket-extensions", b"user-agent"})  # fmt: skip


class Socket:
    """Lets browsers of ours through to Reflex and keeps count of them."""

    def __init__(self, runner: Runner, inner: Any) -> None:
        self._runner = runner
        self._inner = inner
        self._places = Places()
        self._tabs = Tries()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Refuse, or pass on a handshake that says only what we know to be true."""
        request = Request({**scope, "method": "GET"}, receive)
        reason = self._refusal(request)
        if reason:
            await self._refuse(request, reason, send)
            return
        try:
            await self._enter(request, networks(request.peer), receive, send)
        except Exception as error:  # noqa: BLE001  (a malformed packet ends its own socket and nothing else)
            log.anonymous("socket.broke", error=type(error).__name__)
            await _hang_up(send)

    async def _enter(self, request: Request, where: tuple[str, ...], receive: Receive, send: Send) -> None:
        """Find out who it is; then let Reflex answer, unless they have too many sockets or open them too often."""
        visit = await self._visit(request, where[0])
        places = self._limits(_places(visit, where) if visit else ())
        if visit is None or not self._places.take(places):
            await self._refuse(request, "too many", send)
            return
        try:
            if not self._spend(visit, where[0]):
                await self._refuse(request, "too often", send)
                return
            traffic = Traffic(receive, send, SIGNED_IN if visit.session else ANONYMOUS)
            await self._inner(self._introduce(request, visit), traffic.receive, traffic.send)
        finally:
            self._places.give_back(places)

    async def _visit(self, request: Request, where: str) -> Visit | None:
        """Look up who it is; None when too many of this address are being looked up."""
        arriving = self._limits(((f"arriving {where}", quotas.SOCKETS_OF_AN_ADDRESS),))
        if not self._places.take(arriving):
            return None
        try:
            return await request.call(self._runner)(visits.look_up)
        finally:
            self._places.give_back(arriving)

    def _limits(self, limits: Limits) -> Limits:
        factor = self._runner.settings.rate_limit_factor
        return tuple((key, most(limit, factor)) for key, limit in limits)

    async def _refuse(self, request: Request, reason: str, send: Send) -> None:
        log.anonymous("socket.refused", reason=reason, request_id=request.source.request_id)
        await send(REFUSED)

    def _spend(self, visit: Visit, visitor: str) -> bool:
        """Count one more tab: each leaves a page state in memory for a while (T145)."""
        spent = [(budgets.TABS, visitor), (budgets.TABS_IN_ALL, "")]
        if visit.session is not None:
            spent = [(budgets.TABS_OF_A_PERSON, str(visit.session.user_id))]
        return self._tabs.spend(spent, self._runner.settings.rate_limit_factor)

    def _refusal(self, request: Request) -> str:
        """Say why this handshake is refused (T140, T145), or nothing."""
        if request.path.rstrip("/") != PATH:
            return "path"
        # Cookies are sent with a handshake from any site's page: only the Origin shows which.
        if request.header_count(b"origin") != 1 or request.header(b"origin") != self._runner.settings.public_url:
            return "origin"
        return "" if _token(request) else "token"

    def _introduce(self, request: Request, visit: Visit) -> dict[str, Any]:
        """Return the scope with a handle for the cookie, a bound token and our own host."""
        handle = visit.session.handle if visit.session else ""
        headers: list[Header] = [(name, value) for name, value in request.headers if name in _PASSED]
        origin = self._runner.settings.public_url
        headers.append((b"cookie", f"{HANDLE}={handle}".encode()))
        headers.append((b"accept-language", language_of(request).encode()))
        headers.append((b"origin", origin.encode()))
        headers.append((b"host", origin.partition("://")[2].encode()))
        query = {"token": self._bind(_token(request), handle), "EIO": "4", "transport": "websocket"}
        return {**request.scope, "headers": headers, "query_string": urlencode(query).encode()}

    def _bind(self, token: str, handle: str) -> str:
        """Return the name of the tab's state: another person's tab never finds it, token or not (T142)."""
        key = self._runner.settings.secret_key
        return hmac.new(key, f"tab\0{handle}\0{token}".encode(), sha256).hexdigest()[:36]


def _places(visit: Visit, where: tuple[str, ...]) -> Limits:
    """Return what a socket counts as: people who are signed in have places that anonymous callers cannot take."""
    if visit.session is not None:
        return (
            ("all", quotas.SOCKETS),
            (f"address {where[0]}", quotas.SOCKETS_OF_AN_ADDRESS),
            (f"person {visit.session.user_id}", quotas.SOCKETS_OF_A_PERSON),
        )
    most_of = (quotas.SOCKETS_OF_AN_ADDRESS_ANONYMOUS, quotas.SOCKETS_OF_A_NETWORK_ANONYMOUS)
    return (
        ("all", quotas.SOCKETS),
        ("anonymous", quotas.SOCKETS_ANONYMOUS),
        *((f"anonymous {network}", limit) for network, limit in zip(where, most_of, strict=False)),
    )


async def _hang_up(send: Send) -> None:
    """Close a socket that may be closed already."""
    with suppress(Exception):
        await send(REFUSED)


def _token(request: Request) -> str:
    """Return the tab's token when there is exactly one of a sane size."""
    query: bytes = request.scope["query_string"]
    found = [value for name, value in parse_qsl(query[:1024].decode("latin-1")) if name == "token"]
    return found[0] if len(found) == 1 and 0 < len(found[0]) <= 64 and found[0].isascii() else ""  # noqa: PLR2004  (a token of Reflex is shorter)
