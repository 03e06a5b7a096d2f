"""How strong a sign-in was, from what was proved."""

import pytest

from oauth2system.protocol.tokens import acr


@pytest.mark.parametrize(
    ("proved", "reached", "named"),
    [
        ("pwd", ("1",), "1"),
        ("pwd otp mfa", ("1", "2"), "2"),
        ("pwd swk mfa", ("1", "2", "phr"), "2"),
        ("hwk user mfa", ("1", "2", "phr"), "2"),
        ("", ("1",), "1"),
    ],
)
def test_a_level_is_reached_by_what_was_proved(proved: str, reached: tuple[str, ...], named: str) -> None:
    assert acr.list_reached(proved.split()) == reached
    assert acr.name_level(proved.split()) == named


def test_the_level_that_was_asked_for_is_named_where_it_was_reached() -> None:
    passkey = ("swk", "user", "mfa")
    assert acr.name_level(passkey, ("gold", "phr", "1")) == "phr"
    assert acr.name_level(passkey, ("1",)) == "1"
    assert acr.name_level(("pwd",), ("phr", "2")) == "1", "a token never names more than was proved"
