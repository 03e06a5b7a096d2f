"""What a person reads about an app before they agree: who runs it, since when, who else uses it, what was checked."""

from collections.abc import Callable
from typing import Any

import pytest

from oauth2system.services.admin import people
from oauth2system.services.apps import apps
from oauth2system.services.clients.publishers import round_people
from tests.support.in_process.browsers import Browser, path, query
from tests.support.in_process.pages import Read
from tests.support.in_process.story import CALLBACK, App, Member, Story

Open = Callable[[Browser, str], Read]
LINKS = {
    "client_uri": "https://library.example/",
    "policy_uri": "https://papers.example:8443/privacy",
    "tos_uri": "https://library.example/terms",
}


def made(story: Story, **more: Any) -> App:
    new = story.client("ada", **{"simple_flow": True, **more})
    assert new.client_secret is not None
    return App(new.client_id, new.client_secret, CALLBACK)


def asked(opened: Open, grace: Member, app: App) -> Read:
    return opened(grace, grace.authorize(app).headers["location"])


@pytest.mark.usefixtures("ada")
def test_the_page_says_what_this_server_knows_and_what_it_does_not(opened: Open, story: Story, grace: Member) -> None:
    app = made(story, **LINKS)
    page = asked(opened, grace, app)
    assert "This server has not checked who runs site.example." in page.text
    assert "Registered here today." in page.text
    assert "Few people use it here." in page.text
    assert "an administrator of this server" not in page.text
    for host in ("library.example", "papers.example:8443"):
        assert host in page.text, "a link says where it leads"
    assert set(LINKS.values()) <= set(page.links.values())


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "Registered here today."), (3, "Registered here this week."), (40, "Registered here in ")],
)
@pytest.mark.usefixtures("ada")
def test_the_page_says_how_old_an_app_is(opened: Open, story: Story, grace: Member, days: int, words: str) -> None:
    app = made(story)
    story.run("UPDATE clients SET created_at = created_at - ?", days * 24 * 60 * 60 * 1000)
    assert words in asked(opened, grace, app).text


@pytest.mark.usefixtures("ada")
def test_the_page_says_that_an_administrator_owns_the_app(opened: Open, story: Story, grace: Member) -> None:
    app = made(story)
    story.run("UPDATE users SET is_admin = ? WHERE username = ?", True, "ada")
    assert "The app belongs to Ada (ada), an administrator of this server." in asked(opened, grace, app).text


@pytest.mark.parametrize(
    ("count", "more_than"),
    [(0, 0), (10, 0), (11, 10), (100, 10), (101, 100), (1001, 1000), (10_001, 10_000), (10**9, 10_000)],
)
def test_the_number_of_people_is_never_exact(count: int, more_than: int) -> None:
    assert round_people(count) == more_than


@pytest.mark.usefixtures("ada")
def test_the_page_says_roughly_how_many_people_use_the_app(opened: Open, story: Story, grace: Member) -> None:
    app = made(story)
    for number in range(11):
        one = story.ask(people.create, f"user{number}", f"user{number}@example.org", "One", "", confirmed=True)
        story.run(
            "INSERT INTO consents (user_id, client_id, scopes, declined, granted_at) VALUES (?, ?, 'identify', '', 0)",
            one.id,
            app.client_id,
        )
    assert "More than 10 people use it here." in asked(opened, grace, app).text
    story.run("UPDATE users SET test_of = ? WHERE username = ?", app.client_id, "user0")
    assert "Few people use it here." in asked(opened, grace, app).text, "test people are not counted"


@pytest.mark.usefixtures("ada")
def test_an_optional_scope_has_a_box_that_works_without_script(opened: Open, story: Story, grace: Member) -> None:
    app = made(story, optional_scopes=frozenset({"email"}))
    page = asked(opened, grace, app)
    assert "You may leave this out:" in page.text
    box = page.fields["scope"]
    assert (box["type"], box["value"], "checked" in box, box["form"]) == ("checkbox", "email", True, "answer")
    assert page.labels["grace@example.org"] == box["id"]
    fields = {name: given["value"] for name, given in page.fields.items() if name != "scope"}
    sent = grace.post("/consent", **fields, decision="authorize")
    code = query(grace.get(sent.headers["location"]))["code"]
    assert "email" not in story.fetch(app, code).json()


def test_a_question_about_more_names_what_the_app_has_already(
    opened: Open, story: Story, ada: Member, grace: Member
) -> None:
    app = story.app(ada)
    grace.value(app, "identify")
    page = asked(opened, grace, app)
    assert "Poetry asks for more than before. It will also get:" in page.text
    assert "It has already: Your username, display name, user id and avatar." in page.text


def test_t126_what_an_owner_writes_about_an_app_is_text(opened: Open, story: Story, ada: Member, grace: Member) -> None:
    app = story.app(ada, "<b>Bank</b>")
    ada.do(apps.describe, app.client_id, "<img onerror=alert(1) src=x>")
    story.run("UPDATE users SET display_name = ? WHERE username = ?", "<script>Ada</script>", "ada")
    answer = asked(opened, grace, app).answer.text
    assert path(grace.authorize(app)) == "/consent"
    assert not any(tag in answer for tag in ("<b>Bank", "<img onerror", "<script>Ada"))
