"""T100, T095: who is refused has lost nothing. Only a success uses up a link, or ends an earlier account."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from oauth2system.errors import Invalid
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.params import Params
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context, Source
from oauth2system.services.accounts import admission, email_addresses, password_reset, records, registration
from oauth2system.services.admin import people
from oauth2system.services.sessions import sign_out
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import users
from oauth2system.storage.tables.users import User
from tests.support.in_process.browsers import PASSWORD, House, query
from tests.support.in_process.story import Story


def wanted(house: House, username: str, email: str, invite: str | None = None) -> registration.CheckedRegistration:
    form = registration.RegistrationForm(username, "", email, PASSWORD)
    return house.ask(registration.check, form, invite=invite)


def hold_nothing(ctx: Context) -> None:
    ctx.db.run("DELETE FROM released_names")


def forget(house: House, user_id: str) -> None:
    def gone(ctx: Context) -> None:
        users.delete(ctx.db, user_id)

    house.ask(gone)


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
    form = registration.RegistrationForm("root", "", "root@example.org", PASSWORD)
    first = house.ask(registration.check_first, form, token)
    house.person("root", email="other@example.org")
    with pytest.raises(Invalid):
        house.ask(registration.add_first, first, "hash", token, None)
    fields = {"username": "boss", "email": "root@example.org", "password": PASSWORD}
    assert "error" not in query(house.browser().post("/setup", token=token, **fields))


def test_t100_an_invitation_makes_one_account_of_two_that_are_sent_at_the_same_moment(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(database_url, tmp_path, REGISTRATION="invite")
    invite = house.ask(people.invite, "a@corp.example").partition("invite=")[2]
    forms = [wanted(house, username, "a@corp.example", invite) for username in ("one", "two")]
    new, written = records.create, threading.Event()

    def slowly(*args: Any) -> User:
        written.set()
        time.sleep(0.5)
        return new(*args)

    monkeypatch.setattr(records, "create", slowly)
    with ThreadPoolExecutor(2) as threads:
        # From two addresses: else they would wait for each other where attempts are counted.
        adding: dict[str, Any] = {"then": "/", "invite": invite}
        here, there = Caller(Source("192.0.2.1")), Caller(Source("203.0.113.9"))
        first = threads.submit(house.ask, registration.add, forms[0], "hash", caller=here, **adding)
        assert written.wait(20)
        second = threads.submit(house.ask, registration.add, forms[1], "hash", caller=there, **adding)
        assert first.result(20)
        with pytest.raises(admission.InvitationNeeded):
            second.result(20)
    assert house.look("SELECT username FROM users") == [("one",)]
    house.close()


def test_t089_a_reset_link_is_not_lost_to_somebody_who_signs_out_everywhere_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    browser.post("/account/password_reset", email="ada@example.org")
    token, raise_generation = house.token("ada@example.org"), users.raise_generation

    def meanwhile(db: Db, user_id: str, seen: int | None = None) -> int | None:
        monkeypatch.setattr(users, "raise_generation", raise_generation)
        return raise_generation(db, user_id, seen=-1 if seen is not None else None)

    monkeypatch.setattr(users, "raise_generation", meanwhile)
    with pytest.raises(Invalid):
        house.ask(password_reset.save_reset, token, "hash", None)
    assert house.ask(password_reset.save_reset, token, "hash", None)


def test_t117_the_sign_out_that_one_browser_was_asked_about_is_not_lost_to_another(story: Story) -> None:
    ada, bob = story.member("ada"), story.member("bob")
    asked = story.ask(sign_out.begin, Params.of([]), (), caller=ada.caller)
    assert isinstance(asked, sign_out.Ask)
    with pytest.raises(Untrusted):
        story.ask(sign_out.confirm, asked.handle, caller=bob.caller)
    story.ask(sign_out.confirm, asked.handle, caller=ada.caller)
    assert not story.is_alive(ada.caller)


def test_t095_a_confirmation_is_not_lost_while_another_account_holds_the_address(house: House) -> None:
    browser = house.browser()
    browser.register("ada")
    token, cookie = house.token("ada@example.org"), browser.cookies[house.settings.cookie("registration")]
    other = house.person("bob", email="ada@example.org")
    with pytest.raises(Invalid):
        house.ask(email_addresses.use_link, token, browser=cookie, device=None)
    forget(house, other)
    assert house.ask(email_addresses.use_link, token, browser=cookie, device=None).did == "confirmed"


def test_t094_a_move_is_not_lost_while_another_account_holds_the_address(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    browser.post("/account/email", email="new@example.org", password=PASSWORD)
    token = house.token("new@example.org")
    other = house.person("bob", email="new@example.org")
    with pytest.raises(Invalid):
        house.ask(email_addresses.use_link, token, browser=None, device=None, caller=browser.caller)
    forget(house, other)
    assert house.ask(email_addresses.use_link, token, browser=None, device=None, caller=browser.caller).did == "moved"


def test_t094_the_link_that_undoes_a_move_is_not_lost_while_another_account_holds_the_address(house: House) -> None:
    user_id = house.person("ada")
    browser = house.browser()
    browser.sign_in()
    browser.post("/account/email", email="new@example.org", password=PASSWORD)
    browser.post("/account/email_confirm", token=house.token("new@example.org"))
    undo = house.token("ada@example.org")
    house.ask(hold_nothing)  # as under another SECRET_KEY
    other = house.person("bob", email="ada@example.org")
    with pytest.raises(Invalid):
        house.ask(email_addresses.use_link, undo, browser=None, device=None)

    forget(house, other)
    assert house.ask(email_addresses.use_link, undo, browser=None, device=None).did == "undone"
    assert house.look("SELECT email FROM users WHERE id = ?", user_id) == [("ada@example.org",)]
