"""The real server with the lab in it, for the tests of this folder."""

from tests.support.servers.event_server import lab

__all__ = ["lab"]
