"""The language that a person chooses: for the pages of this browser, for every browser they sign in with, for mails."""

import pytest

from tests.support.in_process.browsers import House

pytestmark = pytest.mark.usefixtures("german")


def test_a_choice_stays_in_the_browser_and_leads_back_to_the_page(house: House) -> None:
    browser = house.browser()
    answer = browser.post("/language", "/login?next=/apps", to="de")
    assert answer.headers["location"] == "/login?next=/apps"
    assert browser.cookies["language"] == "de"


def test_a_language_that_is_not_offered_changes_nothing(house: House) -> None:
    browser = house.browser()
    for wanted in ("xx", "", "de; Domain=example.org", "../de"):
        assert browser.post("/language", "/login", to=wanted).headers["location"] == "/login"
    assert "language" not in browser.cookies


def test_it_leads_only_to_pages_of_ours(house: House) -> None:
    browser = house.browser()
    assert browser.post("/language", "//evil.example/", to="de").headers["location"] == "/"
    assert browser.post("/language", to="de").headers["location"] == "/"


def test_the_choice_of_a_person_follows_them_to_another_browser(house: House) -> None:
    house.person("ada")
    here, there = house.browser(), house.browser()
    here.sign_in()
    here.post("/language", "/account", to="de")
    there.sign_in()
    assert there.cookies["language"] == "de"


def test_the_choice_of_nobody_changes_no_account(house: House) -> None:
    house.person("ada")
    house.browser().post("/language", "/login", to="de")
    assert house.look("SELECT language FROM users") == [(None,)]


def test_mails_are_written_in_the_language_of_the_account_not_of_who_caused_them(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    browser.post("/language", "/account", to="de")
    browser.post("/account/password", current_password="correct horse battery staple", password="another good one 7")
    assert house.mail("ada@example.org")[0].subject == "Dein Passwort ist geändert"
    house.person("bob")
    german = house.browser()
    german.post("/language", "/login", to="de")
    german.post("/account/password_reset", email="bob@example.org")
    assert house.mail("bob@example.org")[0].subject == "Choose a new password"


def test_a_person_who_registers_gets_mails_in_the_language_of_the_page(house: House) -> None:
    browser = house.browser()
    browser.post("/language", "/registration", to="de")
    browser.register("ada")
    assert house.look("SELECT language FROM users") == [("de",)]
