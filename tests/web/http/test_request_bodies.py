"""A body is read to its end, and not one message further."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.web.http.message import Header, Request, TooLarge

LENGTH, CHUNKED = b"content-length", (b"transfer-encoding", b"chunked")
pieces = st.lists(st.binary(max_size=40), max_size=5)


def read(headers: list[Header], messages: list[dict[str, Any]], limit: int = 1000) -> tuple[bytes, int]:
    """Return the body, and how many messages were not asked for."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    scope = {"method": "POST", "path": "/", "headers": headers}
    return asyncio.run(Request(scope, receive).body(limit)), len(left)


def with_an_end(sent: list[bytes]) -> list[dict[str, Any]]:
    """Return messages of which only the last, an empty one, says that nothing follows, as some servers send them."""
    filled = [{"type": "http.request", "body": piece, "more_body": True} for piece in sent]
    return [*filled, {"type": "http.request", "body": b"", "more_body": False}]


@given(sent=pieces.filter(lambda sent: bool(sent) and bool(sent[-1])))
def test_a_body_of_a_known_size_is_whole_without_its_last_message(sent: list[bytes]) -> None:
    whole = b"".join(sent)
    assert read([(LENGTH, str(len(whole)).encode())], with_an_end(sent)) == (whole, 1)


@given(
    sent=pieces,
    headers=st.sampled_from([
        [],
        [CHUNKED],
        [CHUNKED, (LENGTH, b"3")],
        [(LENGTH, b"3"), CHUNKED],
        [(LENGTH, b"3"), (LENGTH, b"5")],
        [(LENGTH, b"0")],
        [(LENGTH, b"three")],
        [(LENGTH, "\u00b2".encode("latin-1"))],
    ]),
)  # fmt: skip
def test_a_body_whose_size_is_not_known_for_certain_ends_with_its_last_message(
    sent: list[bytes], headers: list[Header]
) -> None:
    assert read(headers, with_an_end(sent)) == (b"".join(sent), 0)


@given(sent=pieces, declared=st.integers(0, 300))
def test_nothing_that_came_is_cut_whatever_size_was_declared(sent: list[bytes], declared: int) -> None:
    body, _left = read([(LENGTH, str(declared).encode())], with_an_end(sent))
    whole = b"".join(sent)
    assert body == whole or (len(body) == declared and whole.startswith(body))


def test_a_body_that_is_larger_than_it_said_is_refused_at_the_limit() -> None:
    sent = with_an_end([b"x" * 8, b"x" * 8])
    with pytest.raises(TooLarge):
        read([(LENGTH, b"9")], sent, limit=10)


def test_a_body_that_breaks_off_is_no_body() -> None:
    sent = [{"type": "http.request", "body": b"abc", "more_body": True}, {"type": "http.disconnect"}]
    with pytest.raises(ConnectionResetError):
        read([(LENGTH, b"4")], sent)
