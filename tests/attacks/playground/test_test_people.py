"""Test people of an app: seen by it alone, never counted, never mailed, gone after a week (decision 0039)."""

import threading
from datetime import timedelta

import pytest

from oauth2system.errors import NotFound, NotPermitted, Refusal
from oauth2system.policy import lifetimes, quotas
from oauth2system.runtime.caller import SYSTEM, Caller
from oauth2system.services.admin import overview, people
from oauth2system.services.apps import apps
from oauth2system.services.insight.playground import playground, test_people
from oauth2system.storage.lookups import publishers
from oauth2system.storage.tables import consents, users
from oauth2system.storage.tables.consents import NOT_ASKED
from tests.support.in_process.door import person
from tests.support.in_process.oauth_apps import Clock
from tests.support.playgrounds import Owner, count_people


def run_as(owner: Owner, kind: str) -> test_people.TestPerson:
    """Make a test person who agrees and is read."""
    made = owner.add(kind)
    owner.start("code", made.id).act("begin", "approve", "redeem", "user")
    return made


def test_a_test_person_runs_the_flow_under_their_own_name(owner: Owner) -> None:
    made = run_as(owner, "script")
    assert made.name in owner.run.exchanges[-1].answer
    assert made.username in owner.run.exchanges[-1].answer


def test_a_person_without_a_picture_has_no_picture_claim(owner: Owner) -> None:
    run_as(owner, "nopicture")
    assert '"picture"' not in owner.run.exchanges[-1].answer


def test_a_person_with_a_long_name_has_the_longest(owner: Owner) -> None:
    assert len(owner.add("longname").name) == quotas.DISPLAY_NAME_LONGEST


def test_a_person_without_a_confirmed_address_gets_to_no_site(owner: Owner) -> None:
    owner.start("code", owner.add("unconfirmed").id).act("begin")
    assert owner.view is not None
    assert "confirm" in str(owner.view.ending)
    assert owner.offered == ()


def test_a_person_who_denies_everything_can_only_cancel(owner: Owner) -> None:
    owner.start("code", owner.add("denies").id).act("begin")
    assert owner.offered == ("deny",)
    assert "access_denied" in owner.act("deny").answer


def test_test_people_are_counted_and_listed_nowhere(owner: Owner) -> None:
    runner = owner.house.runner
    admin = person(runner, "root", is_admin=True)
    before = count_people(runner)
    made = run_as(owner, "longname")
    assert count_people(runner) == before
    assert owner.do(apps.count_people, owner.app.id) == 0
    assert owner.do(apps.view, owner.app.id).people == 0
    assert {one.people for one in owner.do(apps.list_mine)} == {0}
    facts = runner.now(SYSTEM, lambda ctx: publishers.find(ctx.db, owner.app.id, "", ctx.now, 100))
    assert facts is not None
    assert facts.people == 0
    everybody = runner.now(SYSTEM, people.list_users)
    assert {one.username for one in everybody} == {"ada", "root"}
    assert runner.now(SYSTEM, people.list_users, made.username) == ()
    assert runner.now(SYSTEM, lambda ctx: users.count_found(ctx.db, "")) == before
    found = runner.now(Caller(handle=admin.handle), overview.find_people, "test-")
    assert made.username not in repr(found)


def test_a_test_person_is_found_by_no_name_and_no_address(owner: Owner) -> None:
    made, runner = owner.add("longname"), owner.house.runner
    user = runner.now(SYSTEM, lambda ctx: users.find(ctx.db, made.id))
    assert user is not None
    assert user.password_hash is None
    assert runner.now(SYSTEM, lambda ctx: users.find_by_username(ctx.db, made.username)) is None
    assert runner.now(SYSTEM, lambda ctx: users.find_by_email(ctx.db, user.email)) is None
    for act in (people.disable, people.enable, people.send_link):
        with pytest.raises(NotFound):
            runner.now(SYSTEM, act, made.username)


def test_no_mail_waits_for_a_test_person(owner: Owner) -> None:
    run_as(owner, "longname")
    owner.start("code", owner.add("unconfirmed").id).act("begin")
    with owner.house.runner.database.transaction() as db:
        assert db.all("SELECT payload FROM outbox") == []


def test_an_app_has_at_most_ten_test_people_also_in_a_race(owner: Owner) -> None:
    refused: list[Refusal] = []

    def add() -> None:
        try:
            owner.add("denies")
        except NotPermitted as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=add) for _ in range(quotas.TEST_PEOPLE_OF_AN_APP + 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2
    assert len(owner.do(playground.view, owner.app.id).people) == quotas.TEST_PEOPLE_OF_AN_APP


def test_t120_test_people_of_another_app_are_nobody(owner: Owner) -> None:
    made = owner.add("longname")
    other = Owner(owner.house, owner.house.app("Other"), owner.who)
    with pytest.raises(NotFound):
        other.do(test_people.remove, other.app.id, made.id)
    with pytest.raises(NotFound):
        other.start("code", made.id)
    with pytest.raises(NotFound):
        owner.do(test_people.remove, owner.app.id, owner.who.id)


def test_a_removed_test_person_is_gone_with_what_they_allowed(owner: Owner) -> None:
    made = run_as(owner, "longname")
    owner.do(test_people.remove, owner.app.id, made.id)
    assert owner.act("user").status == 401
    assert owner.house.runner.now(SYSTEM, lambda ctx: consents.find(ctx.db, made.id, owner.app.id)) == NOT_ASKED
    with pytest.raises(NotFound):
        owner.start("code", made.id)


def test_test_people_go_with_their_app(owner: Owner) -> None:
    made = owner.add("longname")
    owner.do(apps.delete, owner.app.id, "Harbour")
    assert owner.house.runner.now(SYSTEM, lambda ctx: users.find(ctx.db, made.id)) is None


def test_test_people_go_after_a_week(owner: Owner, clock: Clock) -> None:
    owner.add("longname")

    def purge() -> int:
        return owner.house.runner.now(
            SYSTEM, lambda ctx: users.purge_test_people(ctx.db, ctx.now - lifetimes.TEST_PERSON, 10)
        )

    assert purge() == 0
    clock.pass_by(seconds=(lifetimes.TEST_PERSON + timedelta(seconds=1)).total_seconds())
    assert purge() == 1
    assert count_people(owner.house.runner) == 1
