"""The outermost ASGI layer: sends requests to the routes, the pages or the event socket.

Only the event socket and the server's start and stop reach Reflex. Its own HTTP endpoints (`/_upload`, `/ping`, its
CORS, its redirects built from Host) are never called.
"""

from collections.abc import Awaitable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts.page_request import Renderer
from oauth2system.setting_types.hosts import DEFAULT_PORTS, LOOPBACK_HOSTS, is_loopback
from oauth2system.web import errors
from oauth2system.web.app import Web
from oauth2system.web.errors import is_machine
from oauth2system.web.http.guards import Proxies
from oauth2system.web.http.languages import speak_to
from oauth2system.web.http.message import Answer, Messages, Receive, Request, Send, redirect
from oauth2system.web.http.page_gate import Pages
from oauth2system.web.http.socket import REFUSED, Socket

NONE: Mapping[str, Renderer] = MappingProxyType({})


class Edge:
    """The ASGI app of the server; `inner` is the app of Reflex, `fill` fills the pages of the way in."""

    def __init__(self, runner: Runner, pages: Path, inner: Any, fill: Mapping[str, Renderer] = NONE) -> None:
        self._web = Web(runner)
        self._proxies = Proxies(runner.settings.trusted_proxies)
        self._pages = Pages(runner, pages, fill)
        self._socket = Socket(runner, inner)
        self._inner = inner
        self._runner = runner
        self._settings = runner.settings
        self._ours = (b"host", runner.settings.public_url.partition("://")[2].encode())
        self._on_loopback = runner.settings.on_loopback
        self._is_laptop = runner.settings.on_loopback and not runner.settings.secure

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Send each kind of traffic to its handler."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._live(scope, receive, send)
        elif self._on_loopback and self._ours not in scope["headers"] and _is_foreign(scope):
            await self._misdirect(scope, receive, send)
        elif kind == "http":
            await self._answered(scope, receive, send)
        else:
            await self._socket(self._web.verify_scope(scope), receive, send)

    def find_ready(self, scope: Mapping[str, Any]) -> Messages | None:
        """Return an answer that is ready, for the connection to send at once; None for what goes through `__call__`."""
        if self._on_loopback and self._ours not in scope["headers"]:
            return None
        return self._web.find_ready(scope)

    def is_proxy(self, address: str) -> bool:
        """Return whether an address is that of a proxy that we trust, which connects for everybody."""
        return self._proxies.trusts(address)

    async def _misdirect(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Refuse a request under a name that is not of this machine: it was made to lead here (T124)."""
        if scope["type"] == "http":
            await self._web.serve(scope, receive, send, _refuse_misdirected)
        else:
            await send(REFUSED)

    def _answered(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> Awaitable[None]:
        """Choose who answers. Every coroutine that only passes a request on costs each of them."""
        path, method = scope["path"], scope["method"]
        if self._is_laptop and method == "GET" and not is_machine(path) and (away := self._elsewhere(scope)):
            return self._web.send(away, scope, send)
        answer = self._web.answer if self._web.owns(path, method) else self._pages.answer
        return self._web.serve(scope, receive, send, answer)

    async def _live(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Live as long as Reflex does; what its last events still wrote is finished before the database goes."""
        try:
            await self._inner(scope, receive, send)
        finally:
            self._runner.close()

    def _elsewhere(self, scope: Mapping[str, Any]) -> Answer | None:
        """Redirect http://127.0.0.1:8000 to http://localhost:8000: pages work on one origin only.

        Only between names of this very machine, and to the configured one: Host never builds a URL (T124).
        """
        ours = self._settings.public_url
        if self._ours in scope["headers"]:  # nearly every request
            return None
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
        if not _is_here(host, self._settings.public_port) or f"http://{host}" in {ours, f"{ours}:80"}:
            return None
        query = scope["query_string"].decode("latin-1")
        return redirect(ours + scope["path"] + (f"?{query}" if query else ""), 307)


async def _refuse_misdirected(request: Request) -> Answer:
    with speak_to(request):
        return errors.answer_misdirected(request)


def _is_foreign(scope: Mapping[str, Any]) -> bool:
    """Return whether a Host header names anything but this machine. Programs of HTTP/1.0 name none; browsers do."""
    hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host" and value]
    try:
        return not all(is_loopback(urlsplit(f"http://{host}").hostname or "") for host in hosts)
    except ValueError:
        return True


def _is_here(host: str, port: int) -> bool:
    """Return whether a Host header names this very machine, by any of its names, and this port."""
    try:
        named = urlsplit(f"http://{host}")
        return named.hostname in LOOPBACK_HOSTS and (named.port or DEFAULT_PORTS["http"]) == port
    except ValueError:
        return False
