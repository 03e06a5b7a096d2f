"""A database that is locked, away or full: 503, nothing consumed, nothing issued, and well again by itself."""

import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from oauth2system.errors import Busy
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.runtime.runner import Runner
from oauth2system.settings import load
from oauth2system.storage.database.transactions import Database, Db
from tests.storage.database.rows import keys, put_plainly
from tests.support.browsers.visitor import PASSWORD, Visitor, member, query, signed_in
from tests.support.patience import PATIENCE_S
from tests.support.servers import postgres
from tests.support.servers.processes import wait_until
from tests.support.servers.server import Server

CALLBACK = "https://site.example/callback"


@dataclass
class Site:
    """One app, and one visitor who is signed in."""

    server: Server
    visitor: Visitor
    client: dict[str, str]

    @property
    def link(self) -> str:
        return f"/oauth2/authorize?client_id={self.client['client_id']}&scope=identify"

    def value(self) -> str:
        return query(self.visitor.http.get(self.link).headers["location"])["oauth_token"]

    def fetch(self, value: str) -> httpx.Response:
        return self.visitor.http.get("/api/user", params={"oauth_token": value, **self.client})


Open = Callable[..., Site]


@pytest.fixture
def open_site(start_server: Callable[..., Server]) -> Generator[Open]:
    """Give a function that starts a server with a site on it."""
    with ExitStack() as closing:

        def opened(**settings: str) -> Site:
            server = start_server(**settings)
            member(server, "ada")
            client = server.ask(
                "app", "create", "Poetry", "--owner", "ada", "--first-party", "--redirect-uri", CALLBACK
            )
            return Site(server, closing.enter_context(signed_in(server, "ada")), client)

        yield opened


@contextmanager
def locked(server: Server) -> Generator[None]:
    """Hold the write lock, as a forgotten administrator's session would."""
    other = sqlite3.connect(server.var / "oauth2system.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def says_come_back(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and answer.headers["retry-after"].isdecimal()


def test_t153_a_locked_database_is_waited_for_and_then_503(open_site: Open) -> None:
    site = open_site()
    value = site.value()
    cookies = dict(site.visitor.http.cookies)
    found: dict[str, httpx.Response] = {}

    def ask(name: str, method: str, path: str, **more: Any) -> threading.Thread:
        def asking() -> None:
            found[name] = httpx.request(method, site.server.url + path, timeout=30, **more)

        thread = threading.Thread(target=asking)
        thread.start()
        return thread

    with locked(site.server):
        began = time.monotonic()
        form = {"data": {"login": "ada", "password": PASSWORD}, "headers": {"origin": site.server.url}}
        asked = [
            ask("fetch", "GET", "/api/user", params={"oauth_token": value, **site.client}),
            ask("authorize", "GET", site.link, cookies=cookies),
            ask("sign in", "POST", "/session", **form),
        ]
        looks = 0
        while any(thread.is_alive() for thread in asked):
            for path in ("/healthz", "/readyz"):
                assert httpx.get(site.server.url + path, timeout=PATIENCE_S).status_code == 200
            looks += 1
            time.sleep(0.1)
        waited = time.monotonic() - began
    authorized = found["authorize"]
    assert says_come_back(found["fetch"])
    assert says_come_back(found["sign in"])
    assert says_come_back(authorized) or "error=temporarily_unavailable" in authorized.headers["location"]
    assert 4 < waited < PATIENCE_S
    assert looks > 2  # nothing of these waits for the lock: they would be answered when the others are
    assert site.fetch(value).status_code == 200  # nothing was used up
    assert site.fetch(value).status_code != 200


def test_t153_a_lock_that_goes_away_in_time_is_not_noticed(open_site: Open) -> None:
    site = open_site()
    value = site.value()
    with locked(site.server):
        answer: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answer.append(site.fetch(value)))
        asking.start()
        time.sleep(1.0)
        assert asking.is_alive()
    asking.join(20)
    assert answer[0].status_code == 200


@pytest.fixture
def cluster() -> Generator[postgres.Cluster]:
    with postgres.cluster(durable=True) as running:
        yield running


def test_t154_a_database_that_goes_away_and_comes_back(open_site: Open, cluster: postgres.Cluster) -> None:
    site = open_site(DATABASE_URL=cluster.create("site"))
    value, visitor = site.value(), site.visitor
    cluster.halt()
    assert visitor.http.get("/healthz").status_code == 200
    assert visitor.http.get("/readyz").status_code == 503
    assert says_come_back(site.fetch(value))
    assert says_come_back(visitor.sign_in("ada"))
    assert says_come_back(visitor.post("/session/end"))  # never "signed out" unless it is stored
    asked = visitor.http.get(site.link)
    assert asked.status_code == 503 or "error=temporarily_unavailable" in asked.headers["location"]
    assert visitor.http.get("/account").status_code in {303, 503}
    cluster.resume()
    assert wait_until(lambda: visitor.http.get("/readyz").status_code == 200, seconds=PATIENCE_S)
    assert site.fetch(value).status_code == 200
    assert query(visitor.http.get(site.link).headers["location"])["oauth_token"]  # still signed in
    assert visitor.post("/session/end").status_code == 303
    assert visitor.http.get(site.link).headers["location"].startswith("/login")


def test_t154_no_request_of_a_crowd_is_lost_in_silence_while_the_database_restarts(
    open_site: Open, cluster: postgres.Cluster
) -> None:
    site = open_site(DATABASE_URL=cluster.create("site"), RATE_LIMIT_FACTOR="100000")
    cookies = dict(site.visitor.http.cookies)
    stop, strange, values = threading.Event(), list[str](), list[str]()

    def crowd() -> None:
        with httpx.Client(base_url=site.server.url, cookies=cookies, timeout=30) as client:
            while not stop.is_set():
                answer = client.get(site.link)
                came = query(answer.headers.get("location", ""))
                if "oauth_token" in came:
                    values.append(came["oauth_token"])
                elif answer.status_code != 503 and came.get("error") != "temporarily_unavailable":
                    strange.append(f"{answer.status_code} {answer.headers.get('location')}")

    threads = [threading.Thread(target=crowd) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    cluster.halt()
    time.sleep(0.5)
    cluster.resume()
    time.sleep(2)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert strange == []
    assert len(values) > 10
    assert {site.fetch(value).status_code for value in values[-20:]} == {200}


@pytest.fixture
def small_disk(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[Database, Callable[[int], None]]]:
    """Give a database on a disk that has room for so many pages more."""
    database = Database(sqlite_url)
    room = {"pages": 1 << 30}

    def measure(driver: sqlite3.Connection, *_: Any) -> None:
        driver.execute(f"PRAGMA max_page_count={room['pages']}")

    event.listen(database.engine, "connect", measure)

    def leave(pages: int) -> None:
        used = database.look(lambda db: db.one("PRAGMA page_count"))
        assert used is not None
        room["pages"] = used[0] + pages
        database.close()  # every connection is made anew, and measures

    yield database, leave
    database.close()


def test_t158_a_full_disk_refuses_writers_and_lets_readers_go_on(
    small_disk: tuple[Database, Callable[[int], None]], tmp_path: Any
) -> None:
    database, leave = small_disk
    run = Runner(load({}, folder=tmp_path), database)
    run.now(NOBODY, write, b"before")
    leave(2)
    assert _written(run, 2000) < 2000
    held = keys(database)
    assert len(held) > 1
    with pytest.raises(Busy):
        run.now(NOBODY, write, b"x" * 20_000)
    assert keys(database) == held
    leave(1 << 20)
    run.now(NOBODY, write, b"x" * 20_000)
    assert len(keys(database)) == len(held) + 1
    assert database.look(lambda db: db.all("PRAGMA integrity_check")) == [("ok",)]
    run.close()


def test_t158_a_full_disk_tells_a_whole_group_that_nothing_was_kept(
    small_disk: tuple[Database, Callable[[int], None]],
) -> None:
    database, leave = small_disk
    leave(1)

    def job(number: int) -> Callable[[Db], None]:
        return lambda db: put_plainly(db, bytes([number]) * 3000)

    jobs = [job(number) for number in range(10)]
    try:
        results = database.group(jobs)
    except Busy:
        assert keys(database) == []
    else:
        assert len(keys(database)) == sum(not isinstance(result, Exception) for result in results) < 10
    leave(1000)
    database.group([lambda db: put_plainly(db, b"later")])
    assert b"later" in keys(database)


def _written(run: Runner, most: int) -> int:
    """Write until the disk is full; returns how many rows found room."""
    for number in range(most):
        try:
            run.now(NOBODY, write, str(number).encode() * 100)
        except Busy:
            return number
    return most


def write(ctx: Context, key: bytes) -> None:
    put_plainly(ctx.db, key)
