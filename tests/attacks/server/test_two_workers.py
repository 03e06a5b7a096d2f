"""Two workers on one database: no flow is lost, none is doubled, none gets a 500 (T165, T151)."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.browsers.visitor import Visitor, member, query, signed_in
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import wait_until
from tests.support.servers.server import Server

CALLBACK = "https://site.example/callback"
SECONDS = 8
VISITORS = 10
IDLE = 3000


def workers(server: Server) -> list[str]:
    return Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()


@pytest.mark.timeout(240)
def test_t165_parallel_flows_over_two_workers(
    start_server: Callable[..., Server], redis_url: str, database_url: str
) -> None:
    server = start_server("--workers", "2", REDIS_URL=redis_url, DATABASE_URL=database_url, RATE_LIMIT_FACTOR="100000")
    assert len(workers(server)) == 2
    member(server, "ada")
    client = server.ask("app", "create", "Poetry", "--owner", "ada", "--first-party", "--redirect-uri", CALLBACK)
    link = f"/oauth2/authorize?client_id={client['client_id']}&scope=identify+email"
    values, odd = list[str](), list[str]()
    until = time.monotonic() + SECONDS

    def flow(visitor: Visitor) -> None:
        while time.monotonic() < until:
            answer = visitor.http.get(link)
            value = query(answer.headers.get("location", "")).get("oauth_token", "")
            # Every answer may come from either worker: a fresh connection each time.
            sent = {"oauth_token": value, **client}
            statuses = [httpx.get(f"{server.url}/api/user", params=sent, timeout=30).status_code for _ in range(2)]
            values.append(value)
            if statuses != [200, 401]:
                odd.append(f"{answer.status_code} {statuses}")

    with ExitStack() as stack:
        crowd = [stack.enter_context(signed_in(server, "ada")) for _ in range(VISITORS)]
        threads = [threading.Thread(target=flow, args=(visitor,)) for visitor in crowd]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert odd == []
    assert len(values) == len(set(values)) > VISITORS
    assert '"event": "crashed"' not in server.log


def sockets_of(pid: str) -> int:
    """Count the sockets that a process has open."""
    return sum(1 for file in Path(f"/proc/{pid}/fd").iterdir() if str(file.readlink()).startswith("socket:"))


def listeners(port: int) -> int:
    """Count the sockets that listen on a port of IPv4."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for line in lines if line[3] == "0A" and int(line[1].rpartition(":")[2], 16) == port)


def test_connections_that_come_while_all_are_busy_are_spread_over_the_workers(
    start_server: Callable[..., Server], redis_url: str
) -> None:
    server = start_server("--workers", "2", REDIS_URL=redis_url)
    first, second = workers(server)
    assert wait_until(lambda: listeners(server.port) == 2, seconds=PATIENCE_S)
    before = {pid: sockets_of(pid) for pid in (first, second)}
    with ExitStack() as stack:
        for pid in (first, second):
            os.kill(int(pid), signal.SIGSTOP)
        for _ in range(64):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 5))
        os.kill(int(first), signal.SIGCONT)
        time.sleep(0.5)  # it accepts all that it can get
        os.kill(int(second), signal.SIGCONT)
        assert wait_until(lambda: sum(map(sockets_of, before)) - sum(before.values()) >= 56, seconds=PATIENCE_S)
        assert all(sockets_of(pid) - count >= 12 for pid, count in before.items())
    assert server.stop() == 0


def test_t151_thousands_of_idle_connections_leave_the_server_well(start_server: Callable[..., Server]) -> None:
    server = start_server()
    with ExitStack() as stack:
        for number in range(IDLE):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            if number % 2:
                line.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")  # and nothing more for a long time
        for path in ("/healthz", "/login"):
            assert httpx.get(server.url + path, timeout=PATIENCE_S).status_code == 200
        assert server.stop() == 0
