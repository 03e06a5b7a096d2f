"""The device flow RFC 8628."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.protocol.device import (
    ALPHABET,
    DeviceFacts,
    check_poll,
    check_request,
    next_interval,
    polls_too_fast,
    read_user_code,
    user_code,
)
from oauth2system.protocol.errors import OAuthError
from oauth2system.protocol.params import Params, parse_query
from tests.protocol.given import C1, NOW, OFFER, P1, client_with

TV = client_with(P1, grant_types=frozenset({DEVICE_GRANT}), scopes=frozenset({"openid", "email"}))
CALLER = AuthenticatedClient(TV, "none")
PENDING = DeviceFacts(TV.id, NOW + timedelta(minutes=10))
ALLOWED = replace(PENDING, status="allowed")


@given(st.binary(min_size=16, max_size=16))
def test_a_user_code_is_eight_consonants_and_is_read_back_however_it_is_typed(random: bytes) -> None:
    code = user_code(random)
    assert len(code) == 9
    assert set(code) <= {*ALPHABET, "-"}
    for typed in (
        code,
        code.lower(),
        code.replace("-", ""),
        f" {code.replace('-', ' ')} ",
        code.replace("-", "\u2013"),
    ):
        assert read_user_code(typed) == code


def test_a_user_code_needs_enough_randomness() -> None:
    with pytest.raises(ValueError, match="16"):
        user_code(b"short")


@pytest.mark.parametrize("typed", ["", "BCDF", "BCDF-GHJKL", "AEIO-UYAE", "1234-5678", "B" * 1000, "ßßßß-ßßßß"])
def test_what_is_no_code_is_not_looked_up(typed: str) -> None:
    assert read_user_code(typed) is None


@given(st.text())
def test_any_text_is_a_code_or_none(typed: str) -> None:
    found = read_user_code(typed)
    assert found is None or len(found) == 9


def test_a_device_asks_for_scopes_it_may_have() -> None:
    assert check_request(Params({"scope": "email unknown"}), CALLER, OFFER) == {"email"}


@pytest.mark.parametrize(
    ("raw", "caller", "code"),
    [
        (b"scope=profile", CALLER, "invalid_scope"),
        (b"scope=unknown", CALLER, "invalid_scope"),
        (b"", CALLER, "invalid_scope"),
        (b"scope=email&scope=email", CALLER, "invalid_request"),
        (b"scope=email", AuthenticatedClient(C1, "basic"), "unauthorized_client"),
        (b"scope=email", AuthenticatedClient(replace(TV, profile="fapi2"), "none"), "unauthorized_client"),
    ],
)
def test_t080_a_device_gets_no_more_than_it_may(raw: bytes, caller: AuthenticatedClient, code: str) -> None:
    with pytest.raises(OAuthError) as caught:
        check_request(parse_query(raw), caller, OFFER)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("case", "facts", "code"),
    [
        ("unknown", None, "invalid_grant"),
        ("T080 another client polls", replace(ALLOWED, client_id="999"), "invalid_grant"),
        ("T080 second poll after success", replace(ALLOWED, status="used"), "invalid_grant"),
        ("expired", replace(ALLOWED, expires_at=NOW), "expired_token"),
        ("denied", replace(PENDING, status="denied"), "access_denied"),
        ("not decided", PENDING, "authorization_pending"),
        ("T080 too fast", replace(PENDING, polled_at=NOW - timedelta(seconds=2)), "slow_down"),
        ("too fast, though allowed", replace(ALLOWED, polled_at=NOW - timedelta(seconds=2)), "slow_down"),
        ("in time", replace(PENDING, polled_at=NOW - timedelta(seconds=5)), "authorization_pending"),
    ],
)
def test_what_a_poll_is_answered(case: str, facts: DeviceFacts | None, code: str) -> None:
    with pytest.raises(OAuthError) as caught:
        check_poll(facts, CALLER, NOW)
    assert caught.value.code == code, case


def test_an_allowed_code_may_be_redeemed() -> None:
    assert check_poll(replace(ALLOWED, polled_at=NOW - timedelta(seconds=5)), CALLER, NOW).status == "allowed"


def test_slowing_down_lasts() -> None:
    slow = replace(PENDING, interval=next_interval(PENDING), polled_at=NOW - timedelta(seconds=6))
    assert slow.interval == 10
    assert polls_too_fast(slow, NOW)
    assert not polls_too_fast(PENDING, NOW)
