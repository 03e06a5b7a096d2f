"""Terms that must be accepted: no way around the page, whatever was open before (T104)."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from oauth2system.errors import Invalid
from oauth2system.policy import lifetimes
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.admin import apps, settings
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query, together
from tests.support.in_process.pages import visited
from tests.support.leaving import download, unpack

TERMS = "/account/terms"
DECLINE = "/account/terms/decline"
URL = "https://example.org/terms"
BACK = "https://site.example/cb"


def set_terms(house: House, version: str) -> None:
    house.ask(settings.change, {"terms_url": URL, "terms_version": version})


def accepted(house: House, username: str = "ada") -> str | None:
    return house.look("SELECT terms_version FROM users WHERE username = ?", username)[0][0]


def follow(browser: Browser, address: str) -> str:
    return together(browser.send("GET", address))[0].headers["location"]


def test_registration_asks_for_the_box_and_keeps_what_was_accepted(house: House, tmp_path: Path) -> None:
    set_terms(house, "1")
    browser = house.browser()
    page = visited(house, browser, "/registration", tmp_path)
    assert page.links["terms of this server"] == URL
    assert page.fields["terms"]["value"] == "1"
    assert "Create account" in page.buttons
    refused = browser.register("ada")
    assert (path(refused), query(refused)["error"]) == ("/registration", "form")
    shown = visited(house, browser, refused.headers["location"], tmp_path)
    assert "Tick this box to go on." in shown.text
    assert house.look("SELECT COUNT(*) FROM users") == [(0,)]
    assert path(browser.register("ada", terms="1")) == "/account/email_confirm"
    assert accepted(house) == "1"
    [(facts,)] = house.look("SELECT data FROM audit WHERE event = 'terms.accepted'")
    assert '"version":"1"' in facts


def test_a_registration_page_of_before_the_change_accepts_nothing_new(house: House, tmp_path: Path) -> None:
    set_terms(house, "1")
    browser = house.browser()
    set_terms(house, "2")
    answer = browser.register("ada", terms="1")
    page = visited(house, browser, answer.headers["location"], tmp_path)
    assert "The terms have just changed. Read them again." in page.text
    assert page.fields["terms"]["value"] == "2"
    assert "checked" not in page.fields["terms"]
    assert house.look("SELECT COUNT(*) FROM users") == [(0,)]


def test_without_terms_nothing_is_asked(house: House, tmp_path: Path) -> None:
    browser = house.browser()
    assert "terms" not in visited(house, browser, "/registration", tmp_path).fields
    browser.register("ada")
    assert path(browser.sign_in("ada")) == "/account"
    assert browser.signed_in_as == "ada"
    assert visited(house, browser, TERMS, tmp_path).heading == "Sign in"


def test_who_was_made_by_a_command_is_asked_at_the_first_sign_in_and_arrives(house: House, tmp_path: Path) -> None:
    set_terms(house, "2026-11")
    house.person("ada")
    browser = house.browser()
    answer = browser.sign_in("ada", next="/apps")
    assert browser.signed_in_as is None
    page = visited(house, browser, f"/login?next={answer.headers['location']}", tmp_path)
    assert page.heading == "Accept the terms"
    assert (page.buttons[0], page.buttons[-1]) == ("Continue", "Cancel")
    assert page.fields["next"]["value"] == "/apps"
    refused = browser.post(TERMS, next="/apps")
    assert (path(refused), query(refused)["next"]) == (TERMS, "/apps")
    assert "Tick this box" in visited(house, browser, refused.headers["location"], tmp_path).text
    assert browser.signed_in_as is None
    assert browser.post(TERMS, next="/apps", terms="2026-11").headers["location"] == "/apps"
    assert browser.signed_in_as == "ada"
    assert accepted(house) == "2026-11"


def test_t104_no_address_passes_by_the_terms(house: House, tmp_path: Path) -> None:
    house.person("ada")
    made = house.ask(apps.create_for, "ada", {"client_name": "Notes", "redirect_uris": [BACK]}, first_party=True)
    link = f"/oauth2/authorize?{urlencode({'client_id': made.client_id, 'scope': 'identify'})}"
    browser = house.browser()
    browser.sign_in("ada")
    assert follow(browser, link).startswith(f"{BACK}?code=")
    set_terms(house, "1")
    address = follow(browser, link)
    assert address.startswith("/login?flow=")
    standard = {"response_type": "code", "redirect_uri": BACK, "code_challenge": "A" * 43}
    more = urlencode({**standard, "code_challenge_method": "S256", "prompt": "none"})
    assert "error=login_required" in follow(browser, f"{link}&{more}")
    page = visited(house, browser, address, tmp_path)
    assert page.heading == "Accept the terms"
    for shown in ("/login", "/login?next=%2Faccount", "/device", "/consent"):
        assert visited(house, browser, shown, tmp_path).heading == "Accept the terms"
    for form in ("/account/password", "/account/email", "/account/authenticator", "/account/username"):
        assert "error=" in browser.post(form, username="other", password="x").headers["location"]
    assert house.look("SELECT username, email FROM users") == [("ada", "ada@example.org")]
    flow = page.fields["flow"]["value"]
    answer = browser.post(TERMS, flow=flow, terms="1")
    assert follow(browser, answer.headers["location"]).startswith(f"{BACK}?code=")


def test_t114_a_new_version_asks_everybody_again_at_the_next_request_of_every_tab(house: House) -> None:
    set_terms(house, "1")
    house.person("ada")
    tabs = house.browser(), house.browser("198.51.100.7")
    for tab in tabs:
        tab.sign_in("ada")
        tab.post(TERMS, terms="1")
    assert [tab.signed_in_as for tab in tabs] == ["ada", "ada"]
    handles = [row[0] for row in house.look("SELECT handle FROM sessions WHERE ended_at IS NULL")]
    sockets = [Caller(handle=handle) for handle in handles]  # what the events of an open page come with
    assert [house.is_alive(one) for one in sockets] == [True, True]
    set_terms(house, "2")
    assert [tab.signed_in_as for tab in tabs] == [None, None]
    assert [house.is_alive(one) for one in sockets] == [False, False]
    old = tabs[0].post(TERMS, terms="1")
    assert (path(old), query(old)["error"]) == (TERMS, "form")
    assert accepted(house) == "1"
    tabs[0].post(TERMS, terms="2")
    assert [tab.signed_in_as for tab in tabs] == ["ada", "ada"]
    assert path(tabs[1].post(TERMS, terms="1")) == "/account"  # the old tab: nothing is left to accept
    assert accepted(house) == "2"


def test_accepting_in_many_tabs_at_once_is_one_acceptance(house: House) -> None:
    set_terms(house, "1")
    house.person("ada")
    browser = house.browser()
    browser.sign_in("ada")
    answers = together(*(browser.submit(TERMS, terms="1") for _ in range(20)))
    assert {answer.headers["location"] for answer in answers} == {"/account"}
    assert house.events("terms.accepted") == 1


def test_cancel_signs_out_and_the_session_is_over_for_good(house: House) -> None:
    set_terms(house, "1")
    house.person("ada")
    browser = house.browser()
    browser.sign_in("ada")
    before = browser.caller
    assert query(browser.post("/session/end"))["notice"] == "signed_out"
    assert browser.session is None
    assert accepted(house) is None
    set_terms(house, "")
    assert not house.is_alive(before)


def test_another_sign_in_ends_the_session_that_waited(house: House) -> None:
    set_terms(house, "1")
    house.person("ada")
    house.person("bob")
    browser = house.browser()
    browser.sign_in("ada")
    before = browser.caller
    browser.sign_in("bob")
    set_terms(house, "")
    assert not house.is_alive(before)
    assert browser.signed_in_as == "bob"


def test_who_is_not_signed_in_accepts_nothing(house: House, tmp_path: Path) -> None:
    set_terms(house, "1")
    house.person("ada")
    browser = house.browser()
    assert query(browser.post(TERMS, terms="1"))["error"] == "credentials"
    assert visited(house, browser, TERMS, tmp_path).heading == "Sign in"
    assert accepted(house) is None


def test_the_administrator_who_sets_the_terms_goes_on(house: House) -> None:
    house.person("root1", admin=True)
    boss = house.browser()
    boss.sign_in("root1")
    house.ask(settings.change, {"terms_url": URL}, caller=boss.caller)
    house.ask(settings.change, {"terms_version": "1"}, caller=boss.caller)
    assert boss.signed_in_as == "root1"
    assert accepted(house, "root1") == "1"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "ftp://x.example", "https://", "https://a@b.c"])
def test_an_address_that_is_no_web_page_is_refused(house: House, url: str) -> None:
    with pytest.raises(Invalid):
        house.ask(settings.change, {"terms_url": url})


@pytest.mark.parametrize("version", ['1"', "a b", "ü", "x" * 41, "1'"])
def test_a_version_that_could_be_written_in_two_ways_is_refused(house: House, version: str) -> None:
    house.ask(settings.change, {"terms_url": URL})
    with pytest.raises(Invalid):
        house.ask(settings.change, {"terms_version": version})


def test_nobody_is_asked_for_terms_that_cannot_be_read(house: House) -> None:
    with pytest.raises(Invalid):
        house.ask(settings.change, {"terms_version": "1"})
    set_terms(house, "1")
    with pytest.raises(Invalid):
        house.ask(settings.change, {"terms_url": ""})
    house.ask(settings.change, {"terms_url": "", "terms_version": ""})


def test_the_export_says_what_was_accepted_and_when(house: House) -> None:
    set_terms(house, "7")
    house.person("ada")
    browser = house.browser()
    browser.sign_in("ada")
    browser.post(TERMS, terms="7")
    found = unpack(download(browser))["profile.json"]
    assert (found["terms_version"], found["terms_accepted_at"]) == ("7", "2026-01-01T12:00:00+00:00")


def test_who_does_not_accept_takes_their_data_and_deletes_their_account(house: House, tmp_path: Path) -> None:
    set_terms(house, "1")
    house.person("ada")
    browser = house.browser()
    browser.sign_in("ada")
    page = visited(house, browser, TERMS, tmp_path)
    assert page.links["Download my data"] == "/account/data/export"
    assert "Delete account" in page.buttons
    assert unpack(download(browser))["profile.json"]["username"] == "ada"
    wrong = browser.post(DECLINE, password="a guess that is wrong")
    assert (path(wrong), query(wrong)["error"]) == (TERMS, "form")
    assert "not your current password" in visited(house, browser, wrong.headers["location"], tmp_path).text
    assert house.look("SELECT COUNT(*) FROM deletions") == [(0,)]
    gone = browser.post(DECLINE, password=PASSWORD)
    assert (path(gone), query(gone)["notice"]) == ("/login", "deletion_asked")
    assert house.look("SELECT COUNT(*) FROM deletions") == [(1,)]
    assert accepted(house) is None


def test_t104_leaving_without_accepting_opens_nothing_else(house: House) -> None:
    set_terms(house, "1")
    house.person("ada")
    browser = house.browser()
    browser.sign_in("ada")
    download(browser)
    assert browser.signed_in_as is None
    assert path(browser.post("/account/delete", password=PASSWORD)) == "/account/data"
    assert house.look("SELECT COUNT(*) FROM deletions") == [(0,)]


def test_t093_deleting_asks_for_a_new_sign_in_where_the_password_is_not_enough(house: House, tmp_path: Path) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in("ada")
    house.ask(prove_two_factors, caller=browser.caller)
    set_terms(house, "1")
    house.later(seconds=lifetimes.STEP_UP.in_seconds + 1)
    refused = browser.post(DECLINE, password=PASSWORD)
    assert path(refused) == TERMS
    assert "You signed in a while ago." in visited(house, browser, refused.headers["location"], tmp_path).text
    assert house.look("SELECT COUNT(*) FROM deletions") == [(0,)]


def prove_two_factors(ctx: Context) -> None:
    assert ctx.session is not None
    ctx.db.run("UPDATE sessions SET amr = 'pwd otp mfa' WHERE id = ?", ctx.session.id)
