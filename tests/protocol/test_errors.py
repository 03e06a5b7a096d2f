"""Refusals: what may be read by whom."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.errors import Refusal
from oauth2system.i18n import _
from oauth2system.protocol import errors
from oauth2system.protocol.errors import InvalidRequest, OAuthError, Untrusted, public_text
from oauth2system.protocol.reasons.faults import JwtFault
from oauth2system.protocol.reasons.reason import Entry, Finding, Reason
from tests.support.in_process.catalogues import translate

ALLOWED = r"[\x20\x21\x23-\x5b\x5d-\x7e]*"


class Made(Reason):
    """Reasons of this test alone."""

    TWO_VOICES = Entry("invalid_request", "here", "Not so, {name}.", "Send {registered}.", owner="It was {sent}.")
    ONE_VOICE = Entry("invalid_request", "here", "{text}", "Send another.")
    WITH_PROBLEM = Entry("invalid_request", "here", "It was refused.", "Make a new one.", owner="Refused: {problem}")


def every_error() -> list[type[OAuthError]]:
    return [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, OAuthError) and one is not OAuthError
    ]


def test_every_error_has_its_own_wire_code() -> None:
    codes = [one.code for one in every_error()]
    assert len(codes) == len(set(codes)) > 25


def test_every_refusal_is_an_answer_that_commits() -> None:
    assert all(issubclass(one, Refusal) for one in [*every_error(), Untrusted])


def test_the_owner_reads_more_than_the_stranger() -> None:
    error = InvalidRequest(Made.TWO_VOICES, sent="a", registered="b", name="Ada")
    assert error.to_dict() == {"error": "invalid_request", "error_description": "Not so, Ada."}
    assert (error.detail, error.sent, error.registered, error.repair) == ("It was a.", "a", "b", "Send b.")
    assert str(error) == "Not so, Ada."


def test_what_everybody_reads_stands_in_where_the_owner_reads_no_more() -> None:
    assert InvalidRequest(Made.ONE_VOICE, text="No.").detail == "No."


def test_a_page_keeps_the_wire_code_for_the_record() -> None:
    page = Untrusted(Made.TWO_VOICES, sent="a", name="Ada")
    assert (page.code, page.description, page.detail, page.status) == (
        "invalid_request",
        "Not so, Ada.",
        "It was a.",
        400,
    )


def test_a_refusal_can_go_to_a_page_instead() -> None:
    page = InvalidRequest(Made.TWO_VOICES, sent="a", registered="b", name="Ada").on_page()
    assert (page.description, page.detail, page.repair) == ("Not so, Ada.", "It was a.", "Send b.")


def test_an_app_that_asks_itself_reads_what_its_owner_would() -> None:
    error = Untrusted(Made.TWO_VOICES, sent="a", registered="b", name="Ada").to_app()
    assert error.to_dict() == {"error": "invalid_request", "error_description": "It was a."}
    assert (error.detail, error.repair) == ("It was a.", "Send b.")


def test_a_fault_completes_the_sentence_and_its_own_repair_comes_first() -> None:
    late = InvalidRequest(Made.WITH_PROBLEM, problem=Finding(JwtFault.CLAIM_NOT_DATE, (("name", "exp"),)))
    assert (late.description, late.detail) == ("It was refused.", "Refused: exp is not a date.")
    assert late.repair == "Write exp as a number of seconds since 1970."
    assert InvalidRequest(Made.WITH_PROBLEM, problem=Finding(JwtFault.SIGNATURE_WRONG)).repair == "Make a new one."


def test_a_refusal_within_another_is_said_by_both() -> None:
    inner = InvalidRequest(Made.ONE_VOICE, text="Too long.")
    outer = InvalidRequest(Made.WITH_PROBLEM, problem=inner.finding)
    assert (outer.detail, outer.repair) == ("Refused: Too long.", "Send another.")


def test_words_are_made_for_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    translate(monkeypatch, {"Not so, {name}.": "Nicht so, {name}, „bitte“."})
    error = Untrusted(Made.TWO_VOICES, name="Ada")
    assert _(error.message) == "Nicht so, Ada, „bitte“."
    assert error.description == "Not so, Ada."


def test_nothing_is_said_before_somebody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "as_message", None)
    assert InvalidRequest(Made.ONE_VOICE, text="No.").reason is Made.ONE_VOICE


@given(st.text())
def test_t026_a_description_never_leaves_the_allowed_set(text: str) -> None:
    assert re.fullmatch(ALLOWED, InvalidRequest(Made.ONE_VOICE, text=text).description)


def test_t026_markup_and_line_ends_lose_what_could_split_a_header() -> None:
    assert public_text('a"b\\c\r\nd') == "a'b c d"
