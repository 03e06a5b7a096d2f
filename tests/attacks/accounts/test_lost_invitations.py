"""T100, T095: who is refused has lost nothing. Only a success uses up a link, or ends an earlier account."""

from pathlib import Path

import pytest

from oauth2system.errors import Invalid
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import email_addresses, registration
from oauth2system.services.admin import people
from oauth2system.storage.tables import users
from tests.support.in_process.browsers import PASSWORD, House, query


def wanted(house: House, username: str, email: str, invite: str | None = None) -> registration.Wanted:
    form = registration.Form(username, "", email, PASSWORD)
    return house.ask(registration.check, form, invite=invite)


def test_t100_an_invitation_is_not_lost_to_somebody_who_was_faster_with_the_username(
    database_url: str, tmp_path: Path
) -> None:
    house = House(database_url, tmp_path, REGISTRATION="invite")
    invites = [house.ask(people.invite, f"{name}@corp.example").partition("invite=")[2] for name in ("a", "b")]
    forms = [wanted(house, "same", f"{name}@corp.example", invites[at]) for at, name in enumerate("ab")]
    house.ask(registration.add, forms[0], "hash", then="/", invite=invites[0])
    with pytest.raises(Invalid) as refusal:
        house.ask(registration.add, forms[1], "hash", then="/", invite=invites[1])
    assert "username" in refusal.value.problems
    again = wanted(house, "another", "b@corp.example", invites[1])
    house.ask(registration.add, again, "hash", then="/", invite=invites[1])
    assert house.events("account.registered") == 2
    house.close()


def test_t095_the_account_of_before_is_not_lost_to_a_correction_that_is_refused(house: House) -> None:
    browser = house.browser()
    browser.register("ada")
    cookie = browser.cookies[house.settings.cookie("registration")]
    correction = wanted(house, "eve", "ada@example.org")
    house.browser().register("eve", "eve@example.org")
    with pytest.raises(Invalid):
        house.ask(registration.add, correction, "hash", then="/", browser=cookie)
    assert house.look("SELECT username FROM users ORDER BY username") == [("ada",), ("eve",)]
    assert house.events("account.replaced") == 0


def test_t100_the_set_up_link_is_not_lost_to_a_username_that_was_just_taken(house: House) -> None:
    token = str(house.ask(people.make_setup_link)).partition("token=")[2]
    form = registration.Form("root", "", "root@example.org", PASSWORD)
    first = house.ask(registration.check_first, form, token)
    house.person("root", email="other@example.org")
    with pytest.raises(Invalid):
        house.ask(registration.add_first, first, "hash", token, None)
    fields = {"username": "boss", "email": "root@example.org", "password": PASSWORD}
    assert "error" not in query(house.browser().post("/setup", token=token, **fields))


def test_t094_the_link_that_undoes_a_move_is_not_lost_while_another_account_holds_the_address(house: House) -> None:
    user_id = house.person("ada")
    browser = house.browser()
    browser.sign_in()
    browser.post("/account/email", email="new@example.org", password=PASSWORD)
    browser.post("/account/email_confirm", token=house.token("new@example.org"))
    undo = house.token("ada@example.org")
    other = house.person("bob", email="ada@example.org")
    with pytest.raises(Invalid):
        house.ask(email_addresses.use_link, undo, browser=None, device=None)

    def let_go(ctx: Context) -> None:
        users.delete(ctx.db, other)

    house.ask(let_go)
    assert house.ask(email_addresses.use_link, undo, browser=None, device=None).did == "undone"
    assert house.look("SELECT email FROM users WHERE id = ?", user_id) == [("ada@example.org",)]
