"""How answers travel."""

import pytest

from oauth2system.protocol.authorization.response import FormPost, Redirect, build, encode, origin_of, with_query


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://a/cb", "https://a/cb?x=1"),
        ("https://a/cb?", "https://a/cb?x=1"),
        ("https://a/cb?a=1", "https://a/cb?a=1&x=1"),
        ("https://a/cb?a=1&", "https://a/cb?a=1&x=1"),
        ("com.example.app:/cb", "com.example.app:/cb?x=1"),
    ],
)
def test_a_registered_query_is_kept(uri: str, expected: str) -> None:
    assert with_query(uri, {"x": "1"}) == expected


def test_nothing_to_add_changes_nothing() -> None:
    assert with_query("https://a/cb?a=1", {}) == "https://a/cb?a=1"


def test_values_are_escaped_so_that_every_reader_agrees() -> None:
    assert encode({"state": "a b&c=d%é\r\n"}) == "state=a%20b%26c%3Dd%25%C3%A9%0D%0A"


def test_each_mode_builds_its_own_answer() -> None:
    assert build("https://a/cb", "query", {"x": "1"}) == Redirect("https://a/cb?x=1")
    assert build("https://a/cb?q=2", "fragment", {"x": "1"}) == Redirect("https://a/cb?q=2#x=1")
    assert build("https://a/cb", "form_post", {"x": "1"}) == FormPost("https://a/cb", (("x", "1"),))


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://a.example:8443/cb?x", "https://a.example:8443"),
        ("http://[::1]:9/cb", "http://[::1]:9"),
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_a_content_security_policy_gets_the_origin(uri: str, origin: str) -> None:
    assert origin_of(uri) == origin
