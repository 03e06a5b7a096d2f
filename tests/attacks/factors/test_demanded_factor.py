"""An administrator demands a second factor: a person without one sets it up before there is a session (T104)."""

from pathlib import Path

import pytest

from oauth2system.errors import Invalid
from oauth2system.services.admin import settings
from tests.support.in_process.authenticator import Authenticator, second_step, seed_on, set_up
from tests.support.in_process.browsers import Browser, House, path, query
from tests.support.in_process.pages import visited

PAGE = "/login/second_factor"
SET_UP = "/account/authenticator"


def demand(house: House, of: str) -> None:
    house.ask(settings.change, {"second_factor": of})


@pytest.mark.parametrize(
    ("of", "asked"), [("nobody", set[str]()), ("administrators", {"root1"}), ("everybody", {"ada", "root1"})]
)
def test_it_is_demanded_of_whom_the_administrator_says(house: House, of: str, asked: set[str]) -> None:
    house.person("ada")
    house.person("root1", admin=True)
    demand(house, of)
    assert {name for name in ("ada", "root1") if path(house.browser().sign_in(name)) == PAGE} == asked


def test_a_first_factor_is_set_up_before_the_session_and_the_sign_in_goes_on(house: House, tmp_path: Path) -> None:
    house.person("ada")
    demand(house, "everybody")
    browser = house.browser()
    step = browser.sign_in("ada", next="/apps")
    page = visited(house, browser, step.headers["location"], tmp_path)
    assert page.buttons == ["Set up authenticator app", "Add passkey"]
    assert page.fields["next"]["value"] == "/apps"
    answer = browser.post(SET_UP, next="/apps")
    app = Authenticator(house, seed_on(visited(house, browser, answer.headers["location"], tmp_path)))
    wrong = browser.post(f"{SET_UP}/confirm", code=app.wrong(), next="/apps")
    assert (path(wrong), query(wrong)["error"]) == (SET_UP, "form")
    assert browser.session is None
    answer = browser.post(f"{SET_UP}/confirm", code=app.code(), next="/apps")
    assert (path(answer), query(answer)["next"]) == ("/account/recovery_codes", "/apps")
    assert browser.signed_in_as == "ada"
    assert house.look("SELECT amr FROM sessions") == [("pwd otp mfa",)]
    assert "I have saved them" in visited(house, browser, answer.headers["location"], tmp_path).buttons
    assert browser.post("/account/recovery_codes/saved", next="/apps").headers["location"] == "/apps"


def test_t104_who_has_a_factor_cannot_set_up_another_one_with_the_password_alone(house: House, tmp_path: Path) -> None:
    house.person("ada")
    owner = house.browser("198.51.100.7")
    owner.sign_in("ada")
    app, _ = set_up(house, owner, tmp_path)
    demand(house, "everybody")
    thief = house.browser()
    thief.sign_in("ada")
    assert "error=credentials" in thief.post(SET_UP).headers["location"]
    assert "Picture of the key" not in visited(house, thief, SET_UP, tmp_path).answer.text
    assert thief.session is None
    assert second_step(thief, app.code()) == "/account"


def test_t104_a_factor_that_was_set_up_meanwhile_is_asked_for(house: House, tmp_path: Path) -> None:
    house.person("ada")
    demand(house, "everybody")
    slow, quick = house.browser(), house.browser("198.51.100.7")
    slow.sign_in("ada")
    slow.post(SET_UP)
    seen = Authenticator(house, seed_on(visited(house, slow, SET_UP, tmp_path)))
    quick.sign_in("ada")
    quick.post(SET_UP)
    first = Authenticator(house, seed_on(visited(house, quick, SET_UP, tmp_path)))
    quick.post(f"{SET_UP}/confirm", code=first.code())
    assert quick.signed_in_as == "ada"
    slow.post(f"{SET_UP}/confirm", code=seen.code())
    assert slow.session is None
    house.later(seconds=30)
    assert second_step(slow, first.code()) == "/account"


def test_t104_the_codes_of_a_first_factor_are_shown_in_its_browser_alone(house: House, tmp_path: Path) -> None:
    house.person("ada")
    other = house.browser("198.51.100.7")
    other.sign_in("ada")
    demand(house, "everybody")
    browser: Browser = house.browser()
    browser.sign_in("ada")
    browser.post(SET_UP)
    app = Authenticator(house, seed_on(visited(house, browser, SET_UP, tmp_path)))
    browser.post(f"{SET_UP}/confirm", code=app.code())
    assert "I have saved them" in visited(house, browser, "/account/recovery_codes", tmp_path).buttons
    assert "I have saved them" not in visited(house, other, "/account/recovery_codes", tmp_path).buttons


def test_t104_a_session_of_before_the_demand_does_not_count_without_a_factor(house: House, tmp_path: Path) -> None:
    for name in ("ada", "bob", "root1"):
        house.person(name, admin=name == "root1")
    plain, has, boss = house.browser(), house.browser("198.51.100.7"), house.browser("198.51.100.8")
    for browser, name in ((plain, "ada"), (has, "bob"), (boss, "root1")):
        browser.sign_in(name)
    set_up(house, has, tmp_path)
    demand(house, "administrators")
    assert [browser.signed_in_as for browser in (plain, has, boss)] == ["ada", "bob", None]
    demand(house, "everybody")
    assert [browser.signed_in_as for browser in (plain, has, boss)] == [None, "bob", None]
    page = visited(house, plain, "/device", tmp_path)
    assert page.heading == "Sign in"
    assert "This server asks for a second factor now" in page.text
    assert path(plain.sign_in("ada")) == PAGE
    demand(house, "nobody")
    assert boss.signed_in_as == "root1"


def test_the_administrator_who_demands_a_factor_sets_one_up_first(house: House, tmp_path: Path) -> None:
    house.person("root1", admin=True)
    boss = house.browser()
    boss.sign_in("root1")
    for of in ("administrators", "everybody"):
        with pytest.raises(Invalid, match="Set up a second factor for yourself first"):
            house.ask(settings.change, {"second_factor": of}, caller=boss.caller)
    assert boss.signed_in_as == "root1"
    set_up(house, boss, tmp_path)
    house.ask(settings.change, {"second_factor": "everybody"}, caller=boss.caller)
    assert boss.signed_in_as == "root1"
