"""Two server processes on one database, asked many times at the same moment."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from threading import Barrier

import httpx
import pytest

from tests.support.servers.server import Server

PARALLEL = 20


@dataclass(frozen=True)
class Pair:
    """Two servers that know the same people and apps."""

    one: Server
    two: Server

    def url(self, number: int) -> str:
        return (self.one if number % 2 else self.two).url

    def at_once(self, ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
        """Ask twenty times at the same moment, every other time at the other server."""
        barrier = Barrier(PARALLEL)

        def wait_and_ask(number: int) -> httpx.Response:
            barrier.wait(30)
            return ask(number)

        with ThreadPoolExecutor(PARALLEL) as threads:
            return list(threads.map(wait_and_ask, range(PARALLEL)))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Pair]:
    del pages
    folder = tmp_path_factory.mktemp("pair")
    url = f"sqlite:///{folder / 'shared.db'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgresql").create())
    settings = {"DATABASE_URL": url, "RATE_LIMIT_FACTOR": "1000", "SECRET_KEY": token_hex(32)}
    servers = [Server(folder / name, settings=settings) for name in ("one", "two")]
    try:
        with ThreadPoolExecutor(2) as threads:  # either may be the one that migrates
            one, two = threads.map(Server.start, servers)
        yield Pair(one, two)
    finally:
        for server in servers:
            server.stop()
