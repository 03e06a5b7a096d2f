"""Accounts as their owners and operators see them: services without a form in front."""

import pytest

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.services.accounts import profile
from oauth2system.services.admin import people
from tests.support import leaving
from tests.support.in_process.browsers import House, path, query


def test_a_display_name_is_changed_and_checked(house: House) -> None:
    browser = house.signed_in()
    assert house.ask(profile.rename, " Countess  Lovelace ", caller=browser.caller).display_name == "Countess Lovelace"
    with pytest.raises(Invalid):
        house.ask(profile.rename, "a\u202eb", caller=browser.caller)


def test_a_username_is_checked_while_it_is_typed(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    says = {
        typed: house.ask(profile.username_problem, typed, caller=browser.caller)
        for typed in ("bob", "Ada", "ad", "4da")
    }
    assert says["bob"] is None
    assert "taken" in str(says["Ada"])
    assert "3 to 32" in str(says["ad"])
    assert says["4da"] is None


def test_an_account_deletes_itself_with_its_sessions(house: House) -> None:
    browser = house.signed_in()
    house.ask(leaving.erase, caller=browser.caller)
    assert browser.signed_in_as is None
    assert house.look("SELECT COUNT(*) FROM users") == [(0,)]
    assert house.events("account.deleted") == 1


def test_t114_a_disabled_person_is_out_at_once_and_back_when_enabled(house: House) -> None:
    browser = house.signed_in()
    assert house.ask(people.disable, "Ada").disabled
    assert browser.signed_in_as is None
    assert query(browser.sign_in())["error"] == "credentials"
    assert not house.ask(people.enable, "ada").disabled
    assert path(browser.sign_in()) == "/account"


def test_only_an_operator_may_manage_accounts(house: House) -> None:
    browser = house.signed_in()
    for verb, arguments in (
        (people.disable, ("ada",)),
        (people.enable, ("ada",)),
        (people.list_users, ()),
        (people.invite, ("eve@example.org",)),
        (people.make_setup_link, ()),
        (people.create, ("eve", "eve@example.org")),
    ):
        with pytest.raises(NotPermitted):
            house.ask(verb, *arguments, caller=browser.caller)


def test_an_administrator_manages_accounts_but_not_away_their_own(house: House) -> None:
    house.person("boss", admin=True)
    house.person("ada")
    browser = house.browser()
    browser.sign_in("boss")
    assert {user.username for user in house.ask(people.list_users, caller=browser.caller)} == {"boss", "ada"}
    assert [user.username for user in house.ask(people.list_users, "AD", caller=browser.caller)] == ["ada"]
    house.ask(people.disable, "ada", caller=browser.caller)
    with pytest.raises(NotPermitted):
        house.ask(people.disable, "boss", caller=browser.caller)
    with pytest.raises(NotFound):
        house.ask(people.disable, "nobody", caller=browser.caller)


def test_an_operator_hears_plainly_what_is_taken(house: House) -> None:
    house.person("ada")
    with pytest.raises(Invalid, match="taken"):
        house.ask(people.create, "Ada", "other@example.org")
    with pytest.raises(Invalid, match="account ada has this address"):
        house.ask(people.create, "bob", "ADA@example.org")


def test_registrations_that_nobody_confirmed_are_forgotten_after_two_weeks(house: House) -> None:
    house.registered()
    house.person("made", confirmed=False)
    house.person("bob")
    house.later(days=13)
    assert house.ask(profile.purge_unconfirmed) == 0
    house.later(days=2)
    assert house.ask(profile.purge_unconfirmed) == 1
    assert {name for (name,) in house.look("SELECT username FROM users")} == {"made", "bob"}
