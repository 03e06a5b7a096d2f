"""Refusals: what may be read by whom."""

import re

from hypothesis import given
from hypothesis import strategies as st

from oauth2system.errors import Refusal
from oauth2system.protocol import errors
from oauth2system.protocol.errors import InvalidRequest, OAuthError, Untrusted, public_text


def every_error() -> list[type[OAuthError]]:
    return [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, OAuthError) and one is not OAuthError
    ]


def test_every_error_has_its_own_wire_code() -> None:
    codes = [one.code for one in every_error()]
    assert len(codes) == len(set(codes)) > 30


def test_every_refusal_is_an_answer_that_commits() -> None:
    assert all(issubclass(one, Refusal) for one in [*every_error(), Untrusted])


def test_the_owner_reads_more_than_the_stranger() -> None:
    error = InvalidRequest("Not so.", detail="because", sent="a", registered="b", repair="send b")
    assert error.to_dict() == {"error": "invalid_request", "error_description": "Not so."}
    assert (error.detail, error.sent, error.registered, error.repair) == ("because", "a", "b", "send b")


def test_an_error_without_words_sends_none() -> None:
    assert InvalidRequest().to_dict() == {"error": "invalid_request"}


def test_a_page_keeps_the_wire_code_for_the_record() -> None:
    page = Untrusted("invalid_request", "No.", detail="x")
    assert (page.code, page.description, page.detail, page.status) == ("invalid_request", "No.", "x", 400)


@given(st.text())
def test_t026_a_description_never_leaves_the_allowed_set(text: str) -> None:
    assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]*", InvalidRequest(text).description)


def test_t026_markup_and_line_ends_lose_what_could_split_a_header() -> None:
    assert public_text('a"b\\c\r\nd') == "a'b c d"
