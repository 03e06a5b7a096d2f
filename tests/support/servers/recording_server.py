"""A web server on this machine that notes what it is sent: where our own requests go to in tests."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Sink:
    """What came, and how it is answered; a test changes the answer as it likes."""

    url: str = ""
    port: int = 0
    seen: list[Seen] = field(default_factory=list[Seen])
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    pause_s: float = 0.0
    drip: bool = False
    over: Event = field(default_factory=Event)  # set when the test is: what still waits ends

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Note a request and answer it."""
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length).decode()
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.seen.append(Seen(handler.command, handler.path, headers, body))
        self.over.wait(self.pause_s)
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        for piece in [self.body[i : i + 1] for i in range(len(self.body))] if self.drip else [self.body]:
            handler.wfile.write(piece)
            handler.wfile.flush()
            self.over.wait(0.5 if self.drip else 0)


@contextmanager
def sink() -> Generator[Sink]:
    """Run one until the test is over."""
    noted = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                noted.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # whoever asked has heard enough

        do_POST = do_GET  # noqa: N815  (the base class names it so)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it so)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    noted.port = server.server_address[1]
    noted.url = f"http://127.0.0.1:{noted.port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield noted
    finally:
        noted.over.set()
        server.shutdown()
        server.server_close()
