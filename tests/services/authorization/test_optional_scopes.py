"""Optional scopes: a person leaves them out, the app gets what was ticked, and nobody is asked a second time."""

import asyncio
from typing import Any

import httpx
import pytest

from oauth2system.protocol.clients.client import DEVICE_GRANT
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.services.authorization import connected_apps, consents, flow_view
from oauth2system.services.authorization.consents import ConsentView
from tests.support.in_process.browsers import path, query
from tests.support.in_process.oauth_apps import VERIFIER, challenge
from tests.support.in_process.story import CALLBACK, App, Member, Story

OPTIONAL = frozenset({"email", "offline_access"})
BOX = {"offered": "email"}


@pytest.fixture
def grace(story: Story) -> Member:
    story.member()
    return story.member("grace", ip="192.0.2.2")


@pytest.fixture
def app(story: Story, grace: Member) -> App:
    return made(story)


def made(story: Story, **more: Any) -> App:
    """Make an app of Ada's that calls two scopes optional."""
    new = story.client("ada", **{"simple_flow": True, "optional_scopes": OPTIONAL, **more})
    assert new.client_secret is not None
    return App(new.client_id, new.client_secret, CALLBACK)


def mark(story: Story, app: App, *optional: str) -> None:
    """Let the app call these scopes optional, and no others."""
    listed = ", ".join(f'"{one}"' for one in optional)
    story.run("UPDATE clients SET metadata = ? WHERE id = ?", f'{{"optional_scopes": [{listed}]}}', app.client_id)


def asked(visitor: Member, app: App, scope: str = "identify+email", **more: str) -> httpx.Response:
    """Follow the site's link to the page of consent."""
    answer = visitor.authorize(app, scope, **more)
    assert path(answer) == "/consent", answer.headers["location"]
    return answer


def shown(visitor: Member, consent: httpx.Response) -> ConsentView:
    """Return the question as the page shows it."""
    flow, browser = query(consent)["flow"], visitor.cookies.get("oauth2system_browser")

    def ask(ctx: Context) -> ConsentView:
        return consents.ask(ctx, flow_view.view(ctx, flow, browser))

    return visitor.house.ask(ask, caller=visitor.caller)


def answer(visitor: Member, consent: httpx.Response, **boxes: str) -> str:
    """Click Authorize with these boxes, and return the code that the site gets."""
    return query(visitor.get(visitor.decide(consent, **boxes).headers["location"]))["code"]


def exchange(story: Story, app: App, code: str) -> dict[str, Any]:
    """Exchange a code as a site does."""
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return story.site("POST", "/oauth2/token", data=sent, auth=(app.client_id, app.secret)).json()


def standard(**more: str) -> dict[str, str]:
    """Return the parameters of a standard request."""
    return {"response_type": "code", "redirect_uri": CALLBACK, "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256", **more}  # fmt: skip


def logged(story: Story) -> dict[str, int]:
    """Count what owners read in the logs of their apps."""
    asyncio.run(app_log.save(story.runner))
    return dict(story.look("SELECT reason, SUM(times) FROM app_log GROUP BY reason"))


def test_a_box_that_is_unticked_is_not_granted_and_not_asked_for_again(story: Story, grace: Member, app: App) -> None:
    consent = asked(grace, app)
    assert [(one.scope, one.optional, one.ticked) for one in shown(grace, consent).asked] == [
        ("identify", False, True),
        ("email", True, True),
    ]
    got = story.fetch(app, answer(grace, consent, **BOX)).json()
    assert (got["username"], "email" in got, "email_verified" in got) == ("grace", False, False)
    again = grace.authorize(app)
    assert path(again) == "/callback", "it was answered: nobody is asked twice"
    assert "email" not in story.fetch(app, query(again)["code"]).json()
    assert [one.name for one in grace.connections()[0].allowed] == ["identify"]
    assert logged(story)["LEFT_OUT"] == 1, "the owner reads that something was left out, and not by whom"


def test_a_box_that_stays_ticked_is_granted(story: Story, grace: Member, app: App) -> None:
    code = answer(grace, asked(grace, app), **BOX, scope="email")
    assert story.fetch(app, code).json()["email"] == "grace@example.org"
    assert "LEFT_OUT" not in logged(story)


def test_the_scope_of_the_answer_is_what_was_ticked(story: Story, grace: Member, app: App) -> None:
    scope, boxes = "openid+profile+email+offline_access", {"offered": "email offline_access", "scope": "offline_access"}
    got = exchange(story, app, answer(grace, asked(grace, app, scope, **standard()), **boxes))
    assert (got["scope"], "refresh_token" in got) == ("openid profile offline_access", True)
    person = story.site("GET", "/oauth2/userinfo", headers={"authorization": f"Bearer {got['access_token']}"}).json()
    assert "email" not in person
    renewed = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    later = story.site("POST", "/oauth2/token", data=renewed, auth=(app.client_id, app.secret)).json()
    assert later["scope"] == "openid profile offline_access"


def test_a_claim_asked_for_by_name_goes_with_its_scope(story: Story, grace: Member, app: App) -> None:
    claims = '{"userinfo": {"email": null, "name": null}}'
    got = exchange(story, app, answer(grace, asked(grace, app, "openid", **standard(claims=claims)), **BOX))
    person = story.site("GET", "/oauth2/userinfo", headers={"authorization": f"Bearer {got['access_token']}"}).json()
    assert (person.get("name"), "email" in person) == ("Grace", False)


def test_a_form_cannot_leave_out_what_the_app_requires(story: Story, grace: Member, app: App) -> None:
    consent = asked(grace, app)
    moved = grace.decide(consent, offered="identify email", scope="email")
    assert path(grace.get(moved.headers["location"])) == "/consent", "it was no answer: the person is asked again"
    assert grace.connections() == []


def test_a_box_of_a_page_that_is_older_than_the_owners_change_is_no_agreement(
    story: Story, grace: Member, app: App
) -> None:
    consent = asked(grace, app)
    mark(story, app)  # the email is required now
    moved = grace.decide(consent, **BOX)
    assert path(grace.get(moved.headers["location"])) == "/consent"
    assert "email" in story.fetch(app, answer(grace, consent)).json(), "now it is seen as required, and agreed to"


def test_what_becomes_required_is_asked_for(story: Story, grace: Member, app: App) -> None:
    answer(grace, asked(grace, app), **BOX)
    mark(story, app)
    question = shown(grace, asked(grace, app))
    assert [(one.scope, one.optional) for one in question.new] == [("email", False)]


def test_a_later_question_is_only_about_what_is_new(story: Story, grace: Member, app: App) -> None:
    grace.agree(asked(grace, app, "identify"))
    question = shown(grace, asked(grace, app, "identify+email"))
    assert [one.scope for one in question.new] == ["email"]
    assert [one.scope for one in question.known] == ["identify"]
    answer(grace, asked(grace, app, "identify+email"), **BOX)
    more = standard()
    question = shown(grace, asked(grace, app, "identify+email+offline_access", **more))
    assert [one.scope for one in question.new] == ["offline_access"], "what was left out is not asked for again"
    answer(grace, asked(grace, app, "identify+email+offline_access", **more), offered="offline_access")
    assert [one.name for one in grace.connections()[0].allowed] == ["identify"], "the older answer stays"


def test_prompt_consent_asks_for_everything_again_with_the_boxes_as_they_were(
    story: Story, grace: Member, app: App
) -> None:
    answer(grace, asked(grace, app), **BOX)
    more = standard(prompt="consent")
    consent = asked(grace, app, "identify+email", **more)
    assert [(one.scope, one.ticked) for one in shown(grace, consent).new] == [("identify", True), ("email", False)]
    got = exchange(story, app, answer(grace, consent, **BOX, scope="email"))
    assert got["scope"] == "identify email"
    got = exchange(story, app, answer(grace, asked(grace, app, "identify+email", **more), **BOX))
    assert got["scope"] == "identify"
    assert [one.name for one in grace.connections()[0].allowed] == ["identify"], "unticking takes it away"
    assert story.events("consent.narrowed") == 1


def test_prompt_none_goes_on_without_what_was_left_out(story: Story, grace: Member, app: App) -> None:
    answer(grace, asked(grace, app), **BOX)
    got = exchange(story, app, query(grace.authorize(app, "identify+email", **standard(prompt="none")))["code"])
    assert got["scope"] == "identify"


def test_an_optional_scope_that_is_taken_from_an_app_is_not_asked_for_at_the_next_sign_in(
    story: Story, grace: Member, app: App
) -> None:
    answer(grace, asked(grace, app), **BOX, scope="email")
    grace.do(connected_apps.narrow, app.client_id, "email")
    assert path(grace.authorize(app)) == "/callback"
    mark(story, app)
    assert path(grace.authorize(app)) == "/consent", "one that the app requires is"


def test_an_undone_revocation_remembers_what_was_left_out(story: Story, grace: Member, app: App) -> None:
    answer(grace, asked(grace, app), **BOX)
    grace.do(connected_apps.undo, grace.do(connected_apps.revoke, app.client_id).undo)
    assert path(grace.authorize(app)) == "/callback"
    assert [one.name for one in grace.connections()[0].allowed] == ["identify"]


@pytest.mark.parametrize("scope", ["email", "identify"])
def test_an_app_that_asks_for_nothing_else_requires_it(story: Story, grace: Member, scope: str) -> None:
    app = made(story, optional_scopes=frozenset({"identify", "openid", "profile", "email"}))
    assert [one.optional for one in shown(grace, asked(grace, app, scope)).asked] == [False]


def test_an_app_of_our_own_asks_nothing(story: Story, grace: Member) -> None:
    app = made(story, first_party=True)
    assert "email" in story.fetch(app, query(grace.authorize(app))["code"]).json()


def test_another_person_in_the_same_browser_is_asked_anew(story: Story, grace: Member, app: App) -> None:
    """T105: what one person left out is no answer of the next."""
    moved = grace.decide(asked(grace, app), **BOX).headers["location"]
    other = story.member("linus", ip="192.0.2.2")
    story.sign_in(grace, other.user_id)
    assert path(grace.get(moved)) == "/consent"


def test_a_person_leaves_out_a_scope_of_a_device(story: Story, grace: Member) -> None:
    app = made(story, grant_types=frozenset({DEVICE_GRANT}))
    credentials = (app.client_id, app.secret)
    begun = story.site("POST", "/oauth2/device_authorization", data={"scope": "identify email"}, auth=credentials)
    device = begun.json()
    form = {"user_code": device["user_code"], "account": grace.user_id, "decision": "authorize"}
    refused = grace.post("/device", **form, offered="identify email", scope="email")
    assert "error=" in refused.headers["location"], "what the app requires cannot be left out"
    assert "device_allowed" in grace.post("/device", **form, **BOX).headers["location"]
    assert logged(story)["DEVICE_LEFT_OUT"] == 1
    sent = {"grant_type": DEVICE_GRANT, "device_code": device["device_code"]}
    assert story.site("POST", "/oauth2/token", data=sent, auth=credentials).json()["scope"] == "identify"
    assert [one.name for one in grace.connections()[0].allowed] == ["identify"]
