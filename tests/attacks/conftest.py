"""The real server with the lab in it, and two servers on one database, for the tests of this folder."""

from tests.support.servers.event_server import lab
from tests.support.servers.two_servers import pair

__all__ = ["lab", "pair"]
