"""What differs between two addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.ui.differences import Differing, compare, name_part

CB = "https://a.example/cb"


@pytest.mark.parametrize(
    ("sent", "registered", "marked", "of"),
    [
        (f"{CB}/", CB, "/", ""),
        ("http://a.example/cb", CB, "", "s"),
        ("https://www.a.example/cb", CB, "www.", ""),
        ("https://a.example/CB", CB, "CB", "cb"),
        ("https://b.example/cb", f"{CB} https://b.example/cbx", "", "x"),
        ("", CB, "", ""),
        (CB, "", "", ""),
    ],
)
def test_the_part_that_differs_is_marked(sent: str, registered: str, marked: str, of: str) -> None:
    found = compare(sent, registered)
    assert (found.sent.middle, found.nearest.middle) == (marked, of)


def test_the_other_addresses_are_named_too() -> None:
    assert compare(f"{CB}x", f"https://x.example/ {CB}").others == "https://x.example/"


@given(st.text("ab:/", max_size=20), st.text("ab:/ ", max_size=40))
def test_nothing_of_either_is_lost(sent: str, registered: str) -> None:
    found = compare(sent, registered)
    assert whole(found.sent) == sent
    shown = f"{whole(found.nearest)} {found.others}"
    assert sorted(set(shown.split())) == sorted(set(registered.split()))


def whole(text: Differing) -> str:
    return text.before + text.middle + text.after


@pytest.mark.parametrize(
    ("sent", "part"),
    [
        ("http://a.example/cb", "scheme"),
        ("https://b.example/cb", "host"),
        ("https://a.example:1/cb", "port"),
        ("https://a.example:x/cb", "host"),
        ("https://a.example/cc", "path"),
        ("https://a.example/cb?x", "query"),
        ("https://a.example/cb/", "slash"),
        ("https://a.example/CB", "case"),
        (CB, ""),
        ("", ""),
    ],
)
def test_the_part_that_differs_has_a_name(sent: str, part: str) -> None:
    assert name_part(sent, CB) == part
