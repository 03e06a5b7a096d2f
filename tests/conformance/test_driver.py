"""The driver of the suite: one module that hangs does not hold up the others, and pictures show pages at rest."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from playwright.sync_api import Error as PlaywrightError

from scripts.conformance import __main__ as driver
from scripts.conformance.__main__ import Company
from scripts.conformance.plans import PLANS, config
from scripts.conformance.suite import Errand

if TYPE_CHECKING:
    from scripts.conformance.person import Person
    from scripts.conformance.suite import Suite


class Hanging:
    """A suite whose module waits for ever, until it is stopped."""

    def __init__(self, *errands: Errand) -> None:
        self.stopped: list[str] = []
        self._errands = list(errands)

    def status(self, run: str) -> tuple[str, str]:
        return ("INTERRUPTED" if run in self.stopped else "WAITING"), ""

    def errands(self, _run: str) -> list[Errand]:
        return self._errands

    def stop(self, run: str) -> None:
        self.stopped.append(run)


class Lost:
    """A user whose browser gets nowhere."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def visit(self, _errand: Errand) -> None:
        raise self._error


def company(suite: Hanging, person: Any = None) -> Company:
    return Company(cast("Suite", suite), "run-1", cast("Person", person), "oidcc-server")


def test_a_module_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "PATIENCE_SECONDS", 0.1)
    suite = Hanging()
    assert company(suite).keep() == "stopped after 0.1 s"
    assert suite.stopped == ["run-1"]


@pytest.mark.parametrize("error", [PlaywrightError("no page\nCall log: …"), RuntimeError("The browser is at /x")])
def test_a_module_whose_pages_cannot_be_completed_is_stopped(error: Exception) -> None:
    suite = Hanging(Errand("https://localhost/x", "GET"))
    complaint = company(suite, Lost(error)).keep()
    assert complaint == f"stopped, since the browser got no further: {str(error).splitlines()[0]}"
    assert suite.stopped == ["run-1"]


def test_pictures_are_taken_with_reduced_motion() -> None:
    assert driver.BROWSER["reduced_motion"] == "reduce"


@pytest.mark.parametrize("name", PLANS)
def test_each_plan_has_its_configuration(name: str) -> None:
    plan = PLANS[name]
    made = config(plan, "https://localhost:9443", [{"client_id": "1"}, {"client_id": "2"}, {}])
    assert made["resource"]["resourceUrl"].startswith("https://localhost:9443/")
    assert plan.profile in {"", "fapi2", "fapi2-signed"}
