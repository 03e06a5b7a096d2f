"""Passkeys through the door: added, used to sign in, named and removed, on either database."""

import json
from typing import Any

import httpx
import pytest

from oauth2system.errors import Invalid, NotFound
from oauth2system.policy import quotas
from oauth2system.services.sessions import passkeys
from oauth2system.services.sessions.passkeys import PasskeyView
from tests.support.browsers.authenticator import PRESENT, Authenticator
from tests.support.in_process.browsers import Browser, House, path, query, together
from tests.support.leaving import download, unpack


def add(browser: Browser, held: Authenticator, name: str = "Laptop", **changed: Any) -> httpx.Response:
    """Press "Add passkey", and let the device make one."""
    options = browser.post("/account/passkeys/options").json()
    return browser.post("/account/passkeys", credential=held.create(options, **changed), name=name)


def use(browser: Browser, held: Authenticator, next_: str = "/account", **changed: Any) -> httpx.Response:
    """Press "Sign in with a passkey", and let the device answer."""
    options = browser.post("/session/passkey/options").json()
    return browser.post("/session/passkey", credential=held.use(options, **changed), next=next_)


def owner(house: House, username: str = "ada") -> Browser:
    """Make somebody who is signed in by the password."""
    house.person(username)
    browser = house.browser()
    browser.sign_in(username)
    return browser


def listed(house: House, browser: Browser) -> tuple[PasskeyView, ...]:
    return house.ask(passkeys.list_passkeys, caller=browser.caller).passkeys


def test_a_passkey_is_added_and_signs_in_alone(house: House) -> None:
    ada, held = owner(house), Authenticator()
    answer = add(ada, held)
    assert (path(answer), query(answer)) == ("/account/recovery_codes", {"notice": "passkey_added"})
    [one] = listed(house, ada)
    assert (one.name, one.syncs, one.last_used_at, one.refused) == ("Laptop", False, None, False)
    house.later(minutes=5)
    elsewhere = house.browser("198.51.100.9")
    assert use(elsewhere, held, "/apps").headers["location"] == "/apps"
    assert elsewhere.signed_in_as == "ada"
    assert listed(house, ada)[0].last_used_at == house.now


def test_the_session_says_how_its_person_signed_in(house: House) -> None:
    ada, held, synced = owner(house), Authenticator(), Authenticator(syncs=True)
    add(ada, held)
    add(ada, synced)
    for one in (held, synced):
        use(house.browser(), one)
    found = house.look("SELECT amr FROM sessions ORDER BY id")
    assert found == [("pwd hwk swk mfa",), ("hwk user mfa",), ("swk user mfa",)]


def test_a_passkey_goes_on_with_the_flow(house: House) -> None:
    ada, held = owner(house), Authenticator()
    add(ada, held)
    browser = house.browser()
    options = browser.post("/session/passkey/options").json()
    answer = browser.post("/session/passkey", credential=held.use(options), flow="of_x&y")
    assert answer.headers["location"] == "/oauth2/authorize?flow=of_x%26y"


@pytest.mark.parametrize(("sent", "kept"), [({}, True), ({"keep_asked": "1"}, False), ({"keep": "1"}, True)])
def test_a_person_chooses_whether_to_stay_signed_in(house: House, sent: dict[str, str], kept: bool) -> None:
    ada, held = owner(house), Authenticator()
    add(ada, held)
    browser = house.browser()
    options = browser.post("/session/passkey/options").json()
    browser.post("/session/passkey", credential=held.use(options), **sent)
    [(found,)] = house.look("SELECT kept FROM sessions ORDER BY id DESC LIMIT 1")
    assert bool(found) is kept


def test_what_a_browser_is_asked_names_nobody(house: House) -> None:
    owner(house)
    asked = house.browser().post("/session/passkey/options").json()
    assert asked["allowCredentials"] == []
    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "localhost"


def test_the_handle_on_the_device_is_not_the_id_of_the_person(house: House) -> None:
    ada, held = owner(house), Authenticator()
    add(ada, held)
    [(user_id,)] = house.look("SELECT id FROM users")
    assert user_id.encode() not in held.passkeys[0].handle
    assert len(held.passkeys[0].handle) == 32


def test_the_device_learns_which_passkeys_there_are(house: House) -> None:
    ada, held = owner(house), Authenticator()
    add(ada, held)
    asked = ada.post("/account/passkeys/options").json()
    assert [one["transports"] for one in asked["excludeCredentials"]] == [["hybrid", "internal"]]


def test_a_passkey_that_syncs_is_told_apart(house: House) -> None:
    ada = owner(house)
    add(ada, Authenticator(syncs=True))
    assert listed(house, ada)[0].syncs


@pytest.mark.parametrize("proposed", ["", "x" * 41, "a\u202eb", "\n"])
def test_a_proposal_that_cannot_be_shown_is_replaced(house: House, proposed: str) -> None:
    ada = owner(house)
    assert query(add(ada, Authenticator(), proposed))["notice"] == "passkey_added"
    assert listed(house, ada)[0].name == "Passkey"


def test_a_passkey_is_renamed_and_removed_with_a_mail(house: House) -> None:
    ada, held = owner(house), Authenticator()
    add(ada, held)
    [one] = listed(house, ada)
    renamed = house.ask(passkeys.rename, one.id, "  My   phone ", caller=ada.caller)
    assert renamed.passkeys[0].name == "My phone"
    with pytest.raises(Invalid):
        house.ask(passkeys.rename, one.id, "", caller=ada.caller)
    assert house.ask(passkeys.remove, one.id, caller=ada.caller).passkeys == ()
    assert query(use(house.browser(), held))["error"] == "passkey_unknown"
    subjects = [mail.subject for mail in house.mail("ada@example.org")]
    assert {"A passkey was added to your account", "A passkey was removed from your account"} <= set(subjects)
    assert house.events("passkey.added") == house.events("passkey.removed") == 1


@pytest.mark.parametrize("number", ["1", "", "x", "9" * 30, "-1", "\u0661"])
def test_t120_a_passkey_of_somebody_else_is_not_there(house: House, number: str) -> None:
    ada, eve = owner(house), owner(house, "eve")
    add(ada, Authenticator())
    for one in (number, listed(house, ada)[0].id):
        with pytest.raises(NotFound):
            house.ask(passkeys.rename, one, "mine", caller=eve.caller)
        with pytest.raises(NotFound):
            house.ask(passkeys.remove, one, caller=eve.caller)
    assert listed(house, ada)[0].name == "Laptop"


def test_one_device_has_one_passkey_of_one_account(house: House) -> None:
    ada, eve, held = owner(house), owner(house, "eve"), Authenticator()
    add(ada, held)
    assert query(add(eve, Authenticator(), id=held.passkeys[0].id))["error"] == "passkey_taken"
    assert listed(house, eve) == ()
    assert use(house.browser(), held).headers["location"] == "/account"


def test_an_account_has_so_many_passkeys_also_when_they_are_added_at_once(house: House) -> None:
    ada = owner(house)
    for _number in range(quotas.PASSKEYS_OF_A_PERSON - 1):
        add(ada, Authenticator())
    asked = [ada.post("/account/passkeys/options").json() for _ in range(4)]
    sent = [Authenticator().create(options) for options in asked]
    answers = together(*(ada.submit("/account/passkeys", credential=one, name="x") for one in sent))
    assert sorted(query(one).get("error", "") for one in answers) == ["", *["passkey_full"] * 3]
    refused = ada.post("/account/passkeys/options")
    assert (refused.status_code, set(refused.json())) == (403, {"problem"})


def test_nobody_adds_a_passkey_without_a_session(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    assert browser.post("/account/passkeys/options").status_code == 403
    assert path(browser.post("/account/passkeys", credential="{}", name="x")) == "/account/security"
    assert house.look("SELECT COUNT(*) FROM passkeys") == [(0,)]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"flags": PRESENT}, "passkey_unverified"),
        ({"origin": "https://evil.example"}, "passkey_origin"),
        ({"challenge": "AAAA"}, "passkey_late"),
        ({"id": b"nobody's"}, "passkey_unknown"),
        ({"handle": b"somebody else"}, "passkey_unknown"),
        ({"signature": b"x"}, "passkey_wrong"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_does_not_sign_in_says_why(house: House, changed: dict[str, Any], code: str) -> None:
    ada, held = owner(house), Authenticator()
    add(ada, held)
    browser = house.browser()
    answer = use(browser, held, "/apps", **changed)
    assert (path(answer), query(answer)["error"], query(answer)["next"]) == ("/login", code, "/apps")
    assert browser.signed_in_as is None


def test_an_answer_that_is_no_answer_is_refused(house: House) -> None:
    for sent in ("", "{}", "null", "[" * 5000, json.dumps({"id": "x", "rawId": "x", "type": "public-key"})):
        browser = house.browser()
        browser.post("/session/passkey/options")
        assert query(browser.post("/session/passkey", credential=sent))["error"] == "passkey_wrong"


def test_without_the_cookie_the_page_says_so(house: House) -> None:
    ada, held = owner(house), Authenticator()
    add(ada, held)
    options = house.browser().post("/session/passkey/options").json()
    assert query(house.browser().post("/session/passkey", credential=held.use(options)))["error"] == "cookies"


def test_two_tabs_of_one_browser_do_not_disturb_each_other(house: House) -> None:
    ada, held = owner(house), Authenticator()
    add(ada, held)
    browser = house.browser()
    first = browser.post("/session/passkey/options").json()
    browser.post("/session/passkey/options")
    assert path(browser.post("/session/passkey", credential=held.use(first), next="/apps")) == "/apps"


def test_asking_for_a_challenge_keeps_nothing(house: House) -> None:
    owner(house)
    before = house.look("SELECT (SELECT COUNT(*) FROM ephemeral), (SELECT COUNT(*) FROM replays)")
    browser = house.browser()
    for _ in range(20):
        assert browser.post("/session/passkey/options").status_code == 200
    assert house.look("SELECT (SELECT COUNT(*) FROM ephemeral), (SELECT COUNT(*) FROM replays)") == before


def test_a_passkey_is_offered_until_it_is_declined_and_again_after_ninety_days(house: House) -> None:
    ada = owner(house)
    assert house.ask(passkeys.is_offered, caller=ada.caller)
    house.ask(passkeys.decline_offer, caller=ada.caller)
    assert not house.ask(passkeys.is_offered, caller=ada.caller)
    house.later(days=90, seconds=1)
    ada.sign_in()
    assert house.ask(passkeys.is_offered, caller=ada.caller)
    add(ada, Authenticator())
    assert not house.ask(passkeys.is_offered, caller=ada.caller)


def test_the_copy_of_ones_data_lists_the_passkeys_without_their_keys(house: House) -> None:
    ada = owner(house)
    add(ada, Authenticator())
    [one] = unpack(download(ada))["passkeys.json"]
    assert (one["name"], set(one)) == ("Laptop", {"name", "created_at", "last_used_at", "syncs"})


def test_t093_a_sign_in_of_long_ago_leads_to_a_new_one_and_back(house: House) -> None:
    ada = owner(house)
    house.later(minutes=11)
    refused = ada.post("/account/passkeys/options")
    assert refused.status_code == 403
    assert refused.json()["go"] == "/login?confirm=1&next=%2Faccount%2Fsecurity%3Fnotice%3Dstepped_up"
    assert path(ada.post("/account/passkeys", credential="{}")) == "/login"
    ada.sign_in()
    assert query(add(ada, Authenticator()))["notice"] == "passkey_added"
