"""T127: nobody gets the username of somebody else, also after its account was deleted (decision 0023)."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from oauth2system.errors import Invalid
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import profile, registration
from oauth2system.services.admin import people
from oauth2system.services.server import jobs
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import users
from tests.support import leaving
from tests.support.in_process.browsers import PASSWORD, Browser, House, query

EVERY_DOOR = ("form", "typing", "command", "set-up link")


def give_up(house: House, username: str = "ada") -> None:
    """Let a person of that name confirm an address, sign in, and delete the account by the form."""
    house.person(username)
    browser = house.browser()
    browser.sign_in(username)
    assert query(browser.post("/account/delete", password=PASSWORD))["notice"] == "deletion_asked"
    leaving.let_two_weeks_pass(house)


def asks_for(house: House, door: str, username: str) -> str:
    """Ask for a username at one door; returns the sentence of the refusal, empty when it was given."""
    form = registration.RegistrationForm(username, "", "eve@example.org", PASSWORD)
    try:
        match door:
            case "form":
                house.browser().register(username, "eve@example.org")
                return "" if house.look("SELECT COUNT(*) FROM users WHERE email LIKE 'eve%'") == [(1,)] else "refused"
            case "typing":
                return house.ask(profile.judge_username, username, caller=house.browser().caller)
            case "command":
                house.ask(people.create, username, "eve@example.org", confirmed=True)
            case _:
                token = str(house.ask(people.make_setup_link)).partition("token=")[2]
                house.ask(registration.check_first, form, token)
    except Invalid as refusal:
        return str(refusal.problems["username"])
    return ""


@pytest.mark.parametrize("username", ["ada", " Ada ", "\uff41da"])
@pytest.mark.parametrize("door", EVERY_DOOR)
def test_t127_a_username_that_was_given_up_is_given_to_nobody(house: House, door: str, username: str) -> None:
    give_up(house)
    assert asks_for(house, door, username)


def test_t127_nor_is_one_that_looks_like_it(house: House) -> None:
    give_up(house, "bill_0")
    assert asks_for(house, "form", "bi11-o")


def test_t127_the_form_says_so_with_its_field(house: House) -> None:
    give_up(house)
    answer = house.browser().register("ada", "eve@example.org")
    assert "error" in query(answer)
    assert house.look("SELECT COUNT(*) FROM users") == [(0,)]


def test_t127_a_year_later_it_is_free_whether_or_not_maintenance_ran(house: House) -> None:
    give_up(house)
    house.later(days=365, seconds=-1)
    assert jobs.purge_now(house.runner, lambda _kind, _count: None)["released_names"] == 0
    assert asks_for(house, "typing", "ada")
    house.later(seconds=1)
    assert not asks_for(house, "typing", "ada")
    assert jobs.purge_now(house.runner, lambda _kind, _count: None)["released_names"] == 1
    assert not asks_for(house, "form", "ada")


def test_t127_a_username_that_no_site_ever_saw_is_free_at_once(house: House) -> None:
    """Else anybody could use up usernames by registering them and never confirming."""
    house.browser().register("ada")
    house.browser().register("eve", "ada@example.org")  # takes the place of the account that proved nothing
    assert not asks_for(house, "typing", "ada")
    house.later(days=15)
    jobs.purge_now(house.runner, lambda _kind, _count: None)
    assert not asks_for(house, "typing", "eve")
    assert house.look("SELECT COUNT(*) FROM released_names") == [(0,)]


def test_t085_only_the_key_shows_which_usernames_there_were(database_url: str, tmp_path: Path) -> None:
    house = House(database_url, tmp_path)
    give_up(house)
    assert house.look("SELECT COUNT(*) FROM released_names") == [(1,)]
    other = House(database_url, tmp_path, SECRET_KEY="o" * 64)
    assert not asks_for(other, "typing", "ada")
    other.close()
    house.close()


@pytest.fixture
def racing(postgresql_url: str, tmp_path: Path) -> Generator[House]:
    house = House(postgresql_url, tmp_path)
    yield house
    house.close()


def sign_up(house: House) -> None:
    wanted = house.ask(registration.check, registration.RegistrationForm("ada", "", "eve@example.org", PASSWORD))
    house.ask(registration.add, wanted, "hash", then="/")


def make(house: House) -> None:
    house.ask(people.create, "ada", "eve@example.org", confirmed=True)


def _sees_nobody(_db: Db, _skeleton: str) -> None:
    """Look for a holder at the moment when the old account cannot be seen any more."""


@pytest.mark.parametrize("take", [sign_up, make])
def test_t127_nobody_gets_a_username_that_is_given_up_at_this_very_moment(
    racing: House, monkeypatch: pytest.MonkeyPatch, take: Callable[[House], None]
) -> None:
    """The account is gone, and not committed yet, while somebody else writes theirs."""
    racing.person("ada")
    browser: Browser = racing.browser()
    browser.sign_in("ada")
    monkeypatch.setattr(users, "find_by_skeleton", _sees_nobody)
    deleted, go = threading.Event(), threading.Event()

    def leave(ctx: Context) -> None:
        leaving.erase(ctx)
        deleted.set()
        go.wait(20)

    with ThreadPoolExecutor(2) as threads:
        going = threads.submit(racing.ask, leave, caller=browser.caller)
        assert deleted.wait(20)
        taking = threads.submit(take, racing)
        threading.Timer(1, go.set).start()
        with pytest.raises(Invalid) as refusal:
            taking.result(30)
        going.result(30)
    assert "username" in refusal.value.problems
    assert racing.look("SELECT COUNT(*) FROM users") == [(0,)]
