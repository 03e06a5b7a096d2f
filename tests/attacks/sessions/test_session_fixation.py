"""T103, T104: a session begins anew with every proof, and never without all of them."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.services.admin import people
from tests.support.in_process.browsers import PASSWORD, House, path, query, together

NEW = "a quite different pass phrase"


@pytest.mark.parametrize("planted", ["x", "ou_" + "A" * 54, "\u00e9", "a" * 4000])
def test_t103_a_cookie_that_was_planted_is_not_what_one_is_signed_in_under(house: House, planted: str) -> None:
    house.person("ada")
    browser = house.browser()
    cookie = f"{house.settings.session_cookie}={planted}".encode()
    sent: Any = [(b"cookie", cookie), (b"origin", browser.origin.encode())]
    answer = asyncio.run(browser.send("POST", "/session", data={"login": "ada", "password": PASSWORD}, headers=sent))
    assert path(answer) == "/account"
    assert browser.session not in {None, "", planted}
    assert not house.is_alive(Caller(cookie=planted))


def test_t103_signing_in_again_gives_a_new_session_and_ends_the_old_one(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    first = browser.caller
    browser.sign_in()
    assert browser.session != first.cookie
    assert browser.signed_in_as == "ada"
    assert not house.is_alive(first)


def test_t103_a_new_password_gives_a_new_session_and_ends_all_others(house: House) -> None:
    house.person("ada")
    browser, other = house.browser(), house.browser()
    browser.sign_in()
    other.sign_in()
    first = browser.caller
    browser.post("/account/password", current_password=PASSWORD, password=NEW)
    assert browser.session != first.cookie
    assert browser.signed_in_as == "ada"
    assert not house.is_alive(first)
    assert other.signed_in_as is None


def test_t103_confirming_an_address_gives_a_new_session(house: House) -> None:
    browser = house.browser()
    browser.register("ada")
    browser.sign_in()
    first = browser.caller
    browser.post("/account/email_confirm", token=house.token("ada@example.org"))
    assert browser.session != first.cookie
    assert not house.is_alive(first)


def test_t103_a_failed_sign_in_leaves_the_session_that_was(house: House) -> None:
    house.person("ada")
    house.person("bob")
    browser = house.browser()
    browser.sign_in("ada")
    browser.sign_in("bob", "wrong password")
    assert browser.signed_in_as == "ada"


STEPS: dict[str, dict[str, str]] = {
    "/session": {"flow": "of_x"},
    "/registration": {},
    "/setup": {"username": "ada", "email": "ada@example.org", "password": PASSWORD},
    "/account/email_confirm": {"token": "oe_" + "A" * 54},
    "/account/email_confirm/resend": {},
    "/account/password_reset": {},
    "/account/password_reset/new": {"password": NEW},
    "/account/password": {"current_password": PASSWORD, "password": NEW},
    "/account/email": {"email": "new@example.org", "password": PASSWORD},
    "/account/terms": {"terms": "1"},
    "/account/terms/decline": {"password": PASSWORD},
    "/session/end": {},
}


@pytest.mark.parametrize("step", STEPS)
def test_t104_no_step_that_is_posted_out_of_order_or_empty_signs_anybody_in(house: House, step: str) -> None:
    house.person("ada")
    browser = house.browser()
    for fields in ({}, STEPS[step], STEPS[step]):
        answer = browser.post(step, **fields)
        assert answer.status_code == 303
        assert browser.session in {None, ""}
    assert house.look("SELECT COUNT(*) FROM sessions") == [(0,)]
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]


def test_t104_the_link_of_one_person_confirms_nobody_else(house: House) -> None:
    ada, bob = house.browser(), house.browser()
    ada.register("ada")
    bob.register("bob")
    bob.sign_in("bob")
    token = house.token("ada@example.org")
    bob.post("/account/email_confirm", token=token, password=PASSWORD)
    assert house.look("SELECT username FROM users WHERE email_confirmed_at IS NOT NULL") == [("ada",)]
    assert bob.signed_in_as == "bob"


def test_t104_a_form_sent_twice_by_a_double_click_registers_once(house: House) -> None:
    browser = house.browser()
    fields = {"username": "ada", "display_name": "", "email": "ada@example.org", "password": PASSWORD}
    answers = together(*(browser.submit("/registration", **fields) for _ in range(2)))
    assert [path(answer) for answer in answers] == ["/account/email_confirm"] * 2
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]


def test_t165_of_many_parallel_registrations_of_one_name_one_gets_it(house: House) -> None:
    browsers = [house.browser(f"198.51.100.{number}") for number in range(8)]

    async def race() -> list[str]:
        answers = await asyncio.gather(
            *(
                browser.submit(
                    "/registration", username="ada", display_name="", email=f"n{number}@example.org", password=PASSWORD
                )
                for number, browser in enumerate(browsers)
            )
        )
        return [query(answer).get("error", "registered") for answer in answers]

    assert sorted(asyncio.run(race())) == ["form"] * 7 + ["registered"]
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]


def test_t165_of_many_parallel_registrations_of_one_address_the_last_stays(house: House) -> None:
    browsers = [house.browser(f"198.51.100.{number}") for number in range(6)]

    async def race() -> list[int]:
        answers = await asyncio.gather(
            *(
                browser.submit(
                    "/registration", username=f"nn{number}", display_name="", email="ada@example.org", password=PASSWORD
                )
                for number, browser in enumerate(browsers)
            )
        )
        return [answer.status_code for answer in answers]

    assert set(asyncio.run(race())) == {303}
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]


def test_t162_of_many_parallel_set_ups_one_makes_the_administrator(house: House) -> None:
    links = [str(house.ask(people.make_setup_link)) for _ in range(2)]

    def post(number: int) -> Coroutine[Any, Any, httpx.Response]:
        name = f"boss{number}x"
        fields = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
        browser = house.browser(f"198.51.100.{number}")
        return browser.submit("/setup", token=links[number % 2].partition("token=")[2], **fields)

    answers = together(*(post(number) for number in range(8)))
    assert sorted(query(answer).get("error", "made") for answer in answers) == ["made", *["token"] * 7]
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]
