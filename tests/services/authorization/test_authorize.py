"""What comes next at /oauth2/authorize, and what becomes of it when the world changes on the way."""

import pytest

from oauth2system.errors import TooManyAttempts
from oauth2system.policy import budgets
from oauth2system.protocol.authorization.response import Redirect
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.params import parse_query
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import apps, redirect_uris
from oauth2system.services.authorization import authorize
from oauth2system.services.authorization.authorize import GoTo, Outcome
from tests.support.in_process.story import CALLBACK, App, Member, Story

BROWSER = "b" * 64
OTHER = "https://site.example/other"


def begin(who: Member, app: App, query: str = "scope=identify+email", browser: str | None = BROWSER) -> Outcome:
    params = parse_query(f"client_id={app.client_id}&{query}".encode())
    return who.do(authorize.begin, "GET", params, browser)


def flow_of(outcome: Outcome) -> str:
    assert isinstance(outcome, GoTo), outcome
    return outcome.path.partition("flow=")[2]


def page_of(outcome: Outcome) -> str:
    assert isinstance(outcome, GoTo), outcome
    return outcome.path.partition("?")[0]


def resume(who: Member, flow: str, browser: str | None = BROWSER) -> Outcome:
    return who.do(authorize.resume, flow, browser)


def decide(
    who: Member, flow: str, *, agreed: bool = True, account: str | None = None, browser: str = BROWSER
) -> Outcome:
    return who.do(authorize.decide, flow, account or who.user_id, agreed=agreed, browser=browser)


def is_answered(outcome: Outcome) -> bool:
    return isinstance(outcome, Redirect) and outcome.url.startswith(f"{CALLBACK}?code=os_")


def test_a_stranger_signs_in_a_newcomer_confirms_a_visitor_agrees(story: Story, grace: Member, app: App) -> None:
    assert page_of(begin(story.stranger(), app)) == "/login"
    assert page_of(begin(story.member("joan", confirmed=False), app)) == "/account/email_confirm"
    assert page_of(begin(grace, app)) == "/consent"


def test_a_visitor_who_agreed_before_goes_straight_back(grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    assert decide(grace, flow) == GoTo(f"/oauth2/authorize?flow={flow}")
    assert is_answered(resume(grace, flow))
    assert is_answered(begin(grace, app))
    assert is_answered(begin(grace, app, "scope=email"))


def test_a_first_party_app_asks_nobody(story: Story, ada: Member, grace: Member) -> None:
    made = story.client("ada", first_party=True, simple_flow=True)
    assert is_answered(begin(grace, App(made.client_id, made.client_secret or "", CALLBACK)))


def test_the_story_in_one_browser_sign_in_confirm_agree(story: Story, app: App) -> None:
    visitor = story.stranger()
    flow = flow_of(begin(visitor, app))
    joan = story.member("joan", confirmed=False)
    assert resume(joan, flow) == GoTo(f"/account/email_confirm?flow={flow}")
    story.run("UPDATE users SET email_confirmed_at = 1 WHERE username = 'joan'")
    assert resume(joan, flow) == GoTo(f"/consent?flow={flow}")
    decide(joan, flow)
    assert is_answered(resume(joan, flow))


def test_a_new_browser_gets_a_cookie_value_to_be_known_by(story: Story, app: App) -> None:
    first, second = (begin(story.stranger(), app, browser=None) for _ in range(2))
    assert isinstance(first, GoTo)
    assert isinstance(second, GoTo)
    assert first.browser is not None
    assert len(bytes.fromhex(first.browser)) == 32
    assert first.browser != second.browser
    known = begin(story.stranger(), app)
    assert isinstance(known, GoTo)
    assert known.browser is None


def test_cancel_goes_back_with_access_denied_and_ends_the_flow(grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app, "scope=email&state=xyz"))
    outcome = decide(grace, flow, agreed=False)
    assert isinstance(outcome, Redirect)
    assert outcome.url.startswith(f"{CALLBACK}?error=access_denied&error_description=")
    assert outcome.url.endswith("&state=xyz")
    assert resume(grace, flow) == decide(grace, flow, agreed=False) == GoTo(f"/login?flow={flow}")


def test_cancelling_needs_no_session_but_the_browser(story: Story, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    with pytest.raises(Untrusted, match="another browser"):
        decide(grace, flow, agreed=False, browser="c" * 64)
    assert isinstance(decide(story.stranger(), flow, agreed=False, account="x"), Redirect)


def test_agreeing_without_a_session_leads_to_the_sign_in(story: Story, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(story.stranger(), flow, account=grace.user_id)
    assert page_of(resume(story.stranger(), flow)) == "/login"


def test_agreeing_before_the_address_is_confirmed_gives_no_code(story: Story, app: App) -> None:
    joan = story.member("joan", confirmed=False)
    flow = flow_of(begin(joan, app))
    decide(joan, flow)
    assert page_of(resume(joan, flow)) == "/account/email_confirm"


@pytest.mark.parametrize("account", ["", "1", "somebody else", "\ud800"])
def test_agreeing_for_another_account_than_the_page_showed_asks_again(grace: Member, app: App, account: str) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow, account=account or "0")
    assert page_of(resume(grace, flow)) == "/consent"


def test_t105_an_agreement_is_of_the_person_who_gave_it(ada: Member, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    assert page_of(resume(ada, flow)) == "/consent", "Ada signed in meanwhile in the same browser"
    decide(ada, flow)
    assert is_answered(resume(ada, flow))


def test_t105_what_another_person_agreed_to_before_counts_for_nobody_else(ada: Member, grace: Member, app: App) -> None:
    decide(grace, flow := flow_of(begin(grace, app)))
    resume(grace, flow)
    assert page_of(begin(ada, app)) == "/consent"


def test_two_tabs_each_end_for_themselves(grace: Member, app: App) -> None:
    first, second = (flow_of(begin(grace, app)) for _ in range(2))
    decide(grace, first)
    assert is_answered(resume(grace, first))
    assert is_answered(resume(grace, second)), "agreed in the other tab"


def test_two_tabs_one_cancelled(grace: Member, app: App) -> None:
    first, second = (flow_of(begin(grace, app)) for _ in range(2))
    decide(grace, first, agreed=False)
    assert page_of(resume(grace, second)) == "/consent"


def test_t084_back_and_reload_issue_nothing_more(story: Story, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    resume(grace, flow)
    before = story.look("SELECT COUNT(*) FROM ephemeral WHERE kind = 'os'")
    for _ in range(2):
        assert resume(grace, flow) == decide(grace, flow) == GoTo(f"/login?flow={flow}")
    assert story.look("SELECT COUNT(*) FROM ephemeral WHERE kind = 'os'") == before


def test_t101_a_flow_goes_on_in_its_own_browser_only(grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    for browser in (None, "", "c" * 64):
        with pytest.raises(Untrusted, match="another browser"):
            resume(grace, flow, browser)
    decide(grace, flow)
    assert is_answered(resume(grace, flow))


def test_t100_a_flow_expires(story: Story, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    story.later(minutes=30)
    late = story.again(grace.user_id)
    assert resume(late, flow) == decide(late, flow) == GoTo(f"/login?flow={flow}")


def test_a_session_that_ends_on_the_way_leads_to_the_sign_in(grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    grace.sign_out()
    assert page_of(resume(grace, flow)) == "/login"


def test_t114_a_person_disabled_on_the_way_is_a_stranger(story: Story, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    story.run("UPDATE users SET disabled_at = 1 WHERE username = 'grace'")
    assert page_of(resume(grace, flow)) == "/login"
    assert page_of(begin(grace, app)) == "/login"


def is_not_answered(who: Member, flow: str) -> bool:
    """Return whether each way on leads to the page that says how the request ended."""
    outcomes = [resume(who, flow), decide(who, flow), decide(who, flow, agreed=False)]
    return outcomes == [GoTo(f"/login?flow={flow}")] * 3


def test_t018_an_app_disabled_on_the_way_is_not_answered(story: Story, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    story.ask(all_apps.disable, app.client_id)
    assert is_not_answered(grace, flow)


def test_an_app_deleted_on_the_way_takes_its_flows_along(ada: Member, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    ada.do(apps.delete, app.client_id, "Poetry")
    assert is_not_answered(grace, flow)


def test_an_address_taken_away_on_the_way_gets_nothing(ada: Member, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    ada.do(redirect_uris.add, app.client_id, OTHER)
    ada.do(redirect_uris.remove, app.client_id, CALLBACK)
    assert is_not_answered(grace, flow)
    ada.do(redirect_uris.add, app.client_id, CALLBACK)
    assert is_answered(resume(grace, flow)), "nothing was used up"


def test_a_simple_flow_switched_off_on_the_way_gives_no_value(ada: Member, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    ada.do(apps.switch_simple_flow, app.client_id, on=False)
    assert is_not_answered(grace, flow)


def test_t049_a_scope_taken_away_on_the_way_is_not_given(story: Story, grace: Member, app: App) -> None:
    flow = flow_of(begin(grace, app))
    decide(grace, flow)
    story.run("""UPDATE clients SET metadata = '{"scopes": ["identify"]}' WHERE id = ?""", app.client_id)
    assert is_not_answered(grace, flow)


def test_t078_a_stranger_is_given_nothing_but_a_bounded_number_of_flows(
    story: Story, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "FLOWS", budgets.Budget("flows", 5, 60_000))
    for _ in range(5):
        begin(story.stranger("2001:db8::1"), app)
    with pytest.raises(TooManyAttempts):
        begin(story.stranger("2001:db8::2"), app)
    assert page_of(begin(story.stranger("2001:db8:0:1::1"), app)) == "/login", "other visitors go on"
    assert story.look("SELECT kind, COUNT(*) FROM ephemeral GROUP BY kind") == [("of", 6)]


def test_a_visitor_who_agreed_before_leaves_no_row_but_the_value(story: Story, grace: Member, app: App) -> None:
    grace.value(app)
    story.run("DELETE FROM ephemeral")
    begin(grace, app)
    assert story.look("SELECT kind FROM ephemeral") == [("os",)]


def test_agreeing_is_remembered_with_its_moment_and_its_scopes(story: Story, grace: Member, app: App) -> None:
    for scope in ("email", "identify"):
        story.later(seconds=1)
        decide(grace, flow := flow_of(begin(grace, app, f"scope={scope}")))
        resume(grace, flow)
    kept = story.look("SELECT scopes, granted_at FROM consents WHERE user_id = ?", grace.user_id)
    assert kept == [("identify email", int(story.now.timestamp() * 1000))]
