"""A whole answer is, byte for byte, what the server's own way sends."""

import re
from collections.abc import Generator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth2system.web.connections.whole_answers import encode_head
from tests.support.servers.connection_lab import ConnectionLab, connection_lab

NAMES = st.sampled_from([b"content-type", b"Set-Cookie", b"location", b"x-frame-options", b"ETag", b"vary"])
VALUES = st.binary(max_size=30).map(lambda value: re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", value))
CLOSING = "HTTP/1.1\r\nConnection: close\r\n\r\n"
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)


@pytest.fixture(scope="module")
def lab() -> Generator[ConnectionLab]:
    """Run one server for all tests of this file."""
    with connection_lab() as running:
        yield running


@settings(deadline=None, max_examples=60)
@given(
    status=st.sampled_from([200, 204, 303, 304, 400, 401, 404, 429, 500, 503]),
    headers=HEADERS,
    body=st.binary(max_size=200),
    how=st.tuples(st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]), st.sampled_from([CLOSING, "HTTP/1.0\r\n\r\n"])),
)
def test_a_whole_answer_is_what_its_messages_are(
    lab: ConnectionLab, status: int, headers: list[tuple[bytes, bytes]], body: bytes, how: tuple[str, str]
) -> None:
    method, ending = how
    bodiless = status in {204, 304}
    sent = b"" if bodiless or method == "HEAD" else body
    length = [] if bodiless else [(b"content-length", str(len(body)).encode())]
    lab.app.answer = (status, [*headers, *length], sent)
    ways = [lab.talk(f"{method} {path} {ending}".encode()) for path in ("/whole", "/messages")]
    assert ways[0] == ways[1]
    assert ways[0].startswith(f"HTTP/1.1 {status} ".encode())


def test_a_connection_that_stays_sends_the_same_in_both_ways(lab: ConnectionLab) -> None:
    lab.app.answer = (200, [(b"etag", b'"1"'), (b"content-length", b"2")], b"ok")
    last = b"GET /whole HTTP/1.1\r\nConnection: close\r\n\r\n"
    ways = [lab.talk(f"GET {path} HTTP/1.1\r\n\r\n".encode(), last) for path in ("/whole", "/messages")]
    assert ways[0] == ways[1]
    assert ways[0].count(b"HTTP/1.1 200 OK") == 2
    assert ways[0].count(b"connection: close") == 1


@given(
    name=st.sampled_from([b"location", b"x y", b"a:b", b"", b"x\r\nset-cookie"]),
    value=st.binary(max_size=20),
)
def test_no_header_can_begin_a_line_of_its_own(name: bytes, value: bytes) -> None:
    good = name == b"location" and not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value)
    if good:
        assert encode_head(200, [(name, value)]) == b"HTTP/1.1 200 OK\r\nlocation: " + value + b"\r\n\r\n"
    else:
        with pytest.raises(ValueError, match="header"):
            encode_head(200, [(name, value)])


def test_an_answer_with_a_bad_header_is_an_error_and_nothing_of_it_leaves(lab: ConnectionLab) -> None:
    lab.app.answer = (200, [(b"location", b"/\r\nset-cookie: a=1")], b"")
    answer = lab.talk(b"GET /whole HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"set-cookie" not in answer
