"""A limit stands on everything that a client may send on a connection, or leave open; and answers keep their order."""

import re
import socket
import struct
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest

from oauth2system.policy import lifetimes, quotas
from oauth2system.web.connections import server as web_server
from tests.support.patience import PATIENCE_S
from tests.support.servers.connection_lab import ConnectionLab, connection_lab, read_all
from tests.support.servers.processes import wait_until

LAST = b"GET /whole HTTP/1.1\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def lab() -> Generator[ConnectionLab]:
    """Run one server for most tests of this file."""
    with connection_lab() as running:
        yield running


def statuses(answers: bytes) -> list[int]:
    """Return the statuses of the answers in what came."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d+) ", answers)]


@pytest.mark.parametrize(
    "head",
    [
        b"GET /whole HTTP/1.1\r\nX: " + b"y" * quotas.HEAD_LARGEST + b"\r\n\r\n",
        b"GET /" + b"y" * quotas.HEAD_LARGEST + b" HTTP/1.1\r\n\r\n",
        b"GET /whole HTTP/1.1\r\n" + b"X: y\r\n" * (quotas.HEADERS_OF_A_REQUEST + 1) + b"\r\n",
        b"GET /whole HTTP/1.1\r\nX: " + b"y" * (quotas.HEAD_LARGEST + 70_000),  # and never an end
    ],
)
def test_t150_a_head_that_is_too_large_is_refused(lab: ConnectionLab, head: bytes) -> None:
    for pieces in ([head], [head[at : at + 4000] for at in range(0, len(head), 4000)]):
        answered = len(lab.app.scopes)
        with lab.line() as line:
            for piece in pieces:
                line.sendall(piece)
            assert statuses(read_all(line)) == [431]
        assert len(lab.app.scopes) == answered


def test_a_large_head_of_a_browser_is_read(lab: ConnectionLab) -> None:
    head = LAST[:-2] + b"Cookie: a=" + b"y" * 60_000 + b"\r\n\r\n"
    assert statuses(lab.talk(head)) == [200]


def test_t150_what_comes_after_the_head_is_no_header(lab: ConnectionLab) -> None:
    body = b"3\r\nabc\r\n0\r\nAuthorization: Bearer planted\r\nCookie: planted\r\n\r\n"
    head = b"POST /body HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert lab.talk(head, body).endswith(b"\r\n\r\nabc")
    assert {name for name, _ in lab.app.scopes[-1]["headers"]} == {b"connection", b"transfer-encoding"}


ENDLESS = [b"0\r\n" + b"X: y\r\n" * 70_000, b"0\r\nX: " + b"y" * 400_000, b"3;" + b"x" * 400_000]


@pytest.mark.parametrize("endless", ENDLESS)
def test_t150_trailers_and_chunk_extensions_without_end_are_refused(lab: ConnectionLab, endless: bytes) -> None:
    head = b"POST /body HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert statuses(lab.talk(head, endless)) == [431]


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /body HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /body HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST /body HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET /whole HTTP/1.1\r\nX : y\r\n\r\n",
        b"GET /whole HTTP/1.1\r\nX: y\r\n folded\r\n\r\n",
        b"GET /whole HTTP/1.1\nHost: x\n\n",
        b"GET /wh\xffole HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_two_servers_could_read_in_two_ways_is_no_request(lab: ConnectionLab, request_: bytes) -> None:
    answered = len(lab.app.scopes)
    assert set(statuses(lab.talk(request_))) == {400}
    assert len(lab.app.scopes) <= answered + 1  # a request whose body turned out to be none had begun


def test_answers_keep_the_order_of_their_requests(lab: ConnectionLab) -> None:
    lab.app.answer = (200, [(b"content-length", b"5")], b"whole")
    paths = ["/whole", "/ready", "/pieces", "/ready", "/messages", "/body", "/ready", "/whole", "/ready"]
    sent = b"".join(f"GET {path} HTTP/1.1\r\n\r\n".encode() for path in paths)
    answers = lab.talk(sent, LAST)
    assert statuses(answers) == [200] * (len(paths) + 1)
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers.split(b"HTTP/1.1 ")[1:]]
    pieces = b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    assert bodies == [
        *(b"whole", b"ready", pieces, b"ready", b"whole", b"", b"ready", b"whole", b"ready"),
        b"whole",
    ]


def test_thousands_of_requests_may_wait_behind_a_slow_one(lab: ConnectionLab) -> None:
    lab.in_loop(lab.app.release.clear)
    many = 5000
    with lab.line(b"GET /slow HTTP/1.1\r\n\r\n" + b"GET /ready HTTP/1.1\r\n\r\n" * many) as line:
        sender = threading.Thread(target=line.sendall, args=(LAST,))
        sender.start()
        time.sleep(0.2)
        lab.in_loop(lab.app.release.set)
        answers = read_all(line)
        sender.join(10)
    assert statuses(answers) == [200] * (many + 2)


def test_what_is_no_request_is_refused_after_the_answers_before_it(lab: ConnectionLab) -> None:
    answers = lab.talk(b"GET /ready HTTP/1.1\r\n\r\nnonsense\r\n\r\n")
    assert statuses(answers) == [200, 400]


@pytest.mark.parametrize("path", ["/slow", "/body"])
def test_who_works_on_an_answer_sees_a_refused_connection_as_closed(
    lab: ConnectionLab, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    lab.in_loop(lab.app.release.clear)
    answered = len(lab.app.scopes)
    head = f"POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    waiting = b"3\r\nabc\r\n"
    with lab.line(head, waiting) as line:
        assert wait_until(lambda: len(lab.app.scopes) > answered, seconds=PATIENCE_S)
        line.sendall(b"nonsense\r\n")
        assert statuses(read_all(line)) == [400]
        lab.in_loop(lab.app.release.set)
    assert wait_until(lambda: lab.in_loop(lambda: not lab.server.server_state.tasks), seconds=PATIENCE_S)
    assert "Exception in ASGI application" not in caplog.text


def test_an_answer_reaches_a_client_that_is_still_sending(lab: ConnectionLab) -> None:
    head = b"POST /whole HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n"
    with lab.line(head) as line:
        for _ in range(40):
            line.sendall(b"x" * 65536)
        answer = read_all(line)
    assert statuses(answer) == [200]
    assert b"connection: close" in answer


def test_another_protocol_is_answered_by_this_one(lab: ConnectionLab) -> None:
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    assert statuses(lab.talk(b"GET /whole HTTP/1.1\r\n" + wish)) == [200]


def test_t151_a_connection_that_waits_for_too_long_is_overdue(lab: ConnectionLab) -> None:
    longest = lifetimes.CONNECTION_IDLE.total_seconds()

    def overdue() -> list[bool]:
        at = lab.loop.time()
        states: list[Any] = list(lab.server.server_state.connections)
        return [one.is_overdue(at + seconds) for one in states for seconds in (longest - 10, longest + 10)]

    lab.in_loop(lab.app.release.clear)
    for begun in (b"", b"GET /whole HTTP/1.1\r\nX: ", LAST.replace(b"close", b"keep-alive")):
        with lab.line(begun) as line:
            if begun.startswith(b"GET /whole HTTP/1.1\r\nC"):
                assert line.recv(10)
            assert wait_until(lambda: bool(lab.connections()), seconds=PATIENCE_S)
            assert lab.in_loop(overdue) == [False, True], begun
        assert wait_until(lambda: not lab.connections(), seconds=PATIENCE_S)
    with lab.line(b"GET /slow HTTP/1.1\r\n\r\n") as line:
        assert wait_until(lambda: lab.app.scopes[-1]["path"] == "/slow", seconds=PATIENCE_S)
        assert lab.in_loop(overdue) == [False, False]  # we work on it
        lab.in_loop(lab.app.release.set)
        assert line.recv(10)


def test_t151_what_is_overdue_is_ended(lab: ConnectionLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetimes, "CONNECTION_IDLE", lifetimes.Lifetime(seconds=0.1))
    with lab.line(b"GET /whole HTTP/1.1\r\n") as line:
        time.sleep(0.3)
        lab.in_loop(lambda: lab.server.server_state.watch(lab.loop))
        assert line.recv(10) == b""


def test_t151_a_client_that_reads_is_waited_for_and_one_that_does_not_is_not(lab: ConnectionLab) -> None:
    lab.app.answer = (200, [(b"content-length", b"20000000")], b"x" * 20_000_000)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", lab.port))
        line.settimeout(10)
        line.sendall(LAST.replace(b"close", b"keep-alive"))
        assert line.recv(1000)
        [connection] = lab.connections()
        at = lab.in_loop(lab.loop.time)
        longest = lifetimes.CONNECTION_IDLE.total_seconds()
        looks = iter(range(1, 10))

        def look() -> bool:
            return lab.in_loop(lambda: connection.is_overdue(at + next(looks) * longest * 0.9))

        assert not look()
        for _ in range(2000):
            line.recv(4096)
        time.sleep(0.2)
        assert not look()  # it read in between
        assert look() or look()  # it read no more
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    lab.app.answer = (200, [(b"content-length", b"2")], b"ok")


def test_t151_one_address_takes_a_quarter_of_the_connections_at_most() -> None:
    with connection_lab(most=40) as lab, ExitStack() as lines:
        for _ in range(10):
            lines.enter_context(lab.line())
        assert wait_until(lambda: len(lab.connections()) == 10, seconds=PATIENCE_S)
        assert ended_at_once(lab)
        lab.app.proxy = "127.0.0.1"  # a proxy connects for everybody
        for _ in range(30):
            lines.enter_context(lab.line())
        assert wait_until(lambda: len(lab.connections()) == 40, seconds=PATIENCE_S)
        assert ended_at_once(lab)
        lines.close()
        assert wait_until(lambda: not lab.connections(), seconds=PATIENCE_S)
        assert lab.in_loop(lambda: sum(lab.server.server_state.counts.values())) == 0
        assert statuses(lab.talk(LAST)) == [200]


def ended_at_once(lab: ConnectionLab) -> bool:
    """Return whether a new connection is ended without a word."""
    with lab.line() as line:
        try:
            return line.recv(10) == b""
        except ConnectionResetError:
            return True


def test_a_stop_finishes_what_was_asked_and_waits_for_nothing_else() -> None:
    with connection_lab() as lab:
        idle = lab.line(LAST.replace(b"close", b"keep-alive"))
        assert idle.recv(1000)
        half = lab.line(b"GET /whole HTTP/1.1\r\nX: ")
        slow = lab.line(b"GET /slow HTTP/1.1\r\n\r\n")
        assert wait_until(lambda: lab.app.scopes[-1]["path"] == "/slow", seconds=PATIENCE_S)
        lab.stop()
        assert read_all(idle) == read_all(half) == b""
        lab.loop.call_soon_threadsafe(lab.app.release.set)
        answer = read_all(slow)
        assert statuses(answer) == [200]
        assert b"connection: close" in answer
        assert lab.ends == [web_server.GRACE_S + web_server.END_S]
        for line in (idle, half, slow):
            line.close()
