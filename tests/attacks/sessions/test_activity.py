"""A person's own log: each event in words, nobody else's events, and "this was not me"."""

import ast
import asyncio
import re
from pathlib import Path

import pytest

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.policy import quotas
from oauth2system.runtime.caller import NOBODY
from oauth2system.services.accounts.security import activity, activity_words
from oauth2system.services.accounts.security.activity import ActivityLine
from oauth2system.services.admin import people
from oauth2system.services.apps import apps
from oauth2system.services.authorization import connected_apps
from oauth2system.services.sessions import new_sign_ins
from tests.support.in_process.browsers import PASSWORD, Browser, House
from tests.support.in_process.story import Story

ROOT = Path(__file__).resolve().parents[3]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
# Events whose name is put together where they are recorded.
PUT_TOGETHER = {
    "passkey.": {"added", "removed"},
    "device.": {"allowed", "denied"},
    "factor.": {
        *("authenticator_added", "authenticator_replaced", "authenticator_removed"),
        *("recovery_codes_made", "recovery_code_used", "removed_by_operator"),
    },
}


def lines(browser: Browser, part: str = "", before: str = "") -> tuple[ActivityLine, ...]:
    return browser.house.ask(activity.list_page, part, before, caller=browser.caller).lines


def said(browser: Browser, part: str = "") -> list[str]:
    return [str(one.sentence) for one in lines(browser, part)]


def find(browser: Browser, sentence: str) -> ActivityLine:
    return next(one for one in lines(browser) if one.sentence == sentence)


def disown(browser: Browser, line_id: str) -> str:
    return browser.house.ask(activity.disown, line_id, caller=browser.caller)


def _events_about_people() -> set[str]:
    """Return the name of every event that is recorded with the id of a person, by reading the code."""
    found: set[str] = set()
    for path in (ROOT / "oauth2system").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not re.fullmatch(r"audit\.record(_attempt)?", ast.unparse(node.func)):
                continue
            if not any(one.arg == "user_id" for one in node.keywords):
                continue
            match node.args[1]:
                case ast.Constant(str(event)):
                    found.add(event)
                case ast.Name(name):
                    found.add(str(constants[name]))
                case ast.JoinedStr([ast.Constant(str(prefix)), *_rest]):
                    found |= {prefix + rest for rest in PUT_TOGETHER[prefix]}
                case other:
                    pytest.fail(f"{path}: what is recorded? {ast.unparse(other)}")
    return found


def test_every_event_about_a_person_has_a_sentence_or_a_reason_to_have_none() -> None:
    described, silent = set(activity_words.WORDS), set(activity_words.NOT_SHOWN)
    assert described & silent == set()
    assert _events_about_people() == described | silent, "activity_words.py has the sentences"


def test_the_log_says_what_happened_when_and_from_where(story: Story) -> None:
    ada = story.member()
    story.later(minutes=1)
    headers = {"origin": ada.origin, "sec-fetch-site": "same-origin", "user-agent": FIREFOX}
    asyncio.run(ada.send("POST", "/account/username", data={"username": "countess"}, headers=headers))
    line = find(ada, "The username was changed")
    assert (line.browser, line.network, line.by, line.at) == ("Firefox on Linux", "192.0.2.0", None, story.now)
    assert line.can_disown
    here = find(ada, "A sign-in")
    assert (here.is_here, here.can_disown) == (True, False)


def test_parts_of_the_log_are_shown_alone_and_page_by_page(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, grace = story.member(), story.member("grace", ip="192.0.2.2")
    app = story.app(ada)
    grace.value(app)
    grace.do(connected_apps.revoke, app.client_id)
    assert said(grace, "apps") == ["Poetry lost its access", "Poetry was allowed to use the account"]
    assert said(grace, "sign_ins") == ["A sign-in"]
    assert said(grace, "changes") == ["The account was created"]
    assert said(grace, "'; DROP TABLE audit") == said(grace)
    ada.do(apps.delete, app.client_id, "Poetry")
    assert said(ada, "apps")[0] == "Poetry was deleted"
    assert said(grace, "apps")[0] == f"App {app.client_id} lost its access"
    monkeypatch.setattr(quotas, "ACTIVITY_ON_A_PAGE", 1)
    read, before = list[str](), ""
    while found := lines(grace, before=before):
        read.append(str(found[0].sentence))
        before = found[0].id
    assert read == [
        *(f"App {app.client_id} lost its access", f"App {app.client_id} was allowed to use the account"),
        *("A sign-in", "The account was created"),
    ]


@pytest.mark.parametrize("before", ["-1", "0", "9" * 30, "1 OR 1=1", "\u0661", "1" * 19, "\x00"])
def test_t121_a_made_up_place_in_the_log_is_no_place(story: Story, before: str) -> None:
    ada = story.member()
    assert len(lines(ada, before=before)) in {0, 2}


def test_t118_what_others_did_names_nobody_and_no_place(story: Story) -> None:
    boss, ada = story.member("boss", admin=True, ip="203.0.113.77"), story.member()
    boss.do(people.disable, "ada")
    boss.do(people.enable, "ada")
    again = story.again(ada.user_id)
    done = find(again, "The account was disabled")
    assert (done.by, done.network, done.browser, done.can_disown) == ("from another account", "", None, False)
    made = find(again, "The account was created")
    assert (made.by, made.can_disown) == ("by the operator of this server", False)
    with pytest.raises(NotFound):
        disown(again, done.id)


def test_t120_nobody_else_sees_the_log_or_answers_in_it(story: Story) -> None:
    ada, boss = story.member(), story.member("boss", admin=True)
    thief = story.again(ada.user_id, "198.51.100.7")
    line = next(one for one in lines(ada) if one.can_disown and one.sentence == "A sign-in")
    assert line.id not in {one.id for one in lines(boss)}
    for unknown in (line.id, "1", "", "x"):
        with pytest.raises(NotFound):
            disown(boss, unknown)
    assert story.is_alive(thief.caller)
    for service, arguments in ((activity.list_page, ("", "")), (activity.disown, (line.id,))):
        with pytest.raises(NotPermitted):
            story.ask(service, *arguments, caller=NOBODY)


def test_t116_a_sign_in_that_was_not_mine_ends_from_the_log(story: Story) -> None:
    ada = story.member()
    other = story.again(ada.user_id, "192.0.2.9")
    story.later(minutes=1)
    thief = story.again(ada.user_id, "198.51.100.7")
    line = lines(ada)[0]
    assert (line.sentence, line.network) == ("A sign-in", "198.51.100.0")
    assert disown(ada, line.id) == "sign_in_disowned"
    assert [story.is_alive(one.caller) for one in (ada, other, thief)] == [True, True, False]
    assert story.events("session.disowned") == 1
    assert not find(ada, "You answered: this was not me").can_disown


def test_t116_a_change_that_was_not_mine_ends_every_other_session(story: Story) -> None:
    ada = story.member()
    thief, other = story.again(ada.user_id, "198.51.100.7"), story.again(ada.user_id, "192.0.2.9")
    thief.post("/account/username", username="mallory")
    assert disown(ada, find(ada, "The username was changed").id) == "others_ended"
    assert [story.is_alive(one.caller) for one in (ada, other, thief)] == [True, False, False]


def test_a_failed_sign_in_that_was_not_mine_ends_nothing(house: House) -> None:
    house.person("ada")
    ada, guesser = house.browser(), house.browser("198.51.100.7")
    ada.sign_in()
    guesser.sign_in(password="a wrong password")
    line = find(ada, "A sign-in with a wrong password")
    assert (line.network, line.can_disown) == ("198.51.100.0", True)
    assert disown(ada, line.id) == "guessed"
    assert house.is_alive(ada.caller)


def test_a_browser_that_is_in_question_disowns_nobody(house: House) -> None:
    house.person("ada")
    home, thief = house.browser(), house.browser("198.51.100.7")
    home.sign_in()
    house.later(seconds=5)
    thief.sign_in(password=PASSWORD)
    line = next(one for one in lines(thief) if one.sentence == "A sign-in" and one.can_disown)
    with pytest.raises(NotPermitted):
        disown(thief, line.id)
    assert house.is_alive(home.caller)
    assert len(house.ask(new_sign_ins.list_questions, caller=home.caller)) == 1


def test_an_event_of_a_version_that_recorded_less_is_shown_and_disowned(story: Story) -> None:
    ada = story.member()
    thief = story.again(ada.user_id, "198.51.100.7")
    story.run("UPDATE audit SET data = '{}'")
    line = next(one for one in lines(ada) if one.sentence == "A sign-in" and one.network == "198.51.100.0")
    assert line.browser is None
    assert disown(ada, line.id) == "others_ended"
    assert not story.is_alive(thief.caller)


def test_a_deleted_app_keeps_its_name_in_its_owners_log(story: Story) -> None:
    ada = story.member()
    app = story.app(ada, "Garden Club")
    ada.do(apps.delete, app.client_id, "Garden Club")
    assert said(ada, "apps")[0] == "Garden Club was deleted"
