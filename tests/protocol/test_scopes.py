"""Scopes."""

import pytest

from oauth2system.protocol import scopes
from oauth2system.protocol.errors import InvalidScope


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("identify email", {"identify", "email"}),
        ("identify+email", {"identify", "email"}),
        ("identify%2Bemail", {"identify", "email"}),
        ("identify%2bemail", {"identify", "email"}),
        ("identify%20email", {"identify", "email"}),
        (" identify  identify ", {"identify"}),
        ("", set[str]()),
        (None, set[str]()),
        ("x" * 3000, set[str]()),
    ],
)
def test_the_simple_flow_takes_every_separator_seen_in_the_wild(text: str | None, found: set[str]) -> None:
    assert scopes.parse_simple(text) == found


def test_the_standard_flow_takes_spaces_alone() -> None:
    assert scopes.parse("a+b c") == {"a+b", "c"}
    assert scopes.parse(None) == frozenset()


@pytest.mark.parametrize("text", [" ", 'a"b', "a\\b", "a\tb", "a\nb", "ä", "x" * 3000])
def test_a_malformed_scope_is_refused(text: str) -> None:
    with pytest.raises(InvalidScope):
        scopes.parse(text)


def test_scopes_are_written_in_one_order() -> None:
    assert scopes.write({"zeta", "email", "openid", "alpha"}) == "openid email alpha zeta"


def test_the_consent_page_lists_what_the_catalogue_knows() -> None:
    assert [one.name for one in scopes.list_in_order({"email", "identify", "unknown"})] == ["identify", "email"]


def test_scopes_release_their_claims_and_no_others() -> None:
    assert scopes.claims_of({"openid", "email", "unknown"}) == {"sub", "email", "email_verified"}


def test_what_a_row_keeps_is_read_back() -> None:
    assert scopes.read(scopes.write({"email", "openid"})) == {"email", "openid"}
    assert scopes.read("") == frozenset()


@pytest.mark.parametrize(
    ("allowed", "optional"),
    [
        ({"openid", "profile", "email"}, {"profile", "email"}),
        ({"identify", "email"}, {"email"}),
        ({"openid"}, set[str]()),
        ({"email"}, set[str]()),
        ({"profile", "email"}, set[str]()),
    ],
)
def test_a_person_can_take_back_whatever_leaves_an_app_something(allowed: set[str], optional: set[str]) -> None:
    assert scopes.keep_optional(frozenset(allowed)) == optional


@pytest.mark.parametrize(
    ("wanted", "marked", "optional"),
    [
        ("identify email", "email", "email"),
        ("identify email", "identify email", "email"),
        ("openid profile offline_access", "profile openid offline_access", "offline_access"),
        ("identify", "email", ""),
        ("email", "email", ""),
        ("identify email", "", ""),
    ],
)
def test_an_app_cannot_call_optional_who_signs_in_nor_all_that_it_asks_for(
    wanted: str, marked: str, optional: str
) -> None:
    found = scopes.list_optional(frozenset(wanted.split()), frozenset(marked.split()))
    assert found == frozenset(optional.split())
