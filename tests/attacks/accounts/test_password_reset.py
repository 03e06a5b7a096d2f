"""T089-T092, T100, T101: links out of mails do their one thing once, for a while, for one account."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.services.admin import people
from oauth2system.storage.tables.ephemeral import Whose
from tests.support.in_process.browsers import PASSWORD, House, path, query

NEW = "a quite different pass phrase"
OTHER = "yet another pass phrase"


def ask_reset(house: House, username: str = "ada") -> str:
    house.browser("192.0.2.50").post("/account/password_reset", email=f"{username}@example.org")
    return house.token(f"{username}@example.org")


def use(house: House, token: str, password: str = NEW) -> str | None:
    """Use a reset link; returns the error, None when it worked."""
    answer = house.browser("192.0.2.51").post("/account/password_reset/new", token=token, password=password)
    return query(answer).get("error")


def test_t089_a_reset_link_works_once(house: House) -> None:
    house.person("ada")
    token = ask_reset(house)
    assert use(house, token) is None
    assert use(house, token, OTHER) == "token"
    assert path(house.browser().sign_in("ada", NEW)) == "/account"


def test_t089_of_many_parallel_uses_one_works(house: House) -> None:
    house.person("ada")
    token = ask_reset(house)
    browser = house.browser()

    async def all_at_once() -> list[str | None]:
        answers = await asyncio.gather(
            *(browser.submit("/account/password_reset/new", token=token, password=NEW) for _ in range(8))
        )
        return [query(answer).get("error") for answer in answers]

    assert sorted(asyncio.run(all_at_once()), key=str) == [None, *["token"] * 7]
    assert house.events("password.reset") == 1


def test_t089_a_reset_link_ends_after_half_an_hour(house: House) -> None:
    house.person("ada")
    token = ask_reset(house)
    house.later(minutes=30)
    assert use(house, token) == "token"


def test_t089_a_newer_link_ends_the_older_one(house: House) -> None:
    house.person("ada")
    older = ask_reset(house)
    newer = ask_reset(house)
    assert use(house, older) == "token"
    assert use(house, newer) is None


def test_t089_a_change_of_password_ends_the_link(house: House) -> None:
    house.person("ada")
    token = ask_reset(house)
    browser = house.browser()
    browser.sign_in()
    browser.post("/account/password", current_password=PASSWORD, password=OTHER)
    assert use(house, token) == "token"


def test_t089_a_disabled_account_is_not_reset(house: House) -> None:
    house.person("ada")
    token = ask_reset(house)
    house.ask(people.disable, "ada")
    assert use(house, token) == "token"
    house.ask(people.enable, "ada")
    assert use(house, token) == "token"


@pytest.mark.parametrize("damage", ["", "x", "ow_" + "A" * 54, "bit", "kind", "cut"])
def test_t089_anything_else_is_no_link(house: House, damage: str) -> None:
    house.person("ada")
    token = ask_reset(house)
    wrong = {"bit": token[:-1] + ("A" if token[-1] != "A" else "B"), "kind": "oe" + token[2:], "cut": token[:-1]}
    assert use(house, wrong.get(damage, damage)) == "token"
    assert use(house, token) is None


def test_t056_a_link_of_one_kind_is_none_of_another(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    browser.register("bob")
    confirm, reset = house.token("bob@example.org"), ask_reset(house)
    assert use(house, confirm) == "token"
    assert query(browser.post("/account/email_confirm", token=reset))["error"] == "token"
    assert query(browser.post("/setup", token=reset, username="eve"))["error"] == "token"


def test_t090_a_reset_signs_nobody_in(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    answer = browser.post("/account/password_reset/new", token=ask_reset(house), password=NEW)
    assert path(answer) == "/login"
    assert browser.session is None


@pytest.mark.parametrize("header", ["host", "x-forwarded-host", "forwarded"])
def test_t091_a_link_leads_to_the_configured_origin_whatever_a_request_calls_us(house: House, header: str) -> None:
    house.person("ada")
    browser = house.browser()
    value = "host=evil.tld;proto=https" if header == "forwarded" else "evil.tld"
    headers = {"origin": browser.origin, header: value}
    fields = {"username": "bob", "email": "bob@example.org", "password": PASSWORD}
    asyncio.run(browser.send("POST", "/registration", data=fields, headers=headers))
    asyncio.run(browser.send("POST", "/account/password_reset", data={"email": "ada@example.org"}, headers=headers))
    mails = house.mail()
    assert len(mails) == 2
    for mail in mails:
        assert "http://localhost:8000/account/" in mail.text
        assert "evil" not in mail.text


def test_t092_a_reset_ends_every_session_and_tells_the_owner(house: House) -> None:
    house.person("ada")
    browsers = [house.browser() for _ in range(2)]
    for browser in browsers:
        browser.sign_in()
    assert use(house, ask_reset(house)) is None
    assert [browser.signed_in_as for browser in browsers] == [None, None]
    mail = house.mail("ada@example.org")[0]
    assert mail.subject == "Your password has changed"
    assert query(browsers[0].sign_in("ada", PASSWORD))["error"] == "credentials"


def test_t092_a_reset_takes_back_what_sites_could_still_fetch(house: House) -> None:
    user_id = house.person("ada")
    token = ask_reset(house)
    house.ask(one_time_links.mint, Kind.SIMPLE, lives=timedelta(hours=1), data="identify", whose=Whose(user_id, 0))
    use(house, token)
    assert house.look("SELECT COUNT(*) FROM ephemeral WHERE kind = 'os'") == [(0,)]


def a_confirmation(house: House) -> Callable[[], bool]:
    house.browser().register("bob")
    token = house.token("bob@example.org")
    return lambda: "error" not in query(house.browser().post("/account/email_confirm", token=token, password=PASSWORD))


def a_reset(house: House) -> Callable[[], bool]:
    house.person("bob")
    token = ask_reset(house, "bob")
    return lambda: use(house, token) is None


def an_invitation(house: House) -> Callable[[], bool]:
    invite = house.ask(people.invite, "bob@example.org").partition("invite=")[2]
    house.later(seconds=1)
    return lambda: "error" not in query(house.browser().register("bob", invite=invite))


def a_set_up_link(house: House) -> Callable[[], bool]:
    token = str(house.ask(people.make_setup_link)).partition("token=")[2]
    house.later(seconds=1)
    fields = {"username": "bob", "email": "bob@example.org", "password": NEW}
    return lambda: "error" not in query(house.browser().post("/setup", token=token, **fields))


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("make", "lives"),
    [
        (a_confirmation, timedelta(hours=24)),
        (a_reset, timedelta(minutes=30)),
        (an_invitation, timedelta(days=7)),
        (a_set_up_link, timedelta(hours=24)),
    ],
)
def test_t100_a_link_works_until_its_last_second_and_not_after(
    database_url: str, tmp_path: Path, make: Callable[[House], Callable[[], bool]], lives: timedelta, *, late: bool
) -> None:
    """The clean-up job does not run here: what has expired is refused, not merely tidied away."""
    house = House(database_url, tmp_path, REGISTRATION="invite" if make is an_invitation else "open")
    works = make(house)  # a second ago by now
    house.now += lives - timedelta(seconds=1 if late else 2)
    assert works() is not late
    house.close()


def test_t100_a_session_ends_after_a_week_without_a_visit(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    house.later(days=7, seconds=-1)
    assert browser.signed_in_as == "ada"
    house.later(seconds=1)
    assert browser.signed_in_as is None


def test_t101_the_browser_that_registered_is_signed_in_only_by_its_own_link(house: House) -> None:
    ada, bob = house.browser(), house.browser()
    ada.register("ada")
    bob.register("bob")
    answer = bob.post("/account/email_confirm", token=house.token("ada@example.org"), password=PASSWORD)
    assert (path(answer), bob.session) == ("/login", None)


def test_t101_the_browser_that_registered_is_forgotten_after_a_day(house: House) -> None:
    browser = house.browser()
    browser.register("ada")
    house.later(hours=23)
    browser.sign_in()
    other = house.browser()
    other.cookies = httpx.Cookies({(name := house.settings.cookie("registration")): browser.cookies[name]})
    browser.post("/account/email_confirm/resend", email="ada@example.org")
    token = house.token("ada@example.org")
    house.later(hours=1)
    assert path(other.post("/account/email_confirm", token=token, password=PASSWORD)) == "/login"
