"""S17, T127: a person changes their username, and nobody becomes somebody else by it. On both databases."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.runtime import audit
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import profile, usernames
from oauth2system.services.admin import people
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import users
from tests.support.in_process.browsers import PASSWORD, Browser, House, query
from tests.support.in_process.story import Story


def rename(browser: Browser, username: str) -> dict[str, str]:
    return query(browser.post("/account/username", page="/account", username=username))


def names_of(house: House) -> list[str]:
    return sorted(row[0] for row in house.look("SELECT username FROM users"))


def test_s17_a_person_changes_their_username_and_stays_signed_in(house: House) -> None:
    browser = house.signed_in()
    assert rename(browser, " Countess ") == {"notice": "username_changed"}
    assert browser.signed_in_as == "countess"
    assert house.events("account.username_changed") == 1
    mail = house.mail("ada@example.org")[0]
    assert mail.subject == "Your username has changed"
    assert "ada" in mail.text
    assert "countess" in mail.text
    assert query(house.browser().sign_in("ada"))["error"] == "credentials"
    again = house.browser()
    again.sign_in("countess")
    assert again.signed_in_as == "countess"


def test_s17_sites_know_the_person_by_the_same_id(story: Story) -> None:
    ada = story.member("ada")
    app = story.app(ada)
    before = story.read(app, ada.value(app))
    ada.do(usernames.change, "countess")
    after = story.read(app, ada.value(app))
    assert before["id"] == after["id"]
    assert (before["username"], after["username"], after["user_name"]) == ("ada", "countess", "countess")


@pytest.mark.parametrize("wanted", ["ada", "Ada", "a", "admin", "\u0430dmin", "bob", "b0b", "a b", "", "x" * 99])
def test_t127_a_name_that_nobody_could_register_nobody_gets_by_a_change(house: House, wanted: str) -> None:
    browser = house.signed_in()
    house.person("bob")
    assert rename(browser, wanted)["error"] == "form"
    assert names_of(house) == ["ada", "bob"]
    assert house.events("account.username_changed") == 0


def test_s17_nobody_else_gets_the_old_name_for_a_year(house: House) -> None:
    browser = house.signed_in()
    bob = house.signed_in("bob")
    rename(browser, "countess")
    assert rename(bob, "ada")["error"] == "form"
    house.browser().register("ada", "eve@example.org")
    with pytest.raises(Invalid):
        house.ask(people.create, "ada", "eve@example.org", confirmed=True)
    with pytest.raises(Invalid):
        house.ask(people.rename, "bob", "ada")
    assert names_of(house) == ["bob", "countess"]
    house.later(days=365)
    house.ask(people.create, "ada", "eve2@example.org", confirmed=True)
    assert "ada" in names_of(house)


def test_s17_the_person_takes_the_old_name_back_within_the_year(house: House) -> None:
    browser = house.signed_in()
    rename(browser, "countess")
    house.later(days=6)
    assert rename(browser, "ada") == {"notice": "username_changed"}
    assert browser.signed_in_as == "ada"
    # The name that was left is held now, and the one that was taken back is not held any more.
    assert house.look("SELECT COUNT(*) FROM released_names") == [(1,)]


def test_s17_the_name_of_a_deleted_account_comes_back_to_nobody(house: House) -> None:
    browser = house.signed_in()
    rename(browser, "countess")
    browser.post("/account/delete", password=PASSWORD)
    for name in ("ada", "countess"):
        with pytest.raises(Invalid):
            house.ask(people.create, name, "ada@example.org", confirmed=True)


def test_s17_so_many_changes_a_year(house: House) -> None:
    browser = house.signed_in()
    house.person("bob")
    for name in ("first", "second", "third"):
        rename(browser, "bob")  # a refusal uses nothing up
        assert rename(browser, name) == {"notice": "username_changed"}
    with pytest.raises(Invalid, match=r"again from 2026-05-03 on"):
        house.ask(usernames.change, "fourth", caller=browser.caller)
    assert browser.signed_in_as == "third"
    house.later(days=122)
    browser.sign_in("third")
    assert rename(browser, "fourth") == {"notice": "username_changed"}


def test_s17_an_account_that_no_site_ever_saw_holds_nothing(house: House) -> None:
    """Else anybody could use up usernames by trying them on one after another."""
    browser = house.browser()
    browser.register("ada")
    browser.sign_in("ada")
    assert rename(browser, "countess") == {"notice": "username_changed"}
    assert house.look("SELECT COUNT(*) FROM released_names") == [(0,)]


def test_s17_a_name_is_judged_while_it_is_typed(house: House) -> None:
    browser = house.signed_in()
    house.person("bob")
    rename(browser, "countess")
    says = {
        typed: house.ask(usernames.judge_own, typed, caller=browser.caller)
        for typed in ("bob", "ada", "free", "a", "", " ")
    }
    assert "taken" in str(says["bob"])
    assert "3 to 32" in str(says["a"])
    assert [says[typed] for typed in ("ada", "free", "", " ")] == [None] * 4
    assert house.ask(usernames.judge_own, "bob", caller=Caller()) is None
    assert "not available" in house.ask(profile.judge_username, "ada", caller=Caller())


def test_t119_nobody_is_renamed_without_a_session_nor_by_another_person(house: House) -> None:
    house.person("ada")
    with pytest.raises(NotPermitted):
        house.ask(usernames.change, "eve", caller=Caller())
    eve = house.signed_in("eve")
    with pytest.raises(NotPermitted):
        house.ask(people.rename, "ada", "mallory", caller=eve.caller)
    assert names_of(house) == ["ada", "eve"]


def test_an_operator_renames_somebody_also_to_a_reserved_name(house: House) -> None:
    house.person("ada")
    assert house.ask(people.rename, "ada", "support").username == "support"
    assert "support" in house.mail("ada@example.org")[0].text


def test_t085_the_audit_log_does_not_name_what_is_held(house: House) -> None:
    rename(house.signed_in(), "countess")
    [(data,)] = house.look("SELECT data FROM audit WHERE event = 'account.username_changed'")
    assert "ada" not in str(data)


@pytest.fixture
def racing(postgresql_url: str, tmp_path: Path) -> Generator[House]:
    house = House(postgresql_url, tmp_path)
    yield house
    house.close()


def _sees_nobody(_db: Db, _skeleton: str) -> None:
    """Look for a holder at the moment when the old name cannot be seen any more."""


def test_t127_nobody_gets_a_name_that_is_given_up_at_this_very_moment(
    racing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = racing.signed_in(), racing.signed_in("bob")
    given_up, go_on, record = threading.Event(), threading.Event(), audit.record

    def slowly(ctx: Context, event: str, **facts: str | None) -> None:
        record(ctx, event, **facts)
        if not given_up.is_set():
            given_up.set()
            assert go_on.wait(20)

    monkeypatch.setattr(users, "find_by_skeleton", _sees_nobody)
    monkeypatch.setattr(audit, "record", slowly)
    with ThreadPoolExecutor(2) as threads:
        leaving = threads.submit(racing.ask, usernames.change, "countess", caller=ada.caller)
        assert given_up.wait(20)
        taking = threads.submit(racing.ask, usernames.change, "ada", caller=bob.caller)
        threading.Timer(0.5, go_on.set).start()
        with pytest.raises(Invalid):
            taking.result(30)
        leaving.result(30)
    assert names_of(racing) == ["bob", "countess"]


def test_t127_of_two_who_want_one_name_at_once_one_gets_it(house: House) -> None:
    browsers = [house.signed_in(name) for name in ("ada", "bob")]

    def attempt(browser: Browser) -> bool:
        try:
            house.ask(usernames.change, "countess", caller=browser.caller)
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(attempt, browsers)) == [False, True]
    assert names_of(house).count("countess") == 1
