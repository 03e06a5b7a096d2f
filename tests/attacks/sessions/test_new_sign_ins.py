"""T116: a person sees every sign-in, is asked about those from unknown browsers, and ends them with one click."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.policy import lifetimes
from oauth2system.services.sessions import browser_sessions, new_sign_ins
from tests.support.in_process.browsers import Browser, House, path, query, together

SUBJECT = "A new sign-in to your account"


def at_home(house: House) -> Browser:
    """Return the browser in which a person signed in first."""
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    house.later(seconds=5)
    return browser


def get(browser: Browser, address: str) -> httpx.Response:
    return asyncio.run(browser.send("GET", address))


def mails(house: House) -> list[str]:
    return [one.text for one in house.mail("ada@example.org") if one.subject == SUBJECT]


def link(house: House) -> str:
    (text,) = mails(house)
    found = next(word for word in text.split() if "/account/new_sign_in?" in word)
    return parse_qs(urlsplit(found).query)["token"][0]


def questions(house: House, browser: Browser) -> tuple[new_sign_ins.NewSignIn, ...]:
    return house.ask(new_sign_ins.list_questions, caller=browser.caller)


def mark(house: House, browser: Browser) -> str:
    return house.ask(browser_sessions.mark, caller=browser.caller)


def test_the_first_sign_in_and_a_known_browser_are_not_asked_about(house: House) -> None:
    browser = at_home(house)
    browser.post("/session/end")
    browser.sign_in()
    browser.sign_in()
    assert mails(house) == []
    assert questions(house, browser) == ()


def test_t116_a_sign_in_from_an_unknown_browser_is_asked_about_by_mail_and_on_other_devices(house: House) -> None:
    home = at_home(house)
    before = mark(house, home)
    thief = house.browser("198.51.100.7")
    thief.sign_in()
    assert mark(house, home) != before
    (asked,) = questions(house, home)
    assert asked.ip == "198.51.100.7"
    assert questions(house, thief) == (), "a browser that is in question is not asked"
    (text,) = mails(house)
    assert "198.51.100.7" in text
    listed = {one.is_this: one.in_question for one in house.ask(browser_sessions.list_sessions, caller=home.caller)}
    assert listed == {True: False, False: True}


def test_t116_the_link_of_the_mail_ends_the_sign_in_without_one_and_leads_to_a_new_password(house: House) -> None:
    home = at_home(house)
    thief, reader = house.browser("198.51.100.7"), house.browser("203.0.113.5")
    thief.sign_in()
    token = link(house)
    page = get(reader, f"/account/new_sign_in?token={token}")
    assert (page.status_code, "This was not me" in page.text) == (200, True)
    assert thief.signed_in_as == "ada", "opening the link does nothing"
    answer = reader.post("/account/new_sign_in", token=token)
    assert (path(answer), query(answer)["notice"]) == ("/account/password_reset", "disowned_by_link")
    assert (thief.signed_in_as, home.signed_in_as, reader.signed_in_as) == (None, "ada", None)
    assert "/account/password_reset?token=" in house.link("ada@example.org")
    assert reader.post("/account/new_sign_in", token=token).status_code == 404
    assert get(reader, f"/account/new_sign_in?token={token}").status_code == 404
    assert house.events("session.disowned") == 1


def test_t116_signing_in_again_does_not_escape_the_question_or_the_link(house: House) -> None:
    home = at_home(house)
    thief = house.browser("198.51.100.7")
    thief.sign_in()
    token = link(house)
    thief.sign_in()
    assert len(questions(house, home)) == 1
    thief.post("/session/end")
    house.later(seconds=5)
    thief.sign_in()  # the browser is known by now
    home.post("/account/new_sign_in", token=token)
    assert (thief.signed_in_as, home.signed_in_as) == (None, "ada")


def test_t100_the_link_works_for_seven_days(house: House) -> None:
    at_home(house)
    house.browser("198.51.100.7").sign_in()
    token, reader = link(house), house.browser()
    house.later(seconds=lifetimes.NEW_SIGN_IN_LINK.in_seconds - 2)
    assert get(reader, f"/account/new_sign_in?token={token}").status_code == 200
    house.later(seconds=3)
    assert reader.post("/account/new_sign_in", token=token).status_code == 404


def test_t110_the_link_is_not_used_from_another_site(house: House) -> None:
    at_home(house)
    thief = house.browser("198.51.100.7")
    thief.sign_in()
    reader = house.browser()
    token = link(house)
    headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    answer = asyncio.run(reader.send("POST", "/account/new_sign_in", data={"token": token}, headers=headers))
    assert (answer.status_code, thief.signed_in_as) == (403, "ada")


def test_t116_of_many_presses_of_the_link_one_ends_the_sign_in(house: House) -> None:
    at_home(house)
    house.browser("198.51.100.7").sign_in()
    token, reader = link(house), house.browser()
    answers = together(*(reader.submit("/account/new_sign_in", token=token) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [303, *[404] * 7]


def test_t116_a_device_answers_for_the_sign_in(house: House) -> None:
    home, phone, thief = at_home(house), house.browser("203.0.113.5"), house.browser("198.51.100.7")
    phone.sign_in()
    (asked,) = questions(house, home)
    house.ask(new_sign_ins.accept, asked.handle, caller=home.caller)
    assert questions(house, home) == ()
    house.later(seconds=5)
    thief.sign_in()
    (asked,) = questions(house, phone)
    with pytest.raises(NotPermitted):
        house.ask(new_sign_ins.accept, asked.handle, caller=thief.caller)
    house.ask(new_sign_ins.disown, asked.handle, caller=phone.caller)
    assert (thief.signed_in_as, phone.signed_in_as, home.signed_in_as) == (None, "ada", "ada")
    with pytest.raises(NotFound):
        house.ask(new_sign_ins.disown, asked.handle, caller=phone.caller)


def test_t120_nobody_answers_for_somebody_else(house: House) -> None:
    home = at_home(house)
    house.browser("198.51.100.7").sign_in()
    house.person("bob")
    bob = house.browser()
    bob.sign_in("bob")
    (asked,) = questions(house, home)
    for answer in (new_sign_ins.accept, new_sign_ins.disown):
        with pytest.raises(NotFound):
            house.ask(answer, asked.handle, caller=bob.caller)
    assert mark(house, bob) != mark(house, home)


def test_the_mark_is_empty_without_a_session_and_asking_for_it_is_no_use_of_one(house: House) -> None:
    home = at_home(house)
    assert get(house.browser(), "/session/state").json() == {"mark": ""}
    answer = get(home, "/session/state")
    assert (answer.json(), answer.headers["cache-control"]) == ({"mark": mark(house, home)}, "no-store")
    for _hour in range(24 * 7):
        house.later(hours=1)
        get(home, "/session/state")
    assert home.signed_in_as is None
    assert get(home, "/session/state").json() == {"mark": ""}
