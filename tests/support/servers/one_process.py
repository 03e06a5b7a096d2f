"""The HTTP server of the product in one process, for an app of a test: PORT MODULE:FACTORY."""

import signal
import sys
from typing import Any

from uvicorn.importer import import_from_string

from oauth2system.web.connections.server import WebServer, configure
from oauth2system.web.connections.sockets import bind


def _leave(*_: Any) -> None:
    """End without a complaint: once it has stopped, uvicorn repeats the signal that asked it to."""
    raise SystemExit(0)


if __name__ == "__main__":
    port, target = sys.argv[1:]
    signal.signal(signal.SIGTERM, _leave)
    WebServer(configure(import_from_string(target), loop="uvloop")).run([bind("127.0.0.1", int(port))])
