"""Authentication methods, in the values of RFC 8176 §2."""

import pytest

from oauth2system.protocol.tokens import amr


@pytest.mark.parametrize(
    ("proved", "kept"),
    [
        (("pwd",), "pwd"),
        (("pwd", amr.CODE), "pwd otp mfa"),
        (("pwd", "pwd"), "pwd"),
        (("pwd otp mfa", "otp"), "pwd otp mfa"),
        (("swk user mfa",), "swk user mfa"),
        (("hwk mfa",), "hwk mfa"),
        (("hwk",), "hwk"),
        ((), ""),
    ],
)
def test_methods_are_named_once_and_several_are_said_to_be_several(proved: tuple[str, ...], kept: str) -> None:
    assert amr.join(*proved) == kept
