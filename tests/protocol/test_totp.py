"""Codes of authenticator apps, against the values that RFC 6238 gives."""

import base64

import pytest

from oauth2system.protocol import totp

SEED = base64.b32encode(b"12345678901234567890").decode()
# RFC 6238 appendix B for SHA-1, the last six of its eight digits.
VALUES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("now_s", "code"), VALUES)
def test_the_codes_are_those_of_the_standard(now_s: int, code: str) -> None:
    assert totp.find_step(SEED, code, now_s) == now_s // 30


@pytest.mark.parametrize(("away_s", "counts"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_counts_one_step_early_or_late(away_s: int, counts: bool) -> None:
    step = totp.find_step(SEED, "005924", 1234567890 + away_s)
    assert step == (1234567890 // 30 if counts else None)


def test_the_seed_is_as_long_as_the_standard_wants_it() -> None:
    assert totp.SEED_BYTES * 8 >= 160


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("005924", "005924"),
        (" 005 924 ", "005924"),
        ("005-924", "005924"),
        ("\uff10\uff10\uff15\uff19\uff12\uff14", "005924"),
        ("00592", None),
        ("0059244", None),
        ("", None),
        ("00592a", None),
        ("\u0660" * 6, None),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str, read: str | None) -> None:
    assert totp.clean(typed) == read


def test_the_address_names_this_server_and_the_account() -> None:
    address = totp.write_address(SEED, "id.example.org", "ada")
    assert address.startswith("otpauth://totp/id.example.org:ada?secret=")
    assert "issuer=id.example.org" in address
