"""T086 to T110 against passkeys: answers replayed, moved, copied and forged, on either database."""

import asyncio
from typing import Any

import pytest

from oauth2system.runtime.context import Context
from oauth2system.services.admin import people
from tests.support.browsers.authenticator import PRESENT, Authenticator
from tests.support.in_process.browsers import PASSWORD, Browser, House, query, together

FOREIGN: dict[str, dict[str, str]] = {
    "another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "a sub-domain": {"origin": "http://a.localhost:8000", "sec-fetch-site": "same-site"},
    "no origin": {"origin": "null"},
}


def owner(house: House, username: str = "ada") -> tuple[Browser, Authenticator]:
    """Make somebody who is signed in, with a passkey."""
    house.person(username)
    browser, held = house.browser(), Authenticator()
    browser.sign_in(username)
    options = browser.post("/account/passkeys/options").json()
    browser.post("/account/passkeys", credential=held.create(options), name="Laptop")
    return browser, held


def ask(browser: Browser) -> dict[str, Any]:
    return browser.post("/session/passkey/options").json()


def use(browser: Browser, held: Authenticator, **changed: Any) -> str:
    """Sign in with a passkey; returns the error, empty where it succeeded."""
    answer = browser.post("/session/passkey", credential=held.use(ask(browser), **changed))
    return query(answer).get("error", "")


def forget_counter(house: House, held: Authenticator) -> None:
    """Let the passkey have no counter, as those that sync."""

    def reset(ctx: Context) -> None:
        ctx.db.run("UPDATE passkeys SET sign_count = 0")

    house.ask(reset)
    held.counts, held.passkeys[0].count = False, 0


def test_t099_an_answer_signs_in_once(house: House) -> None:
    _ada, held = owner(house)
    forget_counter(house, held)  # else the counter would refuse the second
    browser = house.browser()
    sent = held.use(ask(browser))
    answers = together(*(browser.submit("/session/passkey", credential=sent) for _ in range(8)))
    assert sorted(query(one).get("error", "") for one in answers) == ["", *["passkey_late"] * 7]
    assert house.look("SELECT COUNT(*) FROM sessions") == [(2,)]


def test_t099_an_answer_works_for_six_minutes(house: House) -> None:
    _ada, held = owner(house)
    browser = house.browser()
    asked = ask(browser)
    house.later(minutes=6)
    assert query(browser.post("/session/passkey", credential=held.use(asked)))["error"] == "passkey_late"
    asked = ask(browser)
    house.later(minutes=6, milliseconds=-1)
    assert "error" not in query(browser.post("/session/passkey", credential=held.use(asked)))


def test_t107_an_answer_of_the_attacker_signs_no_victim_in(house: House) -> None:
    """The challenge that the attacker answered belongs to the attacker's browser."""
    _eve, held = owner(house, "eve")
    attacker, victim = house.browser(), house.browser()
    ask(victim)
    sent = held.use(ask(attacker))
    assert query(victim.post("/session/passkey", credential=sent))["error"] == "passkey_late"
    assert victim.signed_in_as is None


@pytest.mark.parametrize("whence", FOREIGN)
@pytest.mark.parametrize(
    "route", ["/session/passkey", "/session/passkey/options", "/account/passkeys", "/account/passkeys/options"]
)
def test_t110_no_other_site_asks_or_answers(house: House, route: str, whence: str) -> None:
    ada, held = owner(house)
    before = house.look("SELECT COUNT(*) FROM passkeys")
    sent = held.use(ask(ada))
    answer = asyncio.run(ada.send("POST", route, data={"credential": sent}, headers=FOREIGN[whence]))
    assert answer.status_code == 403
    assert house.look("SELECT COUNT(*) FROM passkeys") == before


def test_t099_a_challenge_is_for_one_purpose_and_one_session(house: House) -> None:
    ada, held = owner(house)
    asked = ada.post("/account/passkeys/options").json()
    other = house.browser()
    use(other, held)
    stolen = Authenticator().create(asked)
    assert query(other.post("/account/passkeys", credential=stolen, name="x"))["error"] == "passkey_late"
    signing = ask(ada)
    swapped = Authenticator().create({**asked, "challenge": signing["challenge"]})
    assert query(ada.post("/account/passkeys", credential=swapped, name="x"))["error"] == "passkey_late"
    moved = held.use({**signing, "challenge": asked["challenge"]})
    assert query(ada.post("/session/passkey", credential=moved))["error"] == "passkey_late"


def test_t099_a_copied_passkey_is_refused_for_good_and_its_owner_is_notified(house: House) -> None:
    _ada, held = owner(house)
    thief = Authenticator(passkeys=[held.passkeys[0].copy()])
    assert use(house.browser(), held) == ""
    stolen = house.browser("203.0.113.66")
    assert use(stolen, thief) == "passkey_refused"
    assert stolen.signed_in_as is None
    for _ in range(3):
        held.passkeys[0].count += 10
        assert use(house.browser(), held) == "passkey_refused"
    [mail] = [one for one in house.mail("ada@example.org") if "copied" in one.subject]
    assert "/account/security" in mail.text
    assert house.events("passkey.copied") == 1


def test_t099_of_two_copies_that_are_used_at_once_one_signs_in(house: House) -> None:
    _ada, held = owner(house)
    thief = Authenticator(passkeys=[held.passkeys[0].copy()])
    browsers = [house.browser(), house.browser("203.0.113.66")]
    sent = [one.use(ask(browser)) for one, browser in zip((held, thief), browsers, strict=True)]
    answers = together(
        *(browser.submit("/session/passkey", credential=one) for browser, one in zip(browsers, sent, strict=True))
    )
    assert sorted(query(one).get("error", "") for one in answers) == ["", "passkey_refused"]


def test_t099_only_the_holder_of_the_key_can_have_a_passkey_refused(house: House) -> None:
    """A counter that nobody signed says nothing."""
    _ada, held = owner(house)
    for _ in range(3):
        assert use(house.browser(), held, signature=b"x" * 70, count=0) == "passkey_wrong"
    assert use(house.browser(), held) == ""


def test_t104_a_passkey_alone_needs_a_person_who_was_checked(house: House) -> None:
    _ada, held = owner(house)
    browser = house.browser()
    assert use(browser, held, flags=PRESENT) == "passkey_unverified"
    assert browser.signed_in_as is None


def test_t087_the_options_are_the_same_for_everybody(house: House) -> None:
    owner(house)
    known, unknown = ask(house.browser()), ask(house.browser("198.51.100.4"))
    assert {**known, "challenge": ""} == {**unknown, "challenge": ""}


def test_t087_a_disabled_person_looks_like_nobody(house: House) -> None:
    _ada, held = owner(house)
    house.ask(people.disable, "ada")
    assert use(house.browser(), held) == "passkey_unknown"
    assert use(house.browser(), held, id=b"nobody") == "passkey_unknown"


def test_t095_an_account_that_proved_no_address_has_no_passkey(house: House) -> None:
    """Else the maker of an account with somebody's address would keep a key to it."""
    eve = house.browser()
    eve.register("eve", "ada@example.org")
    eve.sign_in("eve")
    assert eve.post("/account/passkeys/options").status_code == 403
    house.person("bob")
    bob = house.browser()
    bob.sign_in("bob")
    made = Authenticator().create(bob.post("/account/passkeys/options").json())
    assert query(eve.post("/account/passkeys", credential=made, name="x"))["error"] == "passkey_unconfirmed"


def test_t094_undoing_a_stolen_address_removes_the_thief_s_passkeys(house: House) -> None:
    ada, own = owner(house)
    house.later(days=30)
    assert use(ada, own) == ""
    thief, stolen = house.browser("203.0.113.66"), Authenticator()
    thief.cookies = ada.cookies  # a browser that was left open, by somebody who knows the password
    options = thief.post("/account/passkeys/options").json()
    thief.post("/account/passkeys", credential=stolen.create(options), name="mine")
    thief.post("/account/email", email="eve@example.org", password=PASSWORD)
    thief.post("/account/email_confirm", token=house.token("eve@example.org"))
    ada.post("/account/email_confirm", token=house.token("ada@example.org"))
    assert use(house.browser(), stolen) == "passkey_unknown"
    assert use(house.browser(), own) == ""


def test_t103_a_passkey_gives_a_new_session_and_ends_the_old_one(house: House) -> None:
    ada, held = owner(house)
    before = ada.caller
    assert use(ada, held) == ""
    assert ada.signed_in_as == "ada"
    assert not house.is_alive(before)


def test_t105_somebody_else_s_passkey_replaces_the_session_as_a_whole(house: House) -> None:
    ada, _own = owner(house)
    _eve, held = owner(house, "eve")
    before = ada.caller
    assert use(ada, held) == ""
    assert ada.signed_in_as == "eve"
    assert not house.is_alive(before)


def test_t096_guesses_with_passkeys_count_by_address(house: House) -> None:
    _ada, held = owner(house)
    browser = house.browser("203.0.113.66")
    found = [use(browser, held, signature=b"x") for _ in range(105)]
    assert set(found) == {"passkey_wrong", "throttled"}
    assert use(house.browser("198.51.100.1"), held) == ""


def test_t114_a_session_by_passkey_ends_with_its_person(house: House) -> None:
    _ada, held = owner(house)
    browser = house.browser()
    assert use(browser, held) == ""
    house.ask(people.disable, "ada")
    assert browser.signed_in_as is None
