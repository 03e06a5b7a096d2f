"""A person's data: all of it to take along, nothing of anybody else, and gone when they say so."""

import asyncio

import httpx

from oauth2system.services.accounts import saved_forms
from oauth2system.services.apps import apps
from tests.support import leaving
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query


def signed_in(house: House, username: str = "ada") -> Browser:
    house.person(username)
    browser = house.browser()
    browser.sign_in(username)
    return browser


def download(browser: Browser) -> httpx.Response:
    return asyncio.run(browser.send("GET", "/account/data/export"))


def test_the_download_has_everything_about_the_person(house: House) -> None:
    browser = signed_in(house)
    house.ask(apps.create, "Garden Club", caller=browser.caller)
    answer = download(browser)
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["account"]["email"] == "ada@example.org"
    assert [one["name"] for one in told["apps"]] == ["Garden Club"]
    assert len(told["sessions"]) == 1
    assert told["connections"] == []
    assert house.events("account.exported") == 1


def test_t118_the_download_holds_no_secret_and_nobody_else(house: House) -> None:
    grace = signed_in(house, "grace")
    theirs = house.ask(apps.create, "Night Sky Atlas", caller=grace.caller)
    browser = signed_in(house)
    secret = house.ask(apps.create, "Garden Club", caller=browser.caller).client_secret
    assert secret is not None
    text = download(browser).text
    for what in (secret, secret[-4:], browser.session or "-", "digest", "handle", "grace", theirs.client_id):
        assert what not in text


def test_whoever_is_not_signed_in_is_asked_to_be(house: House) -> None:
    answer = download(house.browser())
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Faccount%2Fdata")


def test_deleting_takes_everything_and_signs_out(house: House) -> None:
    browser = signed_in(house)
    house.ask(apps.create, "Garden Club", caller=browser.caller)
    answer = browser.post("/account/delete", password=PASSWORD)
    assert (path(answer), query(answer)["notice"]) == ("/login", "deletion_asked")
    assert not house.is_alive(browser.caller)
    leaving.let_two_weeks_pass(house)
    assert house.look("SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM clients)") == [(0, 0)]
    assert query(browser.sign_in())["error"] == "credentials"


def test_t093_a_stolen_session_alone_deletes_nothing(house: House) -> None:
    browser = signed_in(house)
    answer = browser.post("/account/delete", password="a guess that is wrong")
    assert (path(answer), query(answer)["error"]) == ("/account/data", "form")
    kept = house.ask(saved_forms.find, query(answer)["form"])
    assert kept is not None
    assert kept.problems == {"password": "This is not your current password."}
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]
    assert house.is_alive(browser.caller)


def test_a_stranger_deletes_nobody(house: House) -> None:
    house.person("ada")
    house.browser().post("/account/delete", password=PASSWORD)
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]
