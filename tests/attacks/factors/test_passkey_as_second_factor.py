"""T090 to T105 against a passkey as the second step of a sign-in, on either database."""

from typing import Any

import pytest

from oauth2system.services.sessions import factor_changes, passkeys
from tests.attacks.factors.test_stolen_passkeys import ask, owner, use
from tests.support.browsers.authenticator import PRESENT, Authenticator, encode
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query, together

NEW = "a quite different pass phrase"


def begin(house: House, username: str = "ada", **more: str) -> Browser:
    """Give the right password in a new browser."""
    browser = house.browser("198.51.100.7")
    answer = browser.sign_in(username, **more)
    assert path(answer) == "/login/second_factor"
    return browser


def asked(browser: Browser) -> dict[str, Any]:
    return browser.post("/session/second_factor/passkey/options").json()


def finish(browser: Browser, held: Authenticator, **changed: Any) -> str:
    """Answer the second step with a passkey; returns the error, empty where it succeeded."""
    answer = browser.post("/session/second_factor/passkey", credential=held.use(asked(browser), **changed))
    return query(answer).get("error", "")


def test_t104_a_person_with_a_passkey_has_no_session_by_the_password_alone(house: House) -> None:
    _ada, held = owner(house)
    browser = begin(house, next="/apps")
    assert browser.signed_in_as is None
    answer = browser.post("/session/second_factor/passkey", credential=held.use(asked(browser)), next="/apps")
    assert answer.headers["location"] == "/apps"
    assert browser.signed_in_as == "ada"


def test_after_the_password_the_person_need_not_be_checked(house: House) -> None:
    _ada, held = owner(house)
    assert finish(begin(house), held, flags=PRESENT) == ""
    assert finish(begin(house), held) == ""
    found = house.look("SELECT amr FROM sessions ORDER BY id")
    assert found == [("pwd hwk mfa",), ("pwd hwk mfa",), ("pwd hwk user mfa",)]


def test_only_the_passkeys_of_the_person_are_asked_for(house: House) -> None:
    _ada, held = owner(house)
    owner(house, "eve")
    options = asked(begin(house))
    assert [one["id"] for one in options["allowCredentials"]] == [encode(held.passkeys[0].id)]
    assert options["userVerification"] == "discouraged"


def test_t104_a_passkey_of_somebody_else_completes_nothing(house: House) -> None:
    owner(house)
    _eve, other = owner(house, "eve")
    browser = begin(house)
    assert finish(browser, other) == "passkey_other"
    assert browser.signed_in_as is None


def test_t104_the_answer_to_one_sign_in_completes_no_other(house: House) -> None:
    _ada, held = owner(house)
    first, second = begin(house), begin(house)
    sent = held.use(asked(first))
    assert query(second.post("/session/second_factor/passkey", credential=sent))["error"] == "passkey_late"
    alone = held.use(ask(second))
    assert query(second.post("/session/second_factor/passkey", credential=alone))["error"] == "passkey_late"
    step = held.use(asked(second))
    assert query(second.post("/session/passkey", credential=step))["error"] == "passkey_late"
    assert second.signed_in_as is None


def test_t104_without_a_sign_in_that_waits_there_is_nothing_to_complete(house: House) -> None:
    _ada, held = owner(house)
    browser = house.browser()
    assert browser.post("/session/second_factor/passkey/options").status_code == 403
    answer = browser.post("/session/second_factor/passkey", credential=held.use(ask(browser)))
    assert (path(answer), query(answer)["error"]) == ("/login", "waiting")


def test_t099_of_twenty_answers_at_once_one_completes_the_sign_in(house: House) -> None:
    _ada, held = owner(house)
    browser = begin(house)
    sent = held.use(asked(browser))
    answers = together(*(browser.submit("/session/second_factor/passkey", credential=sent) for _ in range(20)))
    assert [path(one) for one in answers].count("/account") == 1
    assert house.look("SELECT COUNT(*) FROM sessions") == [(2,)]


def test_t090_a_new_password_does_not_pass_the_passkey_by(house: House) -> None:
    _ada, held = owner(house)
    house.browser().post("/account/password_reset", email="ada@example.org")
    fresh = house.browser("198.51.100.8")
    fresh.post("/account/password_reset/new", token=house.token("ada@example.org"), password=NEW)
    assert path(fresh.sign_in(password=NEW)) == "/login/second_factor"
    assert fresh.signed_in_as is None
    assert finish(fresh, held) == ""
    assert fresh.signed_in_as == "ada"


def test_t099_a_copied_passkey_does_not_take_the_second_step_away(house: House) -> None:
    _ada, held = owner(house)
    thief = Authenticator(passkeys=[held.passkeys[0].copy()])
    assert use(house.browser(), held) == ""
    assert finish(begin(house), thief) == "passkey_refused"
    assert asked(begin(house))["allowCredentials"] == []


def test_a_first_passkey_brings_recovery_codes_and_a_second_one_none(house: House) -> None:
    ada, _held = owner(house)
    codes = house.ask(factor_changes.show_codes, caller=ada.caller)
    assert len(codes) == 10
    options = ada.post("/account/passkeys/options").json()
    answer = ada.post("/account/passkeys", credential=Authenticator().create(options), name="x")
    assert path(answer) == "/account/security"
    lost = begin(house)
    assert path(lost.post("/session/second_factor", recovery_code=codes[0])) == "/account"
    assert lost.signed_in_as == "ada"


def test_the_last_factor_takes_the_recovery_codes_with_it(house: House) -> None:
    ada, _held = owner(house)
    [one] = house.ask(passkeys.list_passkeys, caller=ada.caller).passkeys
    house.ask(passkeys.remove, one.id, caller=ada.caller)
    assert house.look("SELECT COUNT(*) FROM recovery_codes WHERE used_at IS NULL") == [(0,)]
    assert path(house.browser().sign_in()) == "/account"


def test_t093_a_password_alone_no_longer_confirms_a_person_with_a_passkey(house: House) -> None:
    ada, held = owner(house)
    house.later(minutes=11)
    answer = ada.post("/account/password", current_password=PASSWORD, password=NEW)
    assert path(answer) == "/login"
    assert use(ada, held) == ""
    assert query(ada.post("/account/password", current_password=PASSWORD, password=NEW))["notice"] == "password_changed"


def test_an_operator_removes_the_passkeys_of_a_person_who_lost_everything(house: House) -> None:
    owner(house)
    house.ask(factor_changes.remove_all, "ada")
    assert house.look("SELECT COUNT(*) FROM passkeys") == house.look("SELECT COUNT(*) FROM recovery_codes") == [(0,)]
    assert path(house.browser().sign_in()) == "/account"


@pytest.mark.parametrize("trusts", [True, False])
def test_a_browser_is_trusted_where_the_person_says_so_and_until_the_passkeys_change(
    house: House, trusts: bool
) -> None:
    ada, held = owner(house)
    browser = begin(house)
    more = {"trust": "1"} if trusts else {}
    browser.post("/session/second_factor/passkey", credential=held.use(asked(browser)), **more)
    browser.post("/session/end")
    assert (path(browser.sign_in()) == "/account") is trusts
    options = ada.post("/account/passkeys/options").json()
    assert path(ada.post("/account/passkeys", credential=Authenticator().create(options), name="x")) != "/login"
    browser.post("/session/end")
    assert path(browser.sign_in()) == "/login/second_factor"
