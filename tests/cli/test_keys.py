"""`keys rotate`, and what `check` says of keys that cannot be opened."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from oauth2system.policy import lifetimes
from oauth2system.services.keys import signing_keys
from tests.cli.conftest import Command


def test_keys_are_published_now_and_sign_later(command: Command) -> None:
    first = command("keys", "rotate", "--json").json
    assert [key["alg"] for key in first] == list(signing_keys.ALGS)
    again = command("keys", "rotate", "--json").json
    assert {key["kid"] for key in again} == {key["kid"] for key in first}  # they wait already
    soonest = datetime.now(UTC) + lifetimes.KEY_PUBLISHED_BEFORE - timedelta(minutes=1)
    assert all(datetime.fromisoformat(key["signs_from"]) > soonest for key in again)
    told = command("keys", "rotate")
    assert told.code == 0
    assert "RS256 signs with" in told.out


def test_one_algorithm_rotates_alone_when_it_is_named(command: Command) -> None:
    made = command("keys", "rotate", "--alg", "RS256", "ES256", "--json").json
    assert [key["alg"] for key in made] == ["RS256", "ES256"]
    assert command("keys", "rotate", "--alg", "HS256").code == 2


def test_keys_that_leaked_are_replaced_at_once(command: Command) -> None:
    command("keys", "rotate")
    made = command("keys", "rotate", "--at-once", "--json").json
    assert all(datetime.fromisoformat(key["signs_from"]) <= datetime.now(UTC) for key in made)


def test_t162_check_tells_of_keys_that_another_secret_key_sealed(
    command: Command, settings: Callable[..., None]
) -> None:
    command("keys", "rotate", "--at-once")
    assert "signing key" not in command("check").out
    settings(SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz")
    done = command("check")
    assert done.code == 1
    assert "keys rotate --at-once" in done.out
    assert command("keys", "rotate", "--at-once").code == 0
    assert "signing key" not in command("check").out
