"""PKCE RFC 7636."""

import pytest

from oauth2system.protocol.authorization import pkce
from oauth2system.protocol.errors import InvalidGrant, InvalidRequest
from tests.protocol.given import CHALLENGE, VERIFIER


def test_the_example_of_the_rfc_holds() -> None:
    assert pkce.s256(VERIFIER) == CHALLENGE
    pkce.check_verifier(CHALLENGE, VERIFIER)


def test_t027_t033_a_missing_challenge_is_refused_where_it_is_required() -> None:
    with pytest.raises(InvalidRequest):
        pkce.check_challenge(None, None, required=True)


def test_a_missing_challenge_is_fine_where_it_is_not_required() -> None:
    assert pkce.check_challenge(None, None, required=False) is None
    pkce.check_verifier(None, None)


@pytest.mark.parametrize("method", ["plain", None, "S512", "s256", ""])
def test_t030_only_s256_is_a_method(method: str | None) -> None:
    with pytest.raises(InvalidRequest):
        pkce.check_challenge(CHALLENGE, method, required=True)


def test_a_method_without_a_challenge_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        pkce.check_challenge(None, "S256", required=False)


@pytest.mark.parametrize("challenge", ["a" * 42, "a" * 129, "a" * 42 + "=", "a" * 42 + "+", "ä" * 43, CHALLENGE + "\n"])
def test_t031_a_malformed_challenge_is_refused(challenge: str) -> None:
    with pytest.raises(InvalidRequest):
        pkce.check_challenge(challenge, "S256", required=True)


@pytest.mark.parametrize("verifier", [None, "a" * 42, "a" * 129, VERIFIER + "\n", "ä" * 43, VERIFIER[:-1] + "l"])
def test_t028_t031_t032_a_missing_malformed_or_foreign_verifier_is_invalid_grant(verifier: str | None) -> None:
    with pytest.raises(InvalidGrant):
        pkce.check_verifier(CHALLENGE, verifier)


def test_t029_a_verifier_nobody_asked_for_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        pkce.check_verifier(None, VERIFIER)
