"""A request that cannot be answered any more: its page says how it ended, to its own browser, and leads back."""

import re
from collections.abc import Callable

import httpx
import pytest

from oauth2system.policy import lifetimes
from oauth2system.protocol.authorization.interaction import Refuse
from oauth2system.protocol.errors import LoginRequired
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.runtime import app_log
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import apps
from oauth2system.services.authorization import authorize
from tests.support import leaving
from tests.support.in_process.browsers import Browser, path, query
from tests.support.in_process.pages import Read
from tests.support.in_process.story import App, Member, Story

Open = Callable[[Browser, str], Read]


@pytest.fixture
def app(story: Story, ada: Member) -> App:
    return story.app(ada, "Harbour <Library>")


def test_answered_expired_never_there_and_refused_are_four_sentences(
    opened: Open, story: Story, grace: Member, app: App
) -> None:
    agreed, refused, late = (grace.authorize(app, prompt_="x").headers["location"] for _ in range(3))
    grace.agree(grace.get(agreed.replace("/consent", "/oauth2/authorize")))
    grace.post("/consent", flow=query_of(refused)["flow"], decision="cancel")
    pages = [opened(grace, agreed), opened(grace, refused)]
    story.later(minutes=31)
    pages += [opened(grace, late), opened(grace, "/consent?flow=nothing")]
    assert [page.heading for page in pages] == [
        "You have answered this already",
        "You have answered this already",
        "This request has expired",
        "There is no such request",
    ]
    assert "you agreed" in pages[0].text
    assert "Nothing was shared" not in pages[0].text
    assert "Nothing was shared" in pages[1].text
    assert "Back to Harbour <Library>" in pages[2].links
    assert pages[2].links["Back to Harbour <Library>"] == "https://site.example"
    assert all("Authorize" not in page.buttons for page in pages)


def query_of(location: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in location.partition("?")[2].split("&"))


def test_what_ended_is_told_before_a_password_is_typed(opened: Open, story: Story, app: App) -> None:
    visitor = story.stranger()
    flow = query(visitor.authorize(app))["flow"]
    story.later(seconds=lifetimes.FLOW.in_seconds)
    for page in ("/login", "/registration"):
        found = opened(visitor, f"{page}?flow={flow}")
        assert found.heading == "This request has expired"
        assert "Password" not in found.labels


@pytest.mark.parametrize("ended_by", ["authorize", "cancel", "time"])
def test_both_doors_say_of_a_request_that_ended_which_site_it_was_and_lead_back(
    opened: Open, story: Story, grace: Member, app: App, ended_by: str
) -> None:
    asked = grace.authorize(app)
    if ended_by == "time":
        story.later(seconds=lifetimes.FLOW.in_seconds)
    else:
        grace.get(grace.decide(asked, ended_by).headers["location"])
    heading = "This request has expired" if ended_by == "time" else "You have answered this already"
    again = asked.headers["location"].replace("/consent", "/oauth2/authorize")
    for answer in (grace.get(again), grace.decide(asked), grace.decide(asked, "cancel")):
        page = opened(grace, answer.headers["location"])
        assert (page.heading, page.links["Back to Harbour <Library>"]) == (heading, "https://site.example")


def test_both_doors_say_of_a_request_that_never_was_that_there_is_none(grace: Member) -> None:
    asked = grace.get("/oauth2/authorize?flow=x")
    decided = grace.post("/consent", flow="x", account=grace.user_id, decision="authorize")
    for answer in (asked, decided):
        assert answer.status_code == 400
        assert "There is no such request." in answer.text
        assert "expired" not in answer.text


def test_an_app_that_was_deleted_meanwhile_is_said_to_be_gone(
    opened: Open, story: Story, ada: Member, grace: Member, app: App
) -> None:
    asked = grace.authorize(app)
    ada.do(apps.delete, app.client_id, "Harbour <Library>")
    for page in every_door(opened, grace, asked):
        assert "This app is no longer there." in page.text
        assert "Authorize" not in page.buttons
        assert page.heading == "This request has ended"


def every_door(opened: Open, who: Member, asked: httpx.Response) -> list[Read]:
    """Open a request's page again, its address, and press both of its buttons; returns the pages that come."""
    shown = asked.headers["location"]
    back = who.get(shown.replace("/consent", "/oauth2/authorize"))
    answers = (back, who.decide(asked), who.decide(asked, "cancel"))
    assert [path(answer) for answer in answers] == ["/login"] * 3
    return [opened(who, shown), *(opened(who, answer.headers["location"]) for answer in answers)]


def test_an_app_that_was_switched_off_meanwhile_is_named_at_every_door(
    opened: Open, story: Story, grace: Member, app: App
) -> None:
    asked = grace.authorize(app)
    story.ask(all_apps.disable, app.client_id)
    for page in every_door(opened, grace, asked):
        assert "This app is not available any more." in page.text
        assert "The site that asked was Harbour <Library>." in page.text
        assert (page.heading, "Password" in page.labels) == ("This request has ended", False)


@pytest.mark.parametrize(
    ("change", "leads_back"),
    [('metadata = \'{"scopes": ["identify"]}\'', True), ("redirect_uris = '[\"https://b.example/\"]'", False)],
)
def test_an_app_that_was_changed_meanwhile_is_named_at_every_door_and_leads_to_no_address_it_lost(
    opened: Open, story: Story, app: App, change: str, leads_back: bool
) -> None:
    grace = story.member("grace", ip="192.0.2.2")
    asked = grace.authorize(app)
    story.run(f"UPDATE clients SET {change} WHERE id = ?", app.client_id)
    for page in every_door(opened, grace, asked):
        assert "This app was changed after this request began. Start again from the site." in page.text
        assert ("Back to Harbour <Library>" in page.links) == leads_back
        assert "Authorize" not in page.buttons
    story.run_procedure(app_log.flush)
    assert story.look("SELECT reason FROM app_log WHERE code <> ''") == [("APP_CHANGED",)], "its owner reads why"


def test_t101_of_an_app_that_is_gone_or_changed_another_browser_learns_nothing(
    story: Story, ada: Member, grace: Member, app: App
) -> None:
    open_still, disabled = grace.authorize(app), grace.authorize(app)
    other = story.again(grace.user_id)
    other.authorize(app)
    before = [other.decide(open_still, how).text for how in ("authorize", "cancel")]
    story.ask(all_apps.disable, app.client_id)
    assert [without_ids(other.decide(disabled, how).text) for how in ("authorize", "cancel")] == [
        without_ids(text) for text in before
    ]
    assert "Harbour" not in before[0]


def without_ids(page: str) -> str:
    return re.sub(r"flow=[\w-]+", "", page)


def test_a_pushed_request_in_two_tabs_is_answered_once_and_the_other_tab_claims_no_agreement(
    opened: Open, story: Story, grace: Member, app: App
) -> None:
    asked = {"redirect_uri": app.redirect_uri, "response_type": "code", "scope": "openid", "prompt": "consent"}
    challenge = {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
    made = story.site("POST", "/oauth2/par", data={**asked, **challenge}, auth=(app.client_id, app.secret))
    link = f"/oauth2/authorize?client_id={app.client_id}&request_uri={made.json()['request_uri']}"
    one, two = grace.get(link), grace.get(link)
    grace.decide(one, "cancel")
    pages = [opened(grace, grace.decide(two, "cancel").headers["location"])]
    pages.append(opened(grace, two.headers["location"]))
    for page in pages:
        assert "This request was opened more than once, and completed elsewhere." in page.text
        assert "you agreed" not in page.text
        assert "Back to Harbour <Library>" in page.links


def test_a_sign_in_that_was_not_what_the_site_asked_for_is_no_agreement(
    opened: Open, grace: Member, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = grace.authorize(app)

    def refuse(*_facts: object) -> Refuse:
        return Refuse(LoginRequired(AuthorizationReason.ANOTHER_ACCOUNT))

    monkeypatch.setattr(authorize, "next_step", refuse)
    back = asked.headers["location"].replace("/consent", "/oauth2/authorize")
    assert query(grace.get(back))["error"] == "login_required"
    for page in (opened(grace, asked.headers["location"]), opened(grace, grace.get(back).headers["location"])):
        assert "your sign-in was not what the site asked for. Nothing was shared." in page.text
        assert "you agreed" not in page.text


def test_an_app_is_gone_with_its_owner_too(story: Story, opened: Open, grace: Member) -> None:
    owner = story.member("owner", ip="192.0.2.8")
    asked = grace.authorize(story.app(owner, "Short Lived")).headers["location"]
    owner.do(leaving.erase)
    assert "This app is no longer there." in opened(grace, asked).text


def test_of_a_request_that_never_was_nothing_is_said_about_an_app(opened: Open, grace: Member, app: App) -> None:
    handle = query(grace.authorize(app))["flow"]
    forged = handle[:-20] + ("A" * 20 if handle[-20:] != "A" * 20 else "B" * 20)
    assert "app" not in opened(grace, f"/consent?flow={forged}").text.lower().replace("apps", "")
