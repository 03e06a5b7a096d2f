"""The checklist of a connection: a step ticks itself when the site does it, and says why it was refused."""

import pytest

from oauth2system.errors import NotFound
from oauth2system.runtime.caller import NOBODY
from oauth2system.services.insight import checklist
from oauth2system.services.insight.checklist import Checklist, StepState
from tests.support.in_process.oauth_apps import VERIFIER, challenge
from tests.support.in_process.story import CALLBACK, App, Member, Story

DONE, WAITING, FAILED = StepState.DONE, StepState.WAITING, StepState.FAILED


def opened(owner: Member, app: App) -> Checklist:
    return owner.house.run_procedure(checklist.open_checklist, app.client_id, caller=owner.caller)


def states(owner: Member, app: App) -> dict[str, StepState]:
    return {step.name: step.state for step in opened(owner, app).steps}


def test_a_new_app_waits_for_everything(ada: Member, app: App) -> None:
    found = opened(ada, app)
    assert {step.name: step.state for step in found.steps} == dict.fromkeys(
        ("asked", "approved", "exchanged", "fetched", "refreshed", "signed_out"), WAITING
    )
    assert (found.is_connected, found.has_problem) == (False, False)


def test_each_step_of_the_simple_flow_ticks_itself(story: Story, ada: Member, grace: Member, app: App) -> None:
    consent = grace.authorize(app)
    assert states(ada, app) == {**dict.fromkeys(states(ada, app), WAITING), "asked": DONE}
    value = grace.get(grace.decide(consent).headers["location"]).headers["location"].partition("code=")[2]
    assert states(ada, app)["approved"] is DONE
    assert states(ada, app)["exchanged"] is WAITING
    assert story.fetch(app, value.partition("&")[0]).status_code == 200
    found = opened(ada, app)
    assert found.is_connected, "what is not needed may never happen"
    assert [step.state for step in found.steps] == [DONE, DONE, DONE, DONE, WAITING, WAITING]
    assert found.steps[0].first_at is not None
    assert found.steps[0].first_at <= story.now


def test_each_step_of_the_standard_flow_ticks_itself(story: Story, ada: Member, grace: Member, app: App) -> None:
    more = {"response_type": "code", "redirect_uri": CALLBACK, "code_challenge": challenge(VERIFIER)}
    answer = grace.agree(grace.authorize(app, "openid+offline_access", **more, code_challenge_method="S256"))
    code = answer.headers["location"].partition("code=")[2].partition("&")[0]
    credentials = (app.client_id, app.secret)
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    tokens = story.site("POST", "/oauth2/token", data=sent, auth=credentials).json()
    assert (states(ada, app)["exchanged"], states(ada, app)["fetched"]) == (DONE, WAITING)
    story.site("GET", "/oauth2/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert states(ada, app)["fetched"] is DONE
    renew = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert story.site("POST", "/oauth2/token", data=renew, auth=credentials).status_code == 200
    assert states(ada, app)["refreshed"] is DONE


def test_a_refused_step_says_why_until_it_works(story: Story, ada: Member, grace: Member, app: App) -> None:
    value = grace.value(app)
    story.later(seconds=1)
    story.fetch(app, value, client_secret="wrong")
    found = {step.name: step for step in opened(ada, app).steps}
    problem = found["fetched"].problem
    assert found["fetched"].state is FAILED
    assert problem is not None
    assert problem.detail
    assert problem.repair
    assert problem.reference
    assert found["asked"].state is DONE
    story.later(seconds=1)
    story.fetch(app, value)
    assert states(ada, app)["fetched"] is DONE
    story.later(seconds=1)
    story.fetch(app, value)  # it was used
    found = {step.name: step for step in opened(ada, app).steps}
    assert (found["fetched"].state, opened(ada, app).has_problem) == (FAILED, True)
    assert opened(ada, app).is_connected, "it worked before"


def test_an_address_that_is_not_registered_turns_the_first_step_red(story: Story, ada: Member, app: App) -> None:
    story.stranger().authorize(app, response_type="code", redirect_uri="https://site.example/calback")
    (step, *_others) = opened(ada, app).steps
    assert (step.name, step.state) == ("asked", FAILED)
    assert step.problem is not None
    assert step.problem.sent == "https://site.example/calback"


def test_t118_nobody_else_sees_how_an_app_is_connected(story: Story, app: App) -> None:
    for other in (story.member("linus"), story.member("boss", admin=True)):
        with pytest.raises(NotFound):
            opened(other, app)
        with pytest.raises(NotFound):
            other.do(checklist.view, app.client_id)
    with pytest.raises(NotFound):
        story.run_procedure(checklist.open_checklist, app.client_id, caller=NOBODY)
