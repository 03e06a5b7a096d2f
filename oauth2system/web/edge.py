"""The outermost ASGI layer: routes to door one, pages to their gate, events through the guard's gate.

Reflex itself is reached by two things only, the event socket and the server's start and stop; its own
HTTP endpoints (`/_upload`, `/ping`, its CORS, its redirects built from Host) are never asked.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oauth2system.services.runner import Runner
from oauth2system.settings import LOOPBACK_HOSTS
from oauth2system.web.app import Web
from oauth2system.web.door import Answer, Receive, Request, Send, redirect
from oauth2system.web.guards import origin_of
from oauth2system.web.pages import Pages
from oauth2system.web.socket import Socket


class Edge:
    """Stands above everything; `inner` is what Reflex made."""

    def __init__(self, runner: Runner, pages: Path, inner: Any) -> None:  # noqa: ANN401
        self._web = Web(runner)
        self._pages = Pages(runner, pages)
        self._socket = Socket(runner, inner)
        self._inner = inner
        self._runner = runner
        self._settings = runner.settings

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Give each kind of traffic to whom it belongs."""
        if scope["type"] == "http":
            if self._web.owns(scope["path"], scope["method"]):
                await self._web(scope, receive, send)
            else:
                request = Request(self._web.arrived(scope), receive)
                answer = self._elsewhere(request) or await self._pages.answer(request)
                await self._web.send(answer, request.method, send)
        elif scope["type"] == "websocket":
            await self._socket(self._web.arrived(scope), receive, send)
        else:
            await self._live(scope, receive, send)

    async def _live(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Live as long as Reflex does; what its last events still wrote is finished before the database goes."""
        try:
            await self._inner(scope, receive, send)
        finally:
            self._runner.close()

    def _elsewhere(self, request: Request) -> Answer | None:
        """Lead http://127.0.0.1:8000 to http://localhost:8000: pages work on the one origin they know.

        Only between names of this very machine, and to the configured one: Host never builds a URL (T124).
        """
        if not self._settings.on_loopback or request.method != "GET":
            return None
        asked = origin_of(f"http://{request.header(b'host') or ''}")
        ours = self._settings.public_url
        if asked is None or asked == ours:
            return None
        host, _, port = asked.removeprefix("http://").rpartition(":")
        if host.strip("[]") not in LOOPBACK_HOSTS or port != ours.rpartition(":")[2]:
            return None
        query = request.scope["query_string"].decode("latin-1")
        return redirect(ours + request.path + (f"?{query}" if query else ""), 307)
