"""T078: an app that authenticates, and a person who is signed in, keep a bounded number of rows here."""

from dataclasses import replace

import pytest

from oauth2system.policy import budgets
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS
from oauth2system.runtime import rate_limits
from oauth2system.runtime.rate_limits import InMemory
from tests.support.in_process.oauth_apps import OPERATOR, App, Clock, House, answered


def fewer(monkeypatch: pytest.MonkeyPatch, name: str, times: int) -> None:
    monkeypatch.setattr(budgets, name, replace(getattr(budgets, name), times=times))


def test_t078_tokens_that_an_app_gets_for_itself_are_bounded_by_app(
    house: House, c1: App, c2: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer(monkeypatch, "CLIENT_TOKENS", 3)
    answers = [house.token(c1, grant_type=CLIENT_CREDENTIALS) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert house.token(c2, grant_type=CLIENT_CREDENTIALS).status_code == 200
    clock.pass_by(seconds=int(answers[-1].headers["retry-after"]))
    assert house.token(c1, grant_type=CLIENT_CREDENTIALS).status_code == 200


def test_t078_a_refused_refresh_uses_nothing_up(house: House, c1: App, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer(monkeypatch, "REFRESHES", 1)
    first = house.tokens(c1, scope="identify")["refresh_token"]
    second = house.refresh(c1, first).json()["refresh_token"]
    assert house.refresh(c1, second).status_code == 429
    fewer(monkeypatch, "REFRESHES", 5000)
    house.runner.server.of(InMemory).full_at.clear()
    assert house.refresh(c1, second).status_code == 200


def test_t078_codes_answered_at_once_are_bounded_by_person(
    house: House, c1: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer(monkeypatch, "CODES", 2)
    assert [house.authorize(c1).status_code for _ in range(3)] == [303, 303, 429]
    clock.pass_by(days=1)
    assert "code" in answered(house.authorize(c1))


def test_what_is_counted_in_memory_takes_a_bounded_amount_of_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oauth2system.policy.quotas.BUDGETS_IN_MEMORY", 10)
    for number in range(50):
        house.runner.now(OPERATOR, rate_limits.spend_in_memory, budgets.CODES, str(number))
    assert len(house.runner.server.of(InMemory).full_at) == 10
