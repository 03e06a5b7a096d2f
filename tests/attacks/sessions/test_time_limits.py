"""T115: a session ends when it was not used for a time, and in any case after another."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from oauth2system.policy import lifetimes
from oauth2system.services.sessions import visits
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query
from tests.support.in_process.pages import visited

SECOND = timedelta(seconds=1)
# How a person signed in, and after how long their session ends: unused, and in any case.
CHOICES: dict[str, tuple[dict[str, str], timedelta, timedelta]] = {
    "stays": ({"keep_asked": "1", "keep": "1"}, lifetimes.SESSION_IDLE, lifetimes.SESSION),
    "does not stay": ({"keep_asked": "1"}, lifetimes.BRIEF_SESSION_IDLE, lifetimes.BRIEF_SESSION),
    "is a program that posts the two fields": ({}, lifetimes.SESSION_IDLE, lifetimes.SESSION),
}


def signed_in(house: House, fields: dict[str, str]) -> tuple[Browser, httpx.Response]:
    house.person("ada")
    browser = house.browser()
    return browser, browser.sign_in(**fields)


def visit(house: House, browser: Browser) -> bool:
    """Open a page; return whether the browser was signed in."""
    seen = house.run_procedure(visits.enter, None, caller=browser.caller)
    if seen.session is not None and seen.is_due:
        house.ask(visits.sessions.touch, caller=browser.caller)
    return seen.session is not None


@pytest.mark.parametrize("choice", CHOICES)
def test_t115_an_unused_session_ends(house: House, choice: str) -> None:
    fields, idle, _absolute = CHOICES[choice]
    browser, _answer = signed_in(house, fields)
    house.now += idle - SECOND
    assert browser.signed_in_as == "ada"
    house.now += SECOND
    assert browser.signed_in_as is None


@pytest.mark.parametrize("choice", CHOICES)
def test_t115_a_session_that_is_always_used_ends_all_the_same(house: House, choice: str) -> None:
    fields, idle, absolute = CHOICES[choice]
    browser, _answer = signed_in(house, fields)
    until = house.now + absolute
    while house.now + idle / 2 < until:
        house.now += idle / 2
        assert visit(house, browser)
    house.now = until - SECOND
    assert browser.signed_in_as == "ada"
    house.now = until
    assert browser.signed_in_as is None


@pytest.mark.parametrize(("choice", "outlives"), list(zip(CHOICES, [True, False, True], strict=True)))
def test_t112_the_cookie_of_somebody_who_does_not_stay_ends_with_the_browser(
    house: House, choice: str, outlives: bool
) -> None:
    _browser, answer = signed_in(house, CHOICES[choice][0])
    name = house.settings.session_cookie
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{name}=")]
    assert ("Max-Age" in cookie) is outlives
    assert "Expires" not in cookie
    assert "HttpOnly" in cookie


def test_the_sign_in_page_asks_and_keeps_the_answer_of_a_form_that_was_refused(house: House, tmp_path: Path) -> None:
    house.person("ada")
    browser = house.browser()
    page = visited(house, browser, "/login", tmp_path)
    assert page.labels["Keep me signed in"] == "keep"
    assert "checked" in page.fields["keep"]
    refused = browser.sign_in(password="wrong password", keep_asked="1")
    page = visited(house, browser, f"{path(refused)}?form={query(refused)['form']}", tmp_path)
    assert "checked" not in page.fields["keep"]
    refused = browser.sign_in(password="wrong password", keep_asked="1", keep="1")
    page = visited(house, browser, f"{path(refused)}?form={query(refused)['form']}", tmp_path)
    assert "checked" in page.fields["keep"]


def test_a_new_password_leaves_the_choice_as_it_was(house: House) -> None:
    browser, _answer = signed_in(house, {"keep_asked": "1"})
    browser.post("/account/password", current_password=PASSWORD, password="a quite different pass phrase")
    assert browser.signed_in_as == "ada"
    house.now += lifetimes.BRIEF_SESSION_IDLE
    assert browser.signed_in_as is None
