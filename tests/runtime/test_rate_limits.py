"""Budgets of attempts: counted first, refilled evenly, multiplied by one setting."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from oauth2system.errors import TooManyAttempts
from oauth2system.policy.budgets import Budget
from oauth2system.runtime import rate_limits
from tests.support.in_process.browsers import House

FIVE_A_MINUTE = Budget("test", 5, 60_000)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Generator[House]:
    made = House(database_url, tmp_path)
    yield made
    made.close()


def spend(house: House, whose: str = "ada") -> bool:
    return house.ask(rate_limits.try_spend, FIVE_A_MINUTE, whose)


def test_a_budget_is_spent_and_refilled_evenly(house: House) -> None:
    assert [spend(house) for _ in range(7)] == [True] * 5 + [False] * 2
    house.later(seconds=11)
    assert not spend(house)
    house.later(seconds=1)
    assert [spend(house), spend(house)] == [True, False]
    house.later(hours=1)
    assert [spend(house) for _ in range(6)] == [True] * 5 + [False]


def test_each_has_a_budget_of_their_own(house: House) -> None:
    for _ in range(6):
        spend(house)
    assert spend(house, "bob")


def test_a_refusal_says_how_long_to_wait(house: House) -> None:
    for _ in range(5):
        house.ask(rate_limits.spend, FIVE_A_MINUTE, "ada")
    with pytest.raises(TooManyAttempts) as refusal:
        house.ask(rate_limits.spend, FIVE_A_MINUTE, "ada")
    assert refusal.value.retry_after == 12
    house.later(seconds=refusal.value.retry_after)
    house.ask(rate_limits.spend, FIVE_A_MINUTE, "ada")


def test_what_was_no_failure_is_given_back(house: House) -> None:
    for _ in range(50):
        assert spend(house)
        house.ask(rate_limits.give_back, FIVE_A_MINUTE, "ada")
    assert [spend(house) for _ in range(6)] == [True] * 5 + [False]
    house.ask(rate_limits.refill, FIVE_A_MINUTE, "ada")
    assert spend(house)


def test_t097_parallel_attempts_are_all_counted(house: House) -> None:
    with ThreadPoolExecutor(16) as threads:
        allowed = sum(threads.map(spend, [house] * 50))
    assert allowed == 5


def test_t096_a_budget_survives_a_restart(house: House, tmp_path: Path) -> None:
    for _ in range(5):
        spend(house)
    again = House(house.settings.database_url, tmp_path)
    assert not spend(again)
    again.close()


def test_one_setting_multiplies_every_budget(house: House, tmp_path: Path) -> None:
    wide = House(house.settings.database_url, tmp_path, RATE_LIMIT_FACTOR="3")
    assert sum(spend(wide) for _ in range(20)) == 15
    wide.close()
