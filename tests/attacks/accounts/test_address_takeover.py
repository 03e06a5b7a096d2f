"""T093-T095: an address moves, and an account begins, only when the person who reads the mailbox says so."""

import httpx
import pytest

from oauth2system.services.accounts import profile
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query, together

VICTIM = "victim@example.org"
NEW = "a quite different pass phrase"


@pytest.mark.parametrize(("form", "field"), [("/account/password", "current_password"), ("/account/email", "password")])
def test_t093_a_sensitive_change_asks_for_the_password_however_fresh_the_session(
    house: House, form: str, field: str
) -> None:
    browser = house.signed_in()
    for typed in ("", "wrong password"):
        fields = {"password": NEW, "email": "new@example.org", field: typed}
        assert "error" in query(browser.post(form, **fields))
    assert house.events("password.changed") == house.events("email.move_asked") == 0


def test_t094_the_link_is_worth_nothing_to_whoever_else_opens_it(house: House) -> None:
    ada, eve = house.signed_in(), house.signed_in("eve")
    ada.post("/account/email", email="eve@other.example", password=PASSWORD)
    token = house.token("eve@other.example")
    for browser in (eve, house.browser()):
        assert path(browser.post("/account/email_confirm", token=token)) == "/login"
    assert house.ask(profile.get_profile, caller=ada.caller).email == "ada@example.org"


def test_t094_until_the_new_mailbox_answers_every_link_goes_to_the_old_one(house: House) -> None:
    browser = house.signed_in()
    browser.post("/account/email", email="new@example.org", password=PASSWORD)
    house.mail()
    house.browser().post("/account/password_reset", email="new@example.org")
    house.browser().post("/account/password_reset", email="ada@example.org")
    assert [mail.to for mail in house.mail() if "new password" in mail.subject] == ["ada@example.org"]


def test_t094_a_move_to_somebody_s_address_tells_them_and_changes_nothing(house: House) -> None:
    browser = house.signed_in()
    house.person("bob")
    free = browser.post("/account/email", email="free@example.org", password=PASSWORD)
    taken = browser.post("/account/email", email="bob@example.org", password=PASSWORD)
    assert (free.status_code, free.headers["location"]) == (taken.status_code, taken.headers["location"])
    mail = house.mail("bob@example.org")[0]
    assert mail.subject == "You already have an account"
    assert "token" not in mail.text


def test_t094_an_address_that_was_taken_meanwhile_is_not_taken_over(house: House) -> None:
    browser = house.signed_in()
    browser.post("/account/email", email="new@example.org", password=PASSWORD)
    token = house.token("new@example.org")
    house.person("bob", email="new@example.org")
    assert query(browser.post("/account/email_confirm", token=token))["error"] == "held"
    assert house.ask(profile.get_profile, caller=browser.caller).email == "ada@example.org"


def test_t094_of_two_who_confirm_one_address_in_the_same_moment_one_gets_it(house: House) -> None:
    browsers = [house.signed_in(name) for name in ("ada", "bob")]
    tokens: list[str] = []
    for browser in browsers:
        browser.post("/account/email", email="new@example.org", password=PASSWORD)
        tokens.append(house.token("new@example.org"))
    pairs = zip(browsers, tokens, strict=True)
    answers = together(*(browser.submit("/account/email_confirm", token=token) for browser, token in pairs))
    assert sorted(path(answer) for answer in answers) == ["/account", "/account/email_confirm"]
    assert house.look("SELECT COUNT(*) FROM users WHERE email = 'new@example.org'") == [(1,)]


def test_t094_a_newer_wish_ends_the_older_one(house: House) -> None:
    browser = house.signed_in()
    browser.post("/account/email", email="one@example.org", password=PASSWORD)
    older = house.token("one@example.org")
    browser.post("/account/email", email="two@example.org", password=PASSWORD)
    assert query(browser.post("/account/email_confirm", token=older))["error"] == "token"


def stolen(house: House) -> tuple[Browser, str]:
    """Let somebody with the password move the account and change the password; returns the undo link's token."""
    thief = house.signed_in()
    thief.post("/account/email", email="thief@example.org", password=PASSWORD)
    thief.post("/account/email_confirm", token=house.token("thief@example.org"))
    mail = next(mail for mail in house.mail("ada@example.org") if "has changed" in mail.subject)
    thief.post("/account/password", current_password=PASSWORD, password=NEW)
    house.mail()
    return thief, mail.text.partition("token=")[2].split()[0]


def test_t094_the_old_mailbox_takes_a_theft_back(house: House) -> None:
    thief, undo = stolen(house)
    thief.post("/account/password_reset", email="thief@example.org")
    thiefs_reset = house.token("thief@example.org")
    owner = house.browser("192.0.2.9")
    answer = owner.post("/account/email_confirm", token=undo)
    assert query(answer) == {"sent": "1", "notice": "move_undone"}
    assert thief.signed_in_as is None
    assert query(thief.sign_in("ada", NEW))["error"] == "credentials"
    answer = thief.post("/account/password_reset/new", token=thiefs_reset, password=NEW)
    assert query(answer)["error"] == "token"
    owner.post("/account/password_reset/new", token=house.token("ada@example.org"), password="the owner's own words")
    assert path(owner.sign_in("ada@example.org", "the owner's own words")) == "/account"


def test_t094_taking_back_works_for_seven_days_and_once(house: House) -> None:
    _thief, undo = stolen(house)
    house.later(days=6, hours=23)
    assert "error" not in query(house.browser().post("/account/email_confirm", token=undo))
    assert query(house.browser().post("/account/email_confirm", token=undo))["error"] == "token"


def test_t094_taking_back_ends_after_seven_days(house: House) -> None:
    _thief, undo = stolen(house)
    house.later(days=7)
    assert query(house.browser().post("/account/email_confirm", token=undo))["error"] == "token"


def test_t094_a_second_move_does_not_end_what_undoes_the_first(house: House) -> None:
    thief, undo = stolen(house)
    thief.post("/account/email", email="thief2@example.org", password=NEW)
    thief.post("/account/email_confirm", token=house.token("thief2@example.org"))
    house.browser("192.0.2.9").post("/account/email_confirm", token=undo)
    assert house.look("SELECT email FROM users") == [("ada@example.org",)]


def registered_as_victim(house: House) -> tuple[Browser, httpx.Response]:
    attacker = house.browser("198.51.100.1")
    answer = attacker.register("attacker", VICTIM)
    attacker.sign_in("attacker")
    assert attacker.signed_in_as == "attacker"
    return attacker, answer


def test_t095_a_newer_registration_replaces_the_one_that_proved_nothing(house: House) -> None:
    attacker, _ = registered_as_victim(house)
    old_link = house.token(VICTIM)
    victim = house.browser()
    victim.register("victim", VICTIM, password=NEW)
    assert attacker.signed_in_as is None
    assert query(attacker.sign_in("attacker"))["error"] == "credentials"
    assert query(attacker.sign_in(VICTIM))["error"] == "credentials"
    assert query(victim.post("/account/email_confirm", token=old_link))["error"] == "token"
    assert path(victim.post("/account/email_confirm", token=house.token(VICTIM))) == "/account"
    assert house.look("SELECT username FROM users") == [("victim",)]


def test_t095_a_later_pretender_never_gets_the_address_of_its_owner(house: House) -> None:
    house.person("victim", email=VICTIM)
    attacker, _ = registered_as_victim(house)
    attacker.post("/account/email_confirm/resend")
    assert all("email_confirm" not in mail.text for mail in house.mail(VICTIM))
    house.later(hours=2)
    house.browser().post("/account/password_reset", email=VICTIM)
    token = house.token(VICTIM)
    house.browser().post("/account/password_reset/new", token=token, password=NEW)
    assert query(house.browser().sign_in("attacker", NEW))["error"] == "credentials"
    assert path(house.browser().sign_in("victim", NEW)) == "/account"


def test_t095_who_proves_the_address_ends_the_pretender(house: House) -> None:
    ada = house.signed_in()
    attacker, _ = registered_as_victim(house)
    ada.post("/account/email", email=VICTIM, password=PASSWORD)
    token = next(mail.text for mail in house.mail(VICTIM) if "new email" in mail.subject)
    ada.post("/account/email_confirm", token=token.partition("token=")[2].split()[0])
    assert attacker.signed_in_as is None
    assert house.ask(profile.get_profile, caller=ada.caller).email == VICTIM
    assert house.look("SELECT username FROM users") == [("ada",)]


def test_t095_a_reset_of_an_unproved_account_ends_what_its_maker_had(house: House) -> None:
    attacker, _ = registered_as_victim(house)
    house.mail()
    victim = house.browser()
    victim.post("/account/password_reset", email=VICTIM)
    victim.post("/account/password_reset/new", token=house.token(VICTIM), password=NEW)
    assert attacker.signed_in_as is None
    assert query(attacker.sign_in("attacker"))["error"] == "credentials"
    answer = attacker.post("/account/email_confirm/resend")
    assert query(answer)["error"] == "form"  # the browser that registered is known no more


def test_t095_a_registration_never_replaces_what_an_operator_made(house: House) -> None:
    house.person("boss", email=VICTIM, confirmed=False, admin=True)
    registered_as_victim(house)
    assert {name for (name,) in house.look("SELECT username FROM users")} == {"boss", "attacker"}
    house.later(hours=2)
    boss = house.browser()
    boss.sign_in("boss")
    boss.post("/account/email_confirm/resend")
    boss.post("/account/email_confirm", token=house.token(VICTIM))
    assert house.ask(profile.get_profile, caller=boss.caller).email_confirmed
    assert house.look("SELECT username FROM users") == [("boss",)]
