"""Door one with a house and apps, on a database of its own, under a clock the test holds."""

from http import HTTPStatus
from typing import Any

import httpx
import pytest

from oauth2system.runtime.runner import Runner
from oauth2system.web.app import Web
from tests.support.in_process.door import Door
from tests.support.in_process.oauth_apps import App, House
from tests.support.in_process.openapi_contract import contract_of


@pytest.fixture(autouse=True)
def documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every answer of every test in this folder against /openapi.json, whatever the test is about."""
    ask = Door.ask

    def checked(self: Door, method: str, path: str, **given: Any) -> httpx.Response:
        answer = ask(self, method, path, **given)
        promised = contract_of(self.app._runner.settings)
        if answer.status_code == HTTPStatus.MISDIRECTED_REQUEST:  # whatever was asked for, another server was meant
            return answer
        assert promised.broken_by(method, path, answer) == [], f"{method} {path} is not as /openapi.json says"
        return answer

    monkeypatch.setattr(Door, "ask", checked)


@pytest.fixture
def door(runner: Runner) -> Door:
    return Door(Web(runner))


@pytest.fixture
def house(runner: Runner) -> House:
    return House.open(runner)


@pytest.fixture
def c1(house: House) -> App:
    """A confidential app that may leave PKCE out."""
    return house.app("C1", require_pkce=False)


@pytest.fixture
def c2(house: House) -> App:
    return house.app("C2", require_pkce=False)


@pytest.fixture
def p1(house: House) -> App:
    """A public app."""
    return house.public("P1")
