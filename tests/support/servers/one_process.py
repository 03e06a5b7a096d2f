"""The HTTP server of the product in one process, for an app of a test: PORT MODULE:FACTORY."""

import sys

from uvicorn.importer import import_from_string

from oauth2system.web.connections.server import WebServer, bind, configure

if __name__ == "__main__":
    port, target = sys.argv[1:]
    WebServer(configure(import_from_string(target), loop="uvloop")).run([bind("127.0.0.1", int(port))])
