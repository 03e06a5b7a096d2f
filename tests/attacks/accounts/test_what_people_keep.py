"""T078: what a person, or somebody anonymous, lets this server keep has a limit."""

from collections.abc import Callable
from typing import Any

import pytest

from oauth2system.errors import TooManyAttempts
from oauth2system.i18n import N_
from oauth2system.policy import budgets, quotas
from oauth2system.policy.budgets import Budget
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import profile, saved_forms
from oauth2system.services.accounts.leave import collection
from oauth2system.services.admin import people
from oauth2system.services.apps import apps
from oauth2system.services.server import jobs
from oauth2system.services.sessions import browser_sessions, session_end
from tests.support.in_process.browsers import House, query
from tests.support.in_process.story import Story

FEW = 3


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a budget so small that a test can spend it."""

    def shrink(name: str) -> None:
        budget: Budget = getattr(budgets, name)
        monkeypatch.setattr(budgets, name, Budget(budget.name, FEW, budget.period_ms))

    return shrink


def answered(ask: Callable[[], Any]) -> int:
    """Ask again and again; returns how often before it was too much."""
    for times in range(10 * FEW):
        try:
            ask()
        except TooManyAttempts:
            return times
    return 10 * FEW


def test_t078_a_person_is_signed_in_in_so_many_browsers_and_the_one_longest_unseen_goes(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "SESSIONS_OF_A_PERSON", FEW)
    ada = story.member("ada")
    browsers = [ada]
    for _ in range(FEW):
        story.later(minutes=10)
        browsers.append(story.again(ada.user_id))
    story.member("bob")
    assert [story.is_alive(browser.caller) for browser in browsers] == [False, True, True, True]
    assert len(browsers[-1].do(browser_sessions.list_sessions)) == FEW
    assert story.events("session.ended") == 1


def test_t078_the_apps_of_a_session_that_goes_like_this_are_notified(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "SESSIONS_OF_A_PERSON", 1)
    ended: list[str] = []

    def note(_ctx: Context, user_id: str, _sid: str) -> None:
        ended.append(user_id)

    monkeypatch.setattr(session_end, "end_and_notify", note)
    ada = story.member("ada")
    story.again(ada.user_id)
    assert ended == [ada.user_id]


def test_t078_right_passwords_are_counted_too(house: House, few: Callable[[str], None]) -> None:
    few("SIGN_INS")
    house.person("ada")
    house.person("bob")
    codes = [query(house.browser().sign_in()).get("error") for _ in range(FEW + 1)]
    assert codes == [None] * FEW + ["throttled"]
    assert "error" not in query(house.browser().sign_in("bob"))
    assert house.look("SELECT COUNT(*) FROM sessions") == [(FEW + 1,)]


@pytest.mark.parametrize(
    ("budget", "act"),
    [
        ("CHANGE_ACCOUNT", (profile.rename, "Ada")),
        ("EXPORTS", (collection.begin,)),
        ("NEW_APPS", (apps.create, "Poetry")),
    ],
)
def test_t078_what_a_person_does_on_their_pages_is_counted(
    story: Story, few: Callable[[str], None], budget: str, act: tuple[Any, ...]
) -> None:
    few(budget)
    ada, bob = story.member("ada"), story.member("bob")
    assert answered(lambda: ada.do(*act)) == FEW
    assert answered(lambda: bob.do(*act)) == FEW
    story.later(days=1)
    ada.do(*act)


def test_t078_secrets_that_are_made_and_retired_are_counted(story: Story, few: Callable[[str], None]) -> None:
    few("NEW_SECRETS")
    ada = story.member("ada")
    app = story.app(ada)

    def turn_over() -> None:
        made = ada.do(apps.new_secret, app.client_id, "next")
        ada.do(apps.retire_secret, app.client_id, made.secret.id)

    assert answered(turn_over) == FEW - 1  # the first secret counts as well


def test_t078_an_administrator_invites_so_many_a_day_and_the_operator_as_many_as_needed(
    story: Story, few: Callable[[str], None]
) -> None:
    few("INVITATIONS")
    boss = story.member("boss", admin=True)
    numbers = iter(range(100))
    assert answered(lambda: boss.do(people.invite, f"p{next(numbers)}@corp.example")) == FEW
    assert story.ask(people.invite, "one.more@corp.example")


def test_t078_a_form_is_kept_with_so_many_fields_of_such_a_length(house: House) -> None:
    for length, is_kept in ((quotas.SAVED_FORM_FIELD, True), (quotas.SAVED_FORM_FIELD + 1, False)):
        sent = {f"field{number}": "x" * length for number in range(100)}
        kept = house.ask(saved_forms.find, house.ask(saved_forms.keep, sent, {"email": N_("No.")}))
        assert kept is not None
        names = {f"field{number}" for number in range(quotas.SAVED_FORM_FIELDS)}
        assert set(kept.values) == (names if is_kept else set())
        assert set(kept.problems) == ({"email"} if is_kept else {"email", *names}), "a field is whole, or named"


def test_t078_beyond_the_limit_for_everybody_a_form_comes_back_without_what_was_typed(
    house: House, few: Callable[[str], None]
) -> None:
    few("SAVED_FORMS_IN_ALL")
    answers = [house.browser(f"203.0.113.{number}").register("a") for number in range(FEW + 1)]
    assert [("form" in query(answer), query(answer)["error"]) for answer in answers] == [
        *[(True, "form")] * FEW,
        (False, "form"),
    ]
    assert house.look("SELECT COUNT(*) FROM ephemeral") == [(FEW,)]


def test_t078_the_oldest_of_too_many_registrations_that_nobody_confirmed_go(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "UNCONFIRMED_ACCOUNTS", FEW)
    house.person("bob")
    house.person("made", confirmed=False)
    for number in range(FEW + 2):
        house.browser().register(f"tmp{number}")
        house.later(seconds=1)
    assert jobs.purge_now(house.runner, lambda _kind, _count: None)["unconfirmed"] == 2
    there = house.look("SELECT username FROM users ORDER BY username")
    assert there == [("bob",), ("made",), ("tmp2",), ("tmp3",), ("tmp4",)]


def test_t078_attempts_of_anonymous_callers_fill_no_audit_log(house: House, few: Callable[[str], None]) -> None:
    few("NOTED_IN_ALL")
    house.person("ada")
    for number in range(FEW):
        stranger = house.browser(f"203.0.113.{number}")
        stranger.sign_in("ada", "wrong password")
        stranger.post("/account/password_reset", email="ada@example.org")
    assert house.events("login.failed") + house.events("password.reset_asked") == FEW
    house.browser().sign_in("ada")
    assert house.events("session.started") == 1
