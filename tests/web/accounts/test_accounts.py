"""The other forms of an account, as a browser and a mailbox see them."""

from pathlib import Path

import pytest

from oauth2system.services.accounts import profile, saved_forms
from oauth2system.services.admin import people
from tests.support.in_process.browsers import PASSWORD, House, path, query

NEW = "a quite different pass phrase"


def test_somebody_registers_confirms_and_is_signed_in(house: House) -> None:
    browser = house.browser()
    answer = browser.register("Ada", "ada@example.org", display_name="Ada Lovelace")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/email_confirm?sent=1")
    assert browser.session is None
    answer = browser.post("/account/email_confirm", token=house.token("ada@example.org"))
    assert (path(answer), query(answer)["notice"]) == ("/account", "welcome")
    me = house.ask(profile.get_profile, caller=browser.caller)
    assert (me.username, me.display_name, me.email, me.email_confirmed) == (
        "ada",
        "Ada Lovelace",
        "ada@example.org",
        True,
    )


def test_registering_in_a_flow_comes_back_to_it(house: House) -> None:
    browser = house.browser()
    answer = browser.register(flow="of_x")
    assert query(answer) == {"sent": "1", "flow": "of_x"}
    answer = browser.post("/account/email_confirm", token=house.token("ada@example.org"))
    assert answer.headers["location"] == "/oauth2/authorize?flow=of_x"


def test_t101_a_link_opened_in_another_browser_confirms_and_asks_for_the_password(house: House) -> None:
    house.registered()
    other, token = house.browser("192.0.2.9"), house.token("ada@example.org")
    answer = other.post("/account/email_confirm", token=token)
    assert (path(answer), query(answer)["token"]) == ("/account/email_confirm", token)
    assert house.look("SELECT COUNT(*) FROM users WHERE email_confirmed_at IS NOT NULL") == [(0,)]
    answer = other.post("/account/email_confirm", token=token, password=PASSWORD)
    assert (path(answer), query(answer)["notice"]) == ("/login", "confirmed")
    assert other.session is None
    assert house.look("SELECT COUNT(*) FROM users WHERE email_confirmed_at IS NOT NULL") == [(1,)]


def test_the_token_may_come_from_the_page_s_own_address(house: House) -> None:
    browser = house.registered()
    token = house.token("ada@example.org")
    answer = browser.post("/account/email_confirm", page=f"/account/email_confirm?token={token}")
    assert path(answer) == "/account"


def test_a_registration_says_everything_that_is_wrong_at_once(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    answer = browser.register("ada", "not an address", password="short", display_name="x" * 65, next="/apps")
    assert (path(answer), query(answer)["error"], query(answer)["next"]) == ("/registration", "form", "/apps")
    kept = house.ask(saved_forms.find, query(answer)["form"])
    assert kept is not None
    assert set(kept.problems) == {"username", "email", "password", "display_name"}
    assert kept.values["username"] == "ada"
    assert kept.values["email"] == "not an address"
    assert "password" not in kept.values


def test_a_slip_is_corrected_by_registering_again_in_the_same_browser(house: House) -> None:
    browser = house.registered()
    browser.register("ada", "ada@exmaple.org")
    browser.register("ada", "ada@example.com")
    assert house.look("SELECT username, email FROM users") == [("ada", "ada@example.com")]
    stranger = house.browser("192.0.2.9")
    assert query(stranger.register("ada", "eve@example.org"))["error"] == "form"


def test_two_people_cannot_register_names_that_look_alike(house: House) -> None:
    house.registered("paul")
    answer = house.browser().register("pau1")
    kept = house.ask(saved_forms.find, query(answer)["form"])
    assert kept is not None
    assert "looks too much like" in kept.problems["username"]


def test_another_link_comes_to_whoever_asks_for_it(house: House) -> None:
    browser = house.registered()
    assert len(house.mail("ada@example.org")) == 1
    assert query(browser.post("/account/email_confirm/resend")) == {"sent": "1", "notice": "resent"}
    house.mail()
    browser.sign_in()
    assert query(browser.post("/account/email_confirm/resend", flow="of_x"))["flow"] == "of_x"
    assert len(house.mail("ada@example.org")) == 3
    answer = browser.post("/account/email_confirm", token=house.token("ada@example.org"))
    assert answer.headers["location"] == "/oauth2/authorize?flow=of_x"


def test_a_confirmed_person_confirms_nothing_twice(house: House) -> None:
    browser = house.registered()
    token = house.token("ada@example.org")
    browser.post("/account/email_confirm", token=token)
    answer = browser.post("/account/email_confirm", token=token)
    assert (path(answer), query(answer)["error"]) == ("/account/email_confirm", "token")
    browser.post("/account/email_confirm/resend")
    assert len(house.mail("ada@example.org")) == 1


def test_a_signed_in_person_whose_link_is_used_elsewhere_goes_on(house: House) -> None:
    house.registered()
    other = house.browser()
    other.sign_in()
    answer = other.post("/account/email_confirm", token=house.token("ada@example.org"))
    assert (path(answer), query(answer)["notice"]) == ("/account", "email_changed")


def test_where_registration_is_closed_nobody_registers(database_url: str, tmp_path: Path) -> None:
    house = House(database_url, tmp_path, REGISTRATION="closed")
    assert query(house.browser().register())["error"] == "closed"
    assert house.look("SELECT COUNT(*) FROM users") == [(0,)]
    house.close()


def test_where_registration_is_by_invitation_the_invited_register_once(database_url: str, tmp_path: Path) -> None:
    house = House(database_url, tmp_path, REGISTRATION="invite")
    assert query(house.browser().register())["error"] == "invite"
    link = house.ask(people.invite, "ada@example.org")
    assert house.link("ada@example.org") == link
    invite = link.partition("invite=")[2]
    assert query(house.browser().register("eve", "eve@example.org", invite=invite))["error"] == "form"
    answer = house.browser().post(
        "/registration",
        page=f"/registration?invite={invite}",
        username="ada",
        email="Ada@example.org",
        password=PASSWORD,
    )
    assert path(answer) == "/account/email_confirm"
    again = house.browser().register("bob", "ada@example.org", invite=invite)
    assert query(again)["error"] == "invite"
    house.close()


def test_the_first_administrator_is_made_by_the_set_up_link_once(house: House) -> None:
    link = house.ask(people.make_setup_link)
    assert link is not None
    token = link.partition("token=")[2]
    fields = {"username": "admin", "display_name": "", "email": "admin@example.org", "password": PASSWORD}
    browser = house.browser()
    answer = browser.post("/setup", token=token, **{**fields, "password": "short"})
    assert (path(answer), query(answer)["error"], query(answer)["token"]) == ("/setup", "form", token)
    answer = browser.post("/setup", token=token, **fields)
    assert answer.headers["location"] == "/admin?notice=set_up"
    me = house.ask(profile.get_profile, caller=browser.caller)
    assert (me.username, me.is_admin, me.email_confirmed) == ("admin", True, True)
    assert house.ask(people.make_setup_link) is None
    answer = house.browser().post("/setup", token=token, **{**fields, "username": "eve", "email": "eve@example.org"})
    assert query(answer)["error"] == "token"


def test_an_older_set_up_link_dies_with_the_first_administrator(house: House) -> None:
    link = house.ask(people.make_setup_link)
    assert link is not None
    house.person("root", admin=True)
    answer = house.browser().post(
        "/setup", token=link.partition("token=")[2], username="eve", email="eve@example.org", password=PASSWORD
    )
    assert query(answer)["error"] == "token"
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]


def test_a_password_is_changed_by_the_current_one(house: House) -> None:
    browser = house.signed_in()
    answer = browser.post("/account/password", current_password="wrong", password=NEW)
    assert (path(answer), query(answer)["error"]) == ("/account/security", "password")
    answer = browser.post("/account/password", current_password=PASSWORD, password="short")
    assert query(answer)["error"] == "form"
    answer = browser.post("/account/password", current_password=PASSWORD, password=NEW)
    assert answer.headers["location"] == "/account/security?notice=password_changed"
    assert path(house.browser().sign_in("ada", NEW)) == "/account"
    assert query(house.browser().sign_in("ada", PASSWORD))["error"] == "credentials"
    assert "Your password has changed" in [one.subject for one in house.mail("ada@example.org")]


def test_a_forgotten_password_is_replaced_by_mail(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    answer = browser.post("/account/password_reset", email="ADA@example.org")
    assert answer.headers["location"] == "/account/password_reset?sent=1"
    token = house.token("ada@example.org")
    answer = browser.post("/account/password_reset/new", token=token, password="short")
    assert (path(answer), query(answer)["error"], query(answer)["token"]) == ("/account/password_reset", "form", token)
    answer = browser.post("/account/password_reset/new", token=token, password=NEW)
    assert (path(answer), query(answer)["notice"]) == ("/login", "password_reset")
    assert browser.session is None
    assert path(browser.sign_in("ada", NEW)) == "/account"


def test_a_reset_proves_the_mailbox_of_an_unconfirmed_account(house: House) -> None:
    house.registered()
    house.mail()
    browser = house.browser("192.0.2.9")
    browser.post("/account/password_reset", email="ada@example.org")
    browser.post("/account/password_reset/new", token=house.token("ada@example.org"), password=NEW)
    browser.sign_in("ada", NEW)
    assert house.ask(profile.get_profile, caller=browser.caller).email_confirmed


@pytest.mark.parametrize("form", ["/account/password_reset", "/account/email_confirm/resend"])
def test_what_is_no_address_is_said_beside_its_field(house: House, form: str) -> None:
    answer = house.browser().post(form, email="not an address")
    assert query(answer)["error"] == "form"
    kept = house.ask(saved_forms.find, query(answer)["form"])
    assert kept is not None
    assert "email" in kept.problems


def test_an_address_changes_only_when_the_new_mailbox_answers(house: House) -> None:
    browser = house.signed_in()
    answer = browser.post("/account/email", email="new@example.org", password="wrong")
    assert query(answer)["error"] == "form"
    answer = browser.post("/account/email", email="new@example.org", password=PASSWORD)
    assert answer.headers["location"] == "/account?notice=sent"
    me = house.ask(profile.get_profile, caller=browser.caller)
    assert (me.email, me.email_confirmed, me.pending_email) == ("ada@example.org", True, "new@example.org")
    token = house.token("new@example.org")
    assert house.mail("ada@example.org")[0].subject == "Your email address is about to change"
    answer = browser.post("/account/email_confirm", token=token)
    assert answer.headers["location"] == "/account?notice=email_changed"
    me = house.ask(profile.get_profile, caller=browser.caller)
    assert (me.email, me.email_confirmed, me.pending_email) == ("new@example.org", True, None)


def test_who_is_not_signed_in_comes_back_to_the_link_after_signing_in(house: House) -> None:
    browser = house.signed_in()
    browser.post("/account/email", email="new@example.org", password=PASSWORD)
    token = house.token("new@example.org")
    stranger = house.browser("192.0.2.9")
    answer = stranger.post("/account/email_confirm", token=token)
    assert (path(answer), query(answer)["notice"]) == ("/login", "sign_in_first")
    answer = stranger.sign_in(next=query(answer)["next"])
    assert answer.headers["location"] == f"/account/email_confirm?token={token}"
    assert path(stranger.post("/account/email_confirm", token=token)) == "/account"


@pytest.mark.parametrize("form", ["/account/password", "/account/email"])
def test_a_stranger_changes_nothing(house: House, form: str) -> None:
    house.person("ada")
    answer = house.browser().post(form, current_password=PASSWORD, password=PASSWORD, email="new@example.org")
    assert "error" in query(answer)
    house.deliver()
    assert house.look("SELECT email FROM users") == [("ada@example.org",)]
    assert house.events("email.move_asked") == 0
