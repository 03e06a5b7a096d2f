"""Failed fetches are counted by address and app, and hold nobody else back (T077)."""

import pytest

from oauth2system.errors import TooManyAttempts
from oauth2system.policy import budgets
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Source
from oauth2system.services.tokens import simple_flow
from oauth2system.services.tokens.simple_flow import SimpleFlowRequest
from tests.support.in_process.story import SITE_IP, App, Member, Story


def fail(story: Story, client_id: str, ip: str = SITE_IP) -> bool:
    """Count one failure; False when this address is told to wait."""
    try:
        story.ask(simple_flow.count_failure, client_id, caller=Caller(Source(ip)))
    except TooManyAttempts:
        return False
    return True


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "API_FAILURES", budgets.Budget("api_failures", 3, 60_000))


def test_t077_failures_are_throttled_by_address_and_app(story: Story, ada: Member, app: App, few: None) -> None:
    assert [fail(story, app.client_id) for _ in range(4)] == [True, True, True, False]
    assert fail(story, story.app(ada, "Prose").client_id), "another app of that address is not held back"
    assert fail(story, app.client_id, "198.51.100.8"), "nor the app at another address"


def test_t077_made_up_apps_bring_no_budget_of_their_own(story: Story, app: App, few: None) -> None:
    story.run("DELETE FROM throttles")  # those of making the app
    assert [fail(story, str(number)) for number in range(5)] == [True, True, True, False, False]
    assert story.look("SELECT COUNT(*) FROM throttles") == [(1,)]


def test_t077_one_host_has_one_budget_for_all_its_ipv6_addresses(story: Story, app: App, few: None) -> None:
    assert [fail(story, app.client_id, f"2001:db8::{number}") for number in range(4)] == [True, True, True, False]


def test_a_right_request_is_answered_whatever_failed_before(story: Story, ada: Member, app: App, few: None) -> None:
    while fail(story, app.client_id):
        pass
    presented = SimpleFlowRequest(ada.value(app), app.client_id, app.secret)
    assert story.ask(simple_flow.take, presented, caller=Caller(Source(SITE_IP)))
