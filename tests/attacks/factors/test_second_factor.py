"""The second factor is asked before a session exists, whatever way a person comes (T090, T098, T099, T104)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from oauth2system.policy import budgets
from tests.support.in_process.authenticator import Authenticator, second_step, seed_on, set_up
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query, together
from tests.support.in_process.pages import visited

FACTOR = "/session/second_factor"
PAGE = "/login/second_factor"


@pytest.fixture
def app(house: House, tmp_path: Path) -> Authenticator:
    """Give ada an authenticator app."""
    house.person("ada")
    browser = house.browser("198.51.100.7")
    browser.sign_in("ada")
    return set_up(house, browser, tmp_path)[0]


def waiting(house: House, ip: str = "192.0.2.1") -> Browser:
    """Return a browser in which ada's password was right."""
    browser = house.browser(ip)
    assert path(browser.sign_in("ada")) == PAGE
    return browser


def test_a_code_completes_the_sign_in_and_goes_on_to_where_it_was_asked_for(house: House, app: Authenticator) -> None:
    browser = house.browser()
    answer = browser.sign_in("ada", next="/apps?page=2")
    assert (path(answer), query(answer)) == (PAGE, {"next": "/apps?page=2"})
    assert browser.session is None
    assert second_step(browser, app.code(), next="/apps?page=2") == "/apps?page=2"
    assert browser.signed_in_as == "ada"
    answer = house.browser().sign_in("ada", flow="of_x&y")
    assert (path(answer), query(answer)) == (PAGE, {"flow": "of_x&y"})


def test_t104_the_second_step_alone_empty_or_out_of_order_signs_nobody_in(house: House, app: Authenticator) -> None:
    anybody = house.browser()
    answer = anybody.post(FACTOR, code=app.code())
    assert (path(answer), query(answer)["error"]) == ("/login", "waiting")
    for fields in ({}, {"code": ""}, {"code": " "}, {"code": app.wrong()}, {"code": "12345"}, {"code": "\u0661" * 6}):
        browser = waiting(house)
        assert path(browser.post(FACTOR, **fields)) == PAGE
        assert browser.session is None
        assert browser.signed_in_as is None


def test_t104_a_sign_in_that_waits_is_no_session(house: House, app: Authenticator, tmp_path: Path) -> None:
    browser = waiting(house)
    cookie = next(value for name, value in browser.cookies.items() if name.endswith("waiting"))
    browser.cookies.set(house.settings.session_cookie, cookie)
    assert browser.signed_in_as is None
    assert visited(house, browser, "/account/authenticator", tmp_path).heading == "Sign in"
    for form in ("/account/authenticator", "/account/recovery_codes", "/account/authenticator/remove"):
        assert "error=credentials" in browser.post(form).headers["location"]
    assert house.look("SELECT COUNT(*) FROM totp") == [(1,)]


def test_t104_a_sign_in_waits_in_its_own_browser_and_is_completed_once(house: House, app: Authenticator) -> None:
    browser, other = waiting(house), house.browser()
    assert second_step(other, app.code()) == "/login?error=waiting"
    kept = dict(browser.cookies.items())
    assert second_step(browser, app.code()) == "/account"
    house.later(seconds=30)
    other.cookies.update(kept)
    assert second_step(other, app.code()) == "/login?error=waiting"
    assert other.session is None


def test_t100_a_sign_in_waits_for_ten_minutes(house: House, app: Authenticator) -> None:
    browser = waiting(house)
    house.later(minutes=10)
    assert second_step(browser, app.code()) == "/login?error=waiting"
    assert browser.session is None


def test_t099_a_code_works_once_and_for_one_step_around_now(house: House, app: Authenticator) -> None:
    house.later(minutes=5)
    for away in (-2, 2):
        assert "error=form" in second_step(waiting(house), app.code(away))
    assert second_step(waiting(house), app.code(-1)) == "/account"
    assert second_step(waiting(house), app.code(0)) == "/account"
    for away in (-1, 0):
        assert "error=form" in second_step(waiting(house), app.code(away))
    assert second_step(waiting(house), app.code(1)) == "/account"


def test_t099_a_code_that_was_used_says_so(house: House, app: Authenticator, tmp_path: Path) -> None:
    code = app.code()
    second_step(waiting(house), code)
    browser = waiting(house)
    again = visited(house, browser, second_step(browser, code), tmp_path)
    assert "This code was used already" in again.text
    assert code not in again.answer.text


def test_t099_one_code_in_twenty_parallel_requests_starts_one_session(house: House, app: Authenticator) -> None:
    browsers = [waiting(house) for _ in range(20)]
    before = house.events("session.started")
    together(*(browser.submit(FACTOR, code=app.code()) for browser in browsers))
    assert sum(browser.signed_in_as == "ada" for browser in browsers) == 1
    assert house.events("session.started") == before + 1


def test_t098_codes_are_throttled_and_a_new_sign_in_brings_no_new_attempts(house: House, app: Authenticator) -> None:
    answers: list[str] = []
    for number in range(budgets.FACTOR.times + 5):
        browser = waiting(house, f"192.0.2.{number + 1}")
        answers.append(query(browser.post(FACTOR, code=app.wrong()))["error"])
    assert answers == ["form"] * budgets.FACTOR.times + ["throttled"] * 5
    assert "error=throttled" in second_step(waiting(house), app.code()), "the right code is not even looked at"


def test_t098_guesses_never_lock_the_owner_out_of_a_browser_that_signed_in_before(
    house: House, app: Authenticator
) -> None:
    known = waiting(house, "198.51.100.1")
    second_step(known, app.code())
    for _ in range(budgets.FACTOR.times + 1):
        waiting(house).post(FACTOR, code=app.wrong())
    house.later(seconds=30)
    known.post("/session/end")
    known.sign_in("ada")
    assert second_step(known, app.code()) == "/account"


def test_t098_in_the_long_run_a_hundred_guesses_are_all_there_are(house: House, app: Authenticator) -> None:
    looked_at = 0
    for _ in range(150):
        looked_at += "error=form" in second_step(waiting(house), app.wrong())
        house.later(minutes=2)
    assert looked_at <= 100


def by_reset(house: House, browser: Browser) -> None:
    browser.post("/account/password_reset", email="ada@example.org")
    token = house.token("ada@example.org")
    browser.post("/account/password_reset/new", token=token, password="another long password")
    assert browser.session is None
    assert path(browser.sign_in("ada", "another long password")) == PAGE


def by_password(house: House, browser: Browser) -> None:
    assert path(browser.sign_in("ada")) == PAGE


def by_address(house: House, browser: Browser) -> None:
    assert path(browser.sign_in("ada@example.org")) == PAGE


@pytest.mark.parametrize("way", [by_password, by_address, by_reset])
def test_t090_no_way_in_passes_by_the_second_factor(
    house: House, app: Authenticator, way: Callable[[House, Browser], None]
) -> None:
    browser = house.browser()
    way(house, browser)
    assert browser.session is None
    house.later(seconds=60)
    assert second_step(browser, app.code()) == "/account"
    assert browser.signed_in_as == "ada"


def test_t090_the_link_of_a_registration_asks_for_the_factor_that_was_set_up_meanwhile(
    house: House, tmp_path: Path
) -> None:
    registered, other = house.browser(), house.browser()
    registered.register("joan")
    other.sign_in("joan")
    app, _ = set_up(house, other, tmp_path)
    answer = registered.post("/account/email_confirm", token=house.token("joan@example.org"))
    assert path(answer) == PAGE
    assert registered.session is None
    house.later(seconds=60)
    assert second_step(registered, app.code(), next=query(answer)["next"]) == "/account?notice=welcome"
    assert registered.signed_in_as == "joan"


def test_a_new_password_ends_a_sign_in_that_waits_with_the_old_one(house: House, app: Authenticator) -> None:
    browser = waiting(house)
    by_reset(house, house.browser("198.51.100.9"))
    assert second_step(browser, app.code()) == "/login?error=waiting"


def test_a_changed_password_goes_on_with_the_session_that_proved_the_factor(house: House, app: Authenticator) -> None:
    browser = waiting(house)
    second_step(browser, app.code())
    answer = browser.post("/account/password", current_password=PASSWORD, password="another long password")
    assert path(answer) == "/account/security"
    assert browser.signed_in_as == "ada"


def test_t106_a_session_that_sets_up_an_app_says_so(house: House, tmp_path: Path) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in("ada")
    browser.post("/account/authenticator")
    seen = Authenticator(house, seed_on(visited(house, browser, "/account/authenticator", tmp_path)))
    browser.post("/account/authenticator/confirm", code=seen.wrong())
    assert house.look("SELECT amr FROM sessions WHERE ended_at IS NULL") == [("pwd",)]
    browser.post("/account/authenticator/confirm", code=seen.code())
    assert house.look("SELECT amr FROM sessions WHERE ended_at IS NULL") == [("pwd otp mfa",)]
