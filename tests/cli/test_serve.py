"""The real server, from its first line to its last: how it starts, refuses to, survives and leaves."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest

from oauth2system.cli.supervisor import HANGS_AFTER_S
from tests.support.browsers.event_socket import Tab
from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port, wait_until
from tests.support.servers.server import Server

Start = Callable[..., Server]
MOST_MIB = 125
MOST_ABOVE_MIB = 8


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family(pid: int) -> list[int]:
    return [pid, *(one for child in children(pid) for one in family(child))]


def answers(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def pss_mib(pid: int, kind: str = "Pss") -> float:
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(rf"^{kind}:\s+(\d+) kB", told, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def refused(server: Server, *arguments: str) -> str:
    """Serve, and return the one line with which that was refused."""
    done = server.run("serve", *arguments)
    assert done.returncode == 1
    complaints = [line for line in done.stderr.splitlines() if line.startswith("oauth2system: ")]
    assert len(complaints) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return complaints[0]


@pytest.fixture(scope="module")
def running(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """Run a server for the tests that only look at it."""
    del pages
    server = Server(tmp_path_factory.mktemp("serve") / "var")
    yield server.start()
    server.stop()


@pytest.fixture
def server(pages: Path, tmp_path: Path) -> Server:
    del pages
    return Server(tmp_path / "var")


def test_it_says_in_one_line_where_it_listens_once_it_answers(running: Server) -> None:
    assert wait_until(lambda: "is ready" in running.log, seconds=PATIENCE_S)
    [line] = [line for line in running.log.splitlines() if "is ready" in line]
    place = f"listening on 127.0.0.1 port {running.port}, event loop uvloop"
    assert line == f"Oauth2System is ready at {running.url} ({place})"


def test_without_uvloop_it_serves_on_the_loop_of_python_and_ends_as_gently(server: Server, tmp_path: Path) -> None:
    (tmp_path / "uvloop.py").write_text("raise ImportError")
    server.variables["PYTHONPATH"] = str(tmp_path)
    server.start()
    try:
        assert wait_until(lambda: "event loop asyncio)" in server.log, seconds=PATIENCE_S)
        assert answers(server)
    finally:
        assert server.stop() == 0
    assert "Traceback" not in server.log


def test_the_set_up_link_is_printed_until_somebody_administers(start_server: Start) -> None:
    server = start_server()
    [link] = re.findall(r"http://\S+/setup\?token=\S+", server.log)
    assert link.startswith(server.url)
    assert server.stop() == 0
    server.ask("user", "create", "ada", "--email", "ada@example.org", "--confirmed", "--admin")
    before = len(server.log)
    server.start()
    assert "/setup?token=" not in server.log[before:]


def test_what_it_makes_on_disk_is_nobody_elses_business(running: Server) -> None:
    modes = {path.name: oct(path.stat().st_mode & 0o077) for path in (running.var, *running.var.rglob("*"))}
    assert {"var", "oauth2system.db", "secret_key"} <= set(modes)
    assert set(modes.values()) == {"0o0"}


def test_the_whole_service_at_rest_is_small(start_server: Start) -> None:
    server = start_server()
    for path in ("/", "/login", "/healthz", "/api/user"):
        httpx.get(server.url + path)
    with Tab(server.url) as tab:
        tab.hydrate("/login")
    time.sleep(1)
    members = family(server.pid)
    assert len(members) == 2
    total = sum(pss_mib(pid) for pid in members)
    print(f"PSS of {len(members)} processes: {total:.0f} MiB")  # noqa: T201  (shown with -s)
    assert total <= MOST_MIB


def test_the_process_above_the_workers_loads_what_it_needs_itself(running: Server) -> None:
    mapped = Path(f"/proc/{running.pid}/maps").read_text()
    assert "_multiprocessing" in mapped
    assert not re.search(r"_ssl|_asyncio|httptools|uvloop|sqlalchemy|psycopg|cryptography|orjson", mapped)
    assert pss_mib(running.pid, "Pss_Anon") < MOST_ABOVE_MIB


def test_t149_a_dangerous_configuration_does_not_start(server: Server) -> None:
    assert "Redis" in refused(server, "--workers", "2")
    server.settings = {"PUBLIC_URL": "https://id.example.org"}
    assert "mail server" in refused(server)
    server.settings = {"PUBLIC_URL": "http://id.example.org"}
    assert "https://" in refused(server)
    server.settings = {"SECRET_KEY": "a" * 64}
    assert "guessed" in refused(server)
    server.settings = {}
    server.ask("user", "list")
    (server.var / "secret_key").chmod(0o644)
    assert "chmod 600" in refused(server)


def test_t149_the_environment_cannot_reopen_what_reflex_leaves_open(
    start_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Server.environment

    def hostile(server: Server) -> dict[str, str]:
        return {
            **plain(server),
            "REFLEX_CORS_ALLOWED_ORIGINS": "*",
            "REFLEX_ENV_MODE": "dev",
            "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "evil.example",
        }

    monkeypatch.setattr(Server, "environment", hostile)
    server = start_server()
    assert "ignored" in server.log
    answer = httpx.get(server.url + "/", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert "evil.example" not in answer.text


def test_a_taken_port_is_one_line(server: Server) -> None:
    with socket.socket() as other:
        # As lenient as can be: a second server of ours would otherwise share the port in silence.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", server.port))
        other.listen()
        assert "taken" in refused(server, "--port", str(server.port))


@pytest.mark.parametrize("arguments", [("--port", "70000"), ("--host", "256.1.1.1"), ("--host", "192.0.2.1")])
def test_an_address_that_cannot_be_listened_on_is_one_line(server: Server, arguments: tuple[str, ...]) -> None:
    refused(server, *arguments)


def test_t164_a_database_of_a_newer_version_is_one_line(server: Server) -> None:
    server.ask("user", "list")
    server.settings = {"DATABASE_URL": f"sqlite:///{server.var / 'other.db'}"}
    code = "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('create table users (id)'); d.commit()"
    subprocess.run(["python3", "-c", code, str(server.var / "other.db")], check=True)
    assert "part of our tables" in refused(server)


def test_host_and_port_are_options_too(start_server: Start) -> None:
    port = free_port()
    server = start_server("--host", "localhost", "--port", str(port), port=port)
    assert httpx.get(f"http://localhost:{port}/healthz").json() == {"status": "ok"}
    assert server.stop() == 0


def test_an_open_page_and_an_idle_connection_do_not_hold_it_up(start_server: Start) -> None:
    server = start_server()
    tab = Tab(server.url).hydrate("/login")
    idle = socket.create_connection(("127.0.0.1", server.port))
    half = socket.create_connection(("127.0.0.1", server.port))
    half.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
    members = family(server.pid)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 8
    assert not any(is_there(pid) for pid in members)
    for line in (idle, half):
        line.close()
    tab.close()


def test_requests_in_flight_are_answered_before_it_goes(start_server: Start) -> None:
    server = start_server()
    body = b"login=nobody&password=not+the+right+one"
    head = (
        f"POST /session HTTP/1.1\r\nHost: localhost:{server.port}\r\nOrigin: {server.url}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.settimeout(PATIENCE_S)
        line.sendall(head.encode() + body[:10])
        time.sleep(0.3)
        os.kill(server.pid, signal.SIGTERM)
        time.sleep(0.5)
        line.sendall(body[10:])
        assert line.recv(100).startswith(b"HTTP/1.1 303")
    assert server.stop() == 0


def test_a_worker_that_dies_is_replaced(start_server: Start) -> None:
    server = start_server()
    [worker] = children(server.pid)
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: bool(set(children(server.pid)) - {worker}), seconds=PATIENCE_S)
    assert wait_until(lambda: answers(server), seconds=PATIENCE_S)
    assert '"event": "worker.ended"' in server.log


def test_a_worker_that_dies_while_it_is_asked_whether_it_lives_is_replaced_at_once(start_server: Start) -> None:
    server = start_server()
    [worker] = children(server.pid)
    os.kill(worker, signal.SIGSTOP)
    time.sleep(1.5)  # the process above asks twice a second, and gets no answer now
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: '"event": "worker.ended"' in server.log, seconds=HANGS_AFTER_S / 2)


def test_no_worker_outlives_the_process_above_it(start_server: Start) -> None:
    server = start_server()
    [worker] = children(server.pid)
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: not is_there(worker), seconds=PATIENCE_S)


def test_hangup_replaces_the_workers(start_server: Start) -> None:
    server = start_server()
    [worker] = children(server.pid)
    os.kill(server.pid, signal.SIGHUP)
    # On a busy machine the fresh worker may listen a moment after the old one has stopped.
    assert wait_until(
        lambda: children(server.pid) not in ([worker], []) and worker not in children(server.pid), seconds=40
    )
    assert wait_until(lambda: answers(server), seconds=40)


def test_everything_it_logs_is_one_line_of_json(start_server: Start) -> None:
    server = start_server()
    httpx.get(f"{server.url}/nowhere")
    httpx.post(f"{server.url}/session", data={"login": "x"}, headers={"Origin": "https://evil.example"})
    os.kill(children(server.pid)[0], signal.SIGKILL)
    assert wait_until(lambda: "worker.ended" in server.log, seconds=PATIENCE_S)
    logged = [line for line in server.log.splitlines() if line.startswith("{")]
    assert logged
    for line in logged:
        assert {"at", "event"} <= set(json.loads(line))
    assert "Traceback" not in server.log
