"""What administrators see of people and apps, and how they help somebody to get in."""

from pathlib import Path

import pytest

from oauth2system.errors import NotFound, NotPermitted, TooManyAttempts
from oauth2system.policy import quotas
from oauth2system.services.admin import overview, people
from oauth2system.services.admin.overview import SetupStep
from tests.support.in_process.browsers import House
from tests.support.in_process.story import Member, Story


@pytest.fixture
def boss(story: Story) -> Member:
    return story.member("boss", admin=True)


def test_an_unconfirmed_account_says_to_whom_its_address_belongs(story: Story, boss: Member) -> None:
    story.browser().register("ada", "boss@example.org")
    story.browser().register("eve")
    holders = {one.username: one.holder for one in boss.do(overview.find_people).rows}
    assert holders == {"ada": "boss", "eve": "", "boss": ""}


def test_people_and_apps_are_counted_beyond_the_page(
    story: Story, boss: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "PEOPLE_ON_A_PAGE", 2)
    monkeypatch.setattr(quotas, "APPS_ON_A_PAGE", 1)
    for username in ("ada", "adam", "eve"):
        story.app(story.member(username), username.title())
    found, made = boss.do(overview.find_people), boss.do(overview.find_apps)
    assert (len(found.rows), found.total, len(made.rows), made.total) == (2, 4, 1, 3)
    assert boss.do(overview.find_people, "AD").total == boss.do(overview.find_apps, "ad").total == 2
    assert [one.name for one in boss.do(overview.find_apps, "ad", 1).rows] == ["Ada"]


def test_what_a_new_server_lacks_is_listed_while_it_lacks_it(story: Story, boss: Member) -> None:
    assert boss.do(overview.list_newest).steps == (SetupStep.MAIL, SetupStep.ADDRESS, SetupStep.FIRST_APP)
    story.app(story.member("ada"))
    assert boss.do(overview.list_newest).steps == (SetupStep.MAIL, SetupStep.ADDRESS)


def test_a_server_that_is_set_up_lacks_nothing_but_its_first_app(sqlite_url: str, tmp_path: Path) -> None:
    house = House(sqlite_url, tmp_path, PUBLIC_URL="https://id.example.org", SMTP_URL="smtp://mail.example.org:25")
    assert house.ask(overview.list_newest).steps == (SetupStep.FIRST_APP,)
    house.close()


def test_no_mailbox_is_offered_where_none_can_be_opened(sqlite_url: str, tmp_path: Path) -> None:
    house = House(sqlite_url, tmp_path, HOST="0.0.0.0")
    assert SetupStep.MAIL not in house.ask(overview.list_newest).steps
    house.close()


def test_a_person_is_helped_by_the_mail_that_lets_them_in(story: Story, boss: Member) -> None:
    story.member("ada")
    story.browser().register("eve")
    story.mail()
    boss.do(people.send_link, "ada")
    boss.do(people.send_link, "eve")
    assert "/account/password_reset?token=" in story.link("ada@example.org")
    assert "/account/email_confirm?token=" in story.link("eve@example.org")
    boss.do(people.disable, "ada")
    with pytest.raises(NotPermitted):
        boss.do(people.send_link, "ada")


def test_t088_an_administrator_does_not_fill_a_mailbox_either(story: Story, boss: Member) -> None:
    story.member("ada")
    for _ in range(6):
        boss.do(people.send_link, "ada")
    with pytest.raises(TooManyAttempts):
        boss.do(people.send_link, "ada")


def test_nobody_else_sees_or_does_any_of_it(story: Story) -> None:
    ada = story.member("ada")
    for service, arguments in (
        (overview.list_newest, ()),
        (overview.find_people, ()),
        (overview.find_apps, ()),
        (people.send_link, ("ada",)),
    ):
        for somebody in (ada, story.stranger()):
            with pytest.raises((NotPermitted, NotFound)):
                somebody.do(service, *arguments)
