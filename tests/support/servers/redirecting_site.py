"""A site as a browser finds it: it takes an answer, redirects on to another origin if asked, and says what came."""

import http.server
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Site:
    """Where visitors come back to. `port` answers at every path; `other` is another origin of its own."""

    port: int
    other: int
    arrived: list[str] = field(default_factory=list[str])


class _Both(http.server.ThreadingHTTPServer):
    """Answers over IPv6 and IPv4 at one port."""

    address_family = socket.AF_INET6

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


@contextmanager
def site() -> Generator[Site]:
    """Run both origins until the test is over."""
    made = Site(0, 0)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            self._answer()

        def _answer(self) -> None:
            made.arrived.append(self.path)
            if "on=1" in self.path and self.connection.getsockname()[1] == made.port:
                self.send_response(302)
                self.send_header("location", f"http://127.0.0.1:{made.other}/landed")
                self.send_header("content-length", "0")
                self.end_headers()
                return
            body = b"<!doctype html><title>arrived</title>arrived"
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
            """Say nothing."""

    servers = [_Both(("::", 0), Handler) for _ in range(2)]
    made.port, made.other = (server.server_port for server in servers)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
