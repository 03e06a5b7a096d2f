"""Fixtures for every test: a closed network, fresh databases on both engines, mail, a browser, the real server."""

import functools
import shutil
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
from playwright.sync_api import Browser, Page

from oauth2system import i18n, log
from oauth2system.build import ensure_built
from oauth2system.runtime.runner import Runner
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database
from tests.support.browsers import chromium
from tests.support.in_process.browsers import House
from tests.support.in_process.door import runner_on
from tests.support.in_process.languages import write_catalogue
from tests.support.in_process.oauth_apps import Clock
from tests.support.in_process.story import App, Member, Story
from tests.support.servers import postgres, redis, smtp
from tests.support.servers.server import Server

pytest_plugins = ("tests.support.files_in_memory", "tests.support.test_groups", "tests.support.refused_writes")
BOTH = ("sqlite", "postgresql")

# A slow machine is no failure, and what was found once is found again by everyone.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("house")


class ClosedNetworkError(AssertionError):
    """A test tried to reach another machine."""


def _is_here(host: str) -> bool:
    return host in {"", "localhost", "::1", "0.0.0.0", "::"} or host.startswith("127.")


@pytest.fixture(autouse=True)
def closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine, and every question to a name server."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            raise ClosedNetworkError(f"connect to {address}")
        connect(self, address)

    def guarded_resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_here(name):
            raise ClosedNetworkError(f"look up {name}")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


@pytest.fixture(scope="session", autouse=True)
def one_tls_context() -> Generator[None]:
    """Read the trusted certificates once: each client of a test would, for 25 ms, and none needs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", functools.cache(httpx.create_ssl_context))
        yield


@pytest.fixture(autouse=True)
def own_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test the whole budget of lines that anybody can cause: others may have used up this minute's."""
    monkeypatch.setattr("oauth2system.log._anonymous", log.LineBudget())


@pytest.fixture(scope="session")
def postgresql() -> Generator[postgres.Cluster]:
    """Start the suite's own PostgreSQL, once per test process."""
    with postgres.cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file; tests get copies."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: postgres.Cluster) -> str:
    """Migrate one PostgreSQL database and return its name; tests get copies."""
    _migrate(postgresql.create("migrated"))
    return "migrated"


def _migrate(url: str) -> None:
    database = Database(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        migrations.upgrade(database)
    finally:
        database.engine.dispose()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> Generator[str]:
    """Give a migrated database of the test's own, once on SQLite and once on PostgreSQL."""
    make: Callable[[pytest.FixtureRequest], Generator[str]] = {"sqlite": _sqlite, "postgresql": _postgresql}[
        request.param
    ]
    yield from make(request)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest) -> Generator[str]:
    """Give a migrated SQLite database of the test's own, where a second engine would prove nothing more."""
    yield from _sqlite(request)


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> Generator[str]:
    """Give a migrated PostgreSQL database of the test's own."""
    yield from _postgresql(request)


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """Give an empty database, for tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    cluster: postgres.Cluster = request.getfixturevalue("postgresql")
    url = cluster.create()
    yield url.replace("postgresql://", "postgresql+psycopg://")
    cluster.drop(url)


def _sqlite(request: pytest.FixtureRequest) -> Generator[str]:
    template: Path = request.getfixturevalue("migrated_sqlite")
    folder: Path = request.getfixturevalue("tmp_path")
    yield f"sqlite:///{shutil.copy(template, folder / 'oauth2system.db')}"


def _postgresql(request: pytest.FixtureRequest) -> Generator[str]:
    cluster: postgres.Cluster = request.getfixturevalue("postgresql")
    template: str = request.getfixturevalue("migrated_postgresql")
    url = cluster.lend(template)
    # As settings.load would hand it on.
    yield url.replace("postgresql://", "postgresql+psycopg://")
    cluster.take_back(url, template)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Generator[House]:
    """Give door one in process, on either database, with a clock that only the test moves."""
    made = House(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def story(database_url: str, tmp_path: Path) -> Generator[Story]:
    """Give such a house with members, apps and sites: the founding story in process, on either database."""
    made = Story(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def ada(story: Story) -> Member:
    """Return the person who makes apps."""
    return story.member()


@pytest.fixture
def grace(story: Story) -> Member:
    """Return somebody else, at another address."""
    return story.member("grace", ip="192.0.2.2")


@pytest.fixture
def app(story: Story, ada: Member) -> App:
    """Return an app of Ada's."""
    return story.app(ada)


@pytest.fixture
def clock() -> Clock:
    """Return a clock that only the test moves."""
    return Clock()


@pytest.fixture
def runner(database_url: str, tmp_path: Path, clock: Clock) -> Generator[Runner]:
    """Give the program without its server, on either database, under that clock."""
    with runner_on(database_url, tmp_path, clock=clock) as running:
        yield running


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let this process speak German as well as English, as far as the tests need it."""
    monkeypatch.setattr(i18n, "FOLDER", write_catalogue(tmp_path / "locale"))


@pytest.fixture
def redis_url() -> Generator[str]:
    """Run a Redis for one test."""
    with redis.redis_server() as url:
        yield url


@pytest.fixture
def inbox() -> Generator[smtp.Inbox]:
    """Run a mail server for one test; its `url` is the SMTP_URL setting."""
    with smtp.smtp_server() as server:
        yield server


@pytest.fixture(scope="session")
def pages() -> Path:
    """Build the pages once for the whole run; other test processes wait and find them built."""
    return ensure_built(print)


@pytest.fixture
def start_server(pages: Path, tmp_path: Path) -> Generator[Callable[..., Server]]:
    """Give a function that starts real servers, `start_server(SETTING="value")`; they end with the test."""
    del pages
    servers: list[Server] = []

    def start(*arguments: str, name: str = "var", port: int | None = None, **settings: str) -> Server:
        server = Server(tmp_path / name, port=port, settings=settings)
        servers.append(server)
        return server.start(*arguments)

    yield start
    for server in servers:
        server.stop()


# A browser's event loop would stay "running" in this thread and forbid asyncio.run to every later test:
# it lives for one module only.
@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """Run a Chromium for one module of tests."""
    with chromium.chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Generator[Page]:
    """Open a fresh, empty browser profile with one page."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
