"""A trusted browser asks for no second factor, until anything about the person's proofs changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from oauth2system.errors import NotFound
from oauth2system.services.sessions import factor_changes
from tests.support.in_process.authenticator import Authenticator, second_step, set_up
from tests.support.in_process.browsers import PASSWORD, Browser, House, path

PAGE = "/login/second_factor"


@pytest.fixture
def app(house: House, tmp_path: Path) -> Authenticator:
    house.person("ada")
    browser = house.browser("198.51.100.7")
    browser.sign_in("ada")
    return set_up(house, browser, tmp_path)[0]


def amr(house: House) -> str:
    """Return what the newest session says was proved."""
    return house.look("SELECT amr FROM sessions ORDER BY id DESC LIMIT 1")[0][0]


def trusted(house: House, app: Authenticator) -> Browser:
    """Return a browser that ada trusts, signed out."""
    browser = house.browser()
    browser.sign_in("ada")
    second_step(browser, app.code(), trust="1")
    assert amr(house) == "pwd otp mfa"
    browser.post("/session/end")
    house.later(seconds=30)
    return browser


def test_a_trusted_browser_asks_for_thirty_days_no_code_and_says_what_was_proved(
    house: House, app: Authenticator
) -> None:
    browser = trusted(house, app)
    assert path(browser.sign_in("ada")) == "/account"
    assert amr(house) == "pwd"
    assert path(house.browser().sign_in("ada")) == PAGE
    browser.post("/session/end")
    house.later(days=30)
    assert path(browser.sign_in("ada")) == PAGE


def test_a_browser_is_trusted_only_by_who_said_so(house: House, app: Authenticator, tmp_path: Path) -> None:
    browser = trusted(house, app)
    house.person("bob")
    other = house.browser()
    other.sign_in("bob")
    set_up(house, other, tmp_path)
    assert path(browser.sign_in("bob")) == PAGE


def test_t093_confirming_that_it_is_you_asks_for_the_factor_in_a_trusted_browser_too(
    house: House, app: Authenticator
) -> None:
    browser = trusted(house, app)
    browser.sign_in("ada")
    asked = browser.post("/account/recovery_codes")
    assert path(asked) == "/login"
    assert path(browser.sign_in("ada")) == PAGE
    assert second_step(browser, app.code()) == "/account"
    assert path(browser.post("/account/recovery_codes")) == "/account/recovery_codes"


def by_password(house: House, browser: Browser, app: Authenticator) -> None:
    other = house.browser("198.51.100.8")
    other.sign_in("ada")
    second_step(other, app.code())
    other.post("/account/password", current_password=PASSWORD, password="another long password")


def by_forgetting(house: House, browser: Browser, app: Authenticator) -> None:
    other = house.browser("198.51.100.8")
    other.sign_in("ada")
    second_step(other, app.code())
    assert path(other.post("/account/trusted_browsers/forget")) == "/account/security"


def by_new_codes(house: House, browser: Browser, app: Authenticator) -> None:
    other = house.browser("198.51.100.8")
    other.sign_in("ada")
    second_step(other, app.code())
    assert path(other.post("/account/recovery_codes")) == "/account/recovery_codes"


def by_signing_out_everywhere(house: House, browser: Browser, app: Authenticator) -> None:
    other = house.browser("198.51.100.8")
    other.sign_in("ada")
    second_step(other, app.code())
    other.post("/session/end", everywhere="1")


@pytest.mark.parametrize("end", [by_password, by_forgetting, by_new_codes, by_signing_out_everywhere])
def test_trust_ends_when_the_proofs_of_the_person_change(
    house: House, app: Authenticator, end: Callable[[House, Browser, Authenticator], None]
) -> None:
    browser = trusted(house, app)
    end(house, browser, app)
    password = "another long password" if end is by_password else PASSWORD
    assert path(browser.sign_in("ada", password)) == PAGE


def test_the_browser_that_was_trusted_first_is_forgotten_beyond_the_quota(house: House, app: Authenticator) -> None:
    browsers = [trusted(house, app) for _ in range(11)]
    assert path(browsers[0].sign_in("ada")) == PAGE
    assert path(browsers[1].sign_in("ada")) == "/account"
    assert house.look("SELECT COUNT(*) FROM ephemeral WHERE kind = 'ot'") == [(10,)]


def test_one_trusted_browser_is_forgotten_and_the_others_stay(house: House, tmp_path: Path) -> None:
    house.person("ada")
    desk, phone = house.browser(), house.browser("198.51.100.7")
    desk.sign_in("ada")
    app, _ = set_up(house, desk, tmp_path)
    for browser in (desk, phone):
        browser.post("/session/end")
        browser.sign_in("ada")
        second_step(browser, app.code(), trust="1")
        house.later(seconds=30)
    newest, oldest = house.ask(factor_changes.show, caller=desk.caller).trusted_browsers
    assert newest.since > oldest.since
    left = house.ask(factor_changes.forget_trusted_browser, oldest.id, caller=desk.caller)
    assert left.trusted_browsers == (newest,)
    for browser, asked in ((desk, PAGE), (phone, "/account")):
        browser.post("/session/end")
        assert path(browser.sign_in("ada")) == asked


def test_t120_nobody_forgets_the_trusted_browser_of_somebody_else(house: House, tmp_path: Path) -> None:
    house.person("ada")
    house.person("eve")
    owner, eve = house.browser(), house.browser("198.51.100.7")
    owner.sign_in("ada")
    eve.sign_in("eve")
    app, _ = set_up(house, owner, tmp_path)
    owner.post("/session/end")
    owner.sign_in("ada")
    second_step(owner, app.code(), trust="1")
    [trusted] = house.ask(factor_changes.show, caller=owner.caller).trusted_browsers
    for wrong in (trusted.id, "1", "", "x"):
        with pytest.raises(NotFound):
            house.ask(factor_changes.forget_trusted_browser, wrong, caller=eve.caller)
    assert house.ask(factor_changes.show, caller=owner.caller).trusted_browsers == (trusted,)
