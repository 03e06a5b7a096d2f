"""T157 and what an account that is about to be deleted allows: nothing, until its person keeps it."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from oauth2system.policy import lifetimes
from oauth2system.runtime.context import Context
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.admin import people
from oauth2system.services.server import jobs
from oauth2system.services.sessions import session_end, sessions
from oauth2system.storage.database.migrations import load_tables
from oauth2system.storage.database.statements import Db
from oauth2system.storage.tables import users
from oauth2system.storage.tables.users import User
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query
from tests.support.in_process.story import Member, Story
from tests.support.leaving import let_two_weeks_pass

DAYS = lifetimes.DELETION.days


def leave(browser: Browser) -> None:
    """Ask for the deletion by the form."""
    answer = browser.post("/account/delete", password=PASSWORD)
    assert (path(answer), query(answer)["notice"]) == ("/login", "deletion_asked")


def rows_that_name(story: Story, *words: str) -> list[tuple[str, str]]:
    """Return (table, column) of every value in the database that contains one of these words."""
    found: list[tuple[str, str]] = []
    for table in sorted(load_tables()):
        for row in story.look(f"SELECT * FROM {table}"):
            found += [(table, str(value)) for value in row if any(word in str(value) for word in words)]
    return found


def purge(house: House) -> dict[str, int]:
    return jobs.purge_now(house.runner, lambda _kind, _count: None)


def test_t157_after_the_deletion_no_table_names_the_person(story: Story) -> None:
    boss, ada = story.member("boss", admin=True), story.member("ada", ip="203.0.113.77", admin=True)
    theirs, own = story.app(boss), story.app(ada, "Garden Club")
    ada.value(theirs)
    boss.value(own)
    ada.do(people.disable, "boss")
    ada.do(people.enable, "boss")
    ada.post("/account/username", username="countess")
    leave(ada)
    story.deliver()
    assert rows_that_name(story, ada.user_id, "countess", "ada@example.org", "203.0.113.77")
    let_two_weeks_pass(story)
    assert rows_that_name(story, ada.user_id, "countess", "ada@example.org", "203.0.113.77") == []
    assert story.mail("ada@example.org")[0].subject == "Your account was deleted"
    assert rows_that_name(story, ada.user_id, "countess", "ada@example.org") == [], "nor does the mail about it"
    assert story.events("account.deleted") == 1
    assert story.look("SELECT username FROM users") == [("boss",)]


@pytest.mark.parametrize("point", range(14))
def test_t157_a_crash_in_the_middle_leaves_all_of_it_and_the_next_run_deletes_it(
    story: Story, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    ada = story.member()
    story.app(ada)
    leave(ada)
    story.later(days=DAYS)
    before = story.look("SELECT COUNT(*) FROM audit"), story.look("SELECT COUNT(*) FROM clients")
    seen = iter(range(1000))

    def crash(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            if next(seen) == point:
                raise ConnectionError("the process is gone")
            return real(*args)

        return run

    batch = next(one.batch for one in jobs.PURGES if one.name == "accounts")
    with monkeypatch.context() as broken:
        broken.setattr(Db, "run", crash(Db.run))
        broken.setattr(Db, "one", crash(Db.one))
        died = False
        try:
            story.ask(batch, 500)
        except ConnectionError:
            died = True
    if died:
        assert story.look("SELECT COUNT(*) FROM users") == [(1,)]
        assert (story.look("SELECT COUNT(*) FROM audit"), story.look("SELECT COUNT(*) FROM clients")) == before
        assert story.look("SELECT COUNT(*) FROM deletions") == [(1,)]
        assert story.ask(batch, 500) == 1
    assert story.look("SELECT COUNT(*) FROM users") == [(0,)]
    assert [one.subject for one in story.mail()].count("Your account was deleted") == 1


def test_until_then_no_site_gets_anything_and_its_apps_are_disabled(story: Story) -> None:
    ada, bob = story.member("ada"), story.member("bob")
    theirs, own = story.app(bob), story.app(ada, "Garden Club")
    value, others = ada.value(theirs), bob.value(own)
    leave(ada)
    assert not story.is_alive(ada.caller)
    assert not story.is_readable(theirs, value)
    assert story.fetch(own, others).status_code == 401
    assert bob.authorize(own).status_code == 400


def test_apps_learn_at_once_that_the_person_is_signed_out(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    notified: list[str] = []

    def note(_ctx: Context, user_id: str, _sid: str) -> None:
        notified.append(user_id)

    monkeypatch.setattr(session_end, "end_and_notify", note)
    ada = story.member()
    story.again(ada.user_id)
    leave(ada)
    assert notified == [ada.user_id] * 2


def test_a_sign_in_keeps_the_account_and_its_apps_but_not_what_an_administrator_disabled(story: Story) -> None:
    ada, bob = story.member("ada"), story.member("bob")
    works, bad = story.app(ada, "Garden Club"), story.app(ada, "Night Sky")
    leave(ada)
    story.ask(all_apps.disable, bad.client_id, disabled=True)
    story.later(days=DAYS, seconds=-1)
    story.ask(all_apps.disable, bad.client_id, disabled=True)
    assert purge(story)["accounts"] == 0
    assert path(ada.sign_in()) == "/account"
    assert story.events("account.kept") == 1
    assert "Your account will not be deleted" in [one.subject for one in story.mail("ada@example.org")]
    assert path(bob.authorize(works)) == "/login"
    assert bob.authorize(bad).status_code == 400
    let_two_weeks_pass(story)
    assert story.look("SELECT COUNT(*) FROM users") == [(2,)]


def test_the_link_of_the_mail_keeps_it_by_its_button_and_once(story: Story) -> None:
    ada = story.member()
    leave(ada)
    link = story.link("ada@example.org")
    address = urlsplit(link)
    token = address.query.partition("=")[2]
    page = ada.get(f"{address.path}?{address.query}")
    assert "Keep my account" in page.text
    assert story.look("SELECT COUNT(*) FROM deletions") == [(1,)], "opening the page keeps nothing"
    answer = story.browser().post("/account/keep", token=token)
    assert query(answer)["notice"] == "account_kept"
    assert ada.post("/account/keep", token=token).status_code == 410
    assert path(ada.sign_in()) == "/account"


def test_the_link_of_an_earlier_request_keeps_nothing_later(story: Story) -> None:
    ada = story.member()
    leave(ada)
    token = story.token("ada@example.org")
    ada.sign_in()
    leave(ada)
    assert ada.post("/account/keep", token=token).status_code == 410
    assert story.look("SELECT COUNT(*) FROM deletions") == [(1,)]


def test_on_the_day_itself_nothing_keeps_it_whether_or_not_maintenance_ran(story: Story) -> None:
    ada = story.member()
    leave(ada)
    token = story.token("ada@example.org")
    story.later(days=DAYS)
    assert query(ada.sign_in())["error"] == "credentials"
    assert ada.post("/account/keep", token=token).status_code == 410
    assert purge(story)["accounts"] == 1


def test_a_new_password_by_mail_leads_back_to_the_account(story: Story) -> None:
    ada = story.member()
    leave(ada)
    story.deliver()
    ada.post("/account/password_reset", email="ada@example.org")
    ada.post("/account/password_reset/new", token=story.token("ada@example.org"), password="another long phrase")
    assert path(ada.sign_in(password="another long phrase")) == "/account"
    assert story.look("SELECT COUNT(*) FROM deletions") == [(0,)]


def test_whom_an_administrator_disables_meanwhile_does_not_come_back_alone(story: Story) -> None:
    ada = story.member()
    leave(ada)
    token = story.token("ada@example.org")
    story.ask(people.disable, "ada")
    assert query(ada.sign_in())["error"] == "credentials"
    assert ada.post("/account/keep", token=token).status_code == 410
    story.ask(people.enable, "ada")
    assert path(ada.sign_in()) == "/account"


def test_the_only_administrator_cannot_leave(story: Story) -> None:
    boss = story.member("boss", admin=True)
    story.member("gone", admin=True)
    story.ask(people.disable, "gone")
    answer = boss.post("/account/delete", password=PASSWORD)
    assert path(answer) == "/account/data"
    assert story.is_alive(boss.caller)
    assert story.look("SELECT COUNT(*) FROM deletions") == [(0,)]


@pytest.fixture
def racing(postgresql_url: str, tmp_path: Path) -> Generator[Story]:
    story = Story(postgresql_url, tmp_path)
    yield story
    story.close()


def test_of_two_administrators_who_leave_at_one_moment_one_stays(racing: Story) -> None:
    both = [racing.member(name, admin=True) for name in ("ada", "bob")]

    def go(member: Member) -> str:
        return path(member.post("/account/delete", password=PASSWORD))

    with ThreadPoolExecutor(2) as threads:
        ends = sorted(threads.map(go, both))
    assert ends == ["/account/data", "/login"]
    assert racing.look("SELECT COUNT(*) FROM deletions") == [(1,)]


@pytest.mark.parametrize("first", ["erase", "sign in"])
def test_a_sign_in_at_the_last_moment_keeps_the_account_or_fails_whole(racing: Story, first: str) -> None:
    ada = racing.member()
    leave(ada)
    racing.later(days=DAYS, seconds=-1)
    batch = next(one.batch for one in jobs.PURGES if one.name == "accounts")

    def find(ctx: Context) -> User:
        user = users.find(ctx.db, ada.user_id)
        assert user is not None
        return user

    user = racing.ask(find)

    def sign_in(ctx: Context) -> None:
        sessions.start(ctx, user.id, user.generation)

    def erase(ctx: Context) -> int:
        ctx.now += lifetimes.CODE
        return batch(ctx, 1)

    order = [erase, sign_in] if first == "erase" else [sign_in, erase]
    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(racing.ask, one) for one in order]
        errors = [one.exception(30) for one in done]
    there = racing.look("SELECT COUNT(*) FROM users")[0][0]
    alive = racing.look("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL")[0][0]
    assert (there, alive) == ((1, 1) if errors[order.index(sign_in)] is None else (0, 0))


def test_the_address_stays_with_the_account_until_then_and_is_free_afterwards(story: Story) -> None:
    ada = story.member()
    leave(ada)
    story.deliver()
    story.browser().register("eve", "ada@example.org")
    assert story.mail("ada@example.org")[0].subject == "You already have an account"
    let_two_weeks_pass(story)
    story.browser().register("eve2", "ada@example.org")
    assert story.mail("ada@example.org")[0].subject == "Confirm your email address"
