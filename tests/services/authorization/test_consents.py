"""What a person agrees to: shown with their own values, remembered, listed, taken back at once."""

import asyncio
from datetime import timedelta

import pytest

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.runtime.caller import NOBODY, Caller
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import profile
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import apps
from oauth2system.services.authorization import connected_apps, consents, flow_view
from oauth2system.services.authorization.consents import ConsentView
from oauth2system.services.clients import reads as app_reads
from oauth2system.storage.database.columns import to_ms
from tests.support.in_process.browsers import path, query
from tests.support.in_process.story import CALLBACK, App, Member, Story


def asked(visitor: Member, app: App, scope: str = "identify+email") -> ConsentView:
    return shown(visitor, query(visitor.authorize(app, scope))["flow"])


def shown(visitor: Member, flow: str, caller: Caller | None = None) -> ConsentView:
    """Open the page as this browser does."""

    def ask(ctx: Context) -> ConsentView:
        return consents.ask(ctx, flow_view.view(ctx, flow, visitor.cookies.get("oauth2system_browser")))

    return visitor.house.ask(ask, caller=caller or visitor.caller)


def test_all_connections_of_one_person_end_together_with_what_their_apps_hold(
    story: Story, ada: Member, grace: Member, app: App
) -> None:
    other = story.app(ada, "Prose")
    kept, values = ada.value(app), [grace.value(one) for one in (app, other)]
    assert grace.do(connected_apps.revoke_all) == 2
    assert grace.connections() == []
    assert [story.fetch(one, value).status_code for one, value in zip((app, other), values, strict=True)] == [401, 401]
    assert story.fetch(app, kept).status_code == 200
    with pytest.raises(NotPermitted):
        story.ask(connected_apps.revoke_all, caller=NOBODY)


def test_the_page_says_who_asks_whose_app_it_is_for_what_and_where_it_leads(
    ada: Member, grace: Member, app: App
) -> None:
    ada.do(apps.describe, app.client_id, "A place for verses")
    view = asked(grace, app)
    assert (view.app_name, view.description, view.publisher.name, view.publisher.username) == (
        "Poetry",
        "A place for verses",
        "Ada",
        "ada",
    )
    assert (view.destination, view.account, view.username) == ("https://site.example", grace.user_id, "grace")
    assert [(one.scope, one.words, one.known) for one in view.asked] == [
        ("identify", "Your username, display name, user id and avatar", False),
        ("email", "Your email address", False),
    ]


def test_the_page_leads_to_what_the_app_registered_about_its_terms(story: Story, ada: Member, grace: Member) -> None:
    papers = {"policy_uri": "https://site.example/privacy", "tos_uri": "https://site.example/terms"}
    made = story.client("ada", simple_flow=True, **papers)
    assert made.client_secret is not None
    view = asked(grace, App(made.client_id, made.client_secret, CALLBACK))
    assert {"policy_uri": view.policy_uri, "tos_uri": view.tos_uri} == papers
    view = asked(grace, story.app(ada))
    assert (view.policy_uri, view.tos_uri) == (None, None)


def test_the_page_shows_the_very_values_that_would_be_handed_over(story: Story, grace: Member, app: App) -> None:
    values = {value for one in asked(grace, app).asked for _, value in one.values}
    (picture,) = (value for value in values if value.startswith("/avatars/"))
    assert values == {"grace", "Grace", picture, grace.user_id, "grace@example.org"}
    told = story.fetch(app, grace.value(app)).json()
    assert {told["username"], told["display_name"], told["id"], told["email"]} <= values


def test_the_page_says_that_an_app_keeps_its_access(grace: Member, app: App) -> None:
    more = {"response_type": "code", "redirect_uri": CALLBACK, "code_challenge": "c" * 43}
    answer = grace.authorize(app, "openid+offline_access", **more, code_challenge_method="S256")
    values = [one.values for one in shown(grace, query(answer)["flow"]).asked]
    assert values == [(("User id", grace.user_id),), (("Access", "also while you are away"),)]


def test_what_is_not_asked_for_is_not_shown(grace: Member, app: App) -> None:
    (only,) = asked(grace, app, "email").asked
    assert only.values == (("Email", "grace@example.org"),)
    (only,) = asked(grace, app, "identify").asked
    assert "grace@example.org" not in repr(only.values)


def test_a_wider_request_shows_what_is_known_and_adds_to_it(story: Story, grace: Member, app: App) -> None:
    grace.value(app, "identify")
    assert [(one.scope, one.known) for one in asked(grace, app).asked] == [("identify", True), ("email", False)]
    assert "email" in story.fetch(app, grace.value(app)).json()
    assert path(grace.authorize(app, "identify")) == "/callback", "a narrower request is not asked again"
    assert path(grace.authorize(app, "email")) == "/callback"


def test_nobody_is_shown_a_request_without_being_signed_in(story: Story, grace: Member, app: App) -> None:
    flow = query(grace.authorize(app))["flow"]
    with pytest.raises(NotPermitted):
        shown(grace, flow, NOBODY)


@pytest.mark.parametrize("flow", ["", "of_" + "A" * 54, "\ud800", "\0"])
def test_of_a_request_that_is_none_nothing_is_claimed(grace: Member, flow: str) -> None:
    with pytest.raises(NotFound, match=r"copied incompletely|expired"):
        shown(grace, flow)


def test_a_request_that_has_ended_or_lost_its_app_is_not_shown(story: Story, grace: Member, app: App) -> None:
    first, second = grace.authorize(app), grace.authorize(app)
    grace.decide(first, "cancel")
    with pytest.raises(NotFound, match="did not agree"):
        shown(grace, query(first)["flow"])
    story.ask(all_apps.disable, app.client_id)
    with pytest.raises(NotFound, match="not available"):
        shown(grace, query(second)["flow"])


def test_connections_list_ones_own_sites_the_newest_first(story: Story, ada: Member, grace: Member, app: App) -> None:
    prose = story.app(ada, "Prose", redirect_uri="http://localhost:5000/callback")
    grace.value(app, "email")
    story.later(minutes=1)
    grace.value(prose)
    ada.value(app)
    newest, oldest = grace.connections()
    assert (newest.app_name, newest.owner_name, newest.home) == ("Prose", "Ada", "http://localhost:5000")
    assert [one.words for one in newest.allowed] == [
        "Your username, display name, user id and avatar",
        "Your email address",
    ]
    assert [one.words for one in oldest.allowed] == ["Your email address"]
    assert (oldest.app_name, oldest.fetched_at) == ("Poetry", None)
    assert (newest.granted_at - oldest.granted_at).total_seconds() == 60


def test_the_last_fetch_is_listed(story: Story, grace: Member, app: App) -> None:
    value = grace.value(app)
    story.later(seconds=10)
    story.fetch(app, value)
    story.write_last_used()
    (connection,) = grace.connections()
    assert connection.fetched_at == story.now


def test_a_fetch_is_listed_to_the_second_though_its_stamp_is_written_once_a_day(
    story: Story, grace: Member, app: App
) -> None:
    for _time in range(2):
        story.later(minutes=5)
        story.fetch(app, grace.value(app))
        story.write_last_used()
        asyncio.run(app_reads.save(story.runner))
    first, last = story.now - timedelta(minutes=5), story.now
    with story.runner.database.transaction() as db:
        assert db.one("SELECT fetched_at FROM consents") == (to_ms(first),)
    (connection,) = grace.connections()
    assert connection.fetched_at == last


def test_a_stranger_has_no_connections(story: Story) -> None:
    for service, more in ((connected_apps.read_connections, ()), (connected_apps.revoke, ("1",))):
        with pytest.raises(NotPermitted):
            story.ask(service, *more, caller=NOBODY)


def test_revoking_takes_effect_at_once_on_all_that_the_site_holds(
    story: Story, ada: Member, grace: Member, app: App
) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    unread, read = grace.value(app), grace.value(app)
    assert story.fetch(app, read).status_code == 200
    grace.do(connected_apps.revoke, app.client_id)
    for value in (unread, read):
        assert story.fetch(app, value).json()["error"] == "invalid_token"
    assert grace.connections() == []
    assert path(grace.authorize(app)) == "/consent"
    assert story.events("consent.revoked") == 1


def test_what_was_revoked_stays_so_when_the_person_agrees_anew(
    story: Story, ada: Member, grace: Member, app: App
) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    old = grace.value(app)
    story.fetch(app, old)
    grace.do(connected_apps.revoke, app.client_id)
    assert story.fetch(app, grace.value(app)).status_code == 200
    assert story.fetch(app, old).status_code == 401


def test_revoking_is_for_one_person_and_one_site(story: Story, ada: Member, grace: Member, app: App) -> None:
    prose = story.app(ada, "Prose")
    others = [(app, ada.value(app)), (prose, grace.value(prose))]
    grace.value(app)
    grace.do(connected_apps.revoke, app.client_id)
    assert [story.fetch(site, value).status_code for site, value in others] == [200, 200]


@pytest.mark.parametrize("client_id", ["", "1", "x", "\0", "\ud800", "9" * 40])
def test_t120_a_site_that_is_not_connected_is_not_found(grace: Member, client_id: str) -> None:
    with pytest.raises(NotFound):
        grace.do(connected_apps.revoke, client_id)


def test_an_agreement_that_was_under_way_does_not_outlive_a_revocation(story: Story, grace: Member, app: App) -> None:
    grace.value(app, "identify")
    decided = grace.decide(grace.authorize(app))  # in one tab: Authorize, and the browser has not yet gone on
    grace.do(connected_apps.revoke, app.client_id)  # in another tab
    answer = grace.get(decided.headers["location"])
    assert "code=" not in answer.headers.get("location", "")
    assert grace.connections() == []


def test_the_page_shows_who_the_person_is_now(grace: Member, app: App) -> None:
    answer = grace.authorize(app)
    grace.do(profile.rename, "Grace Hopper")
    view = shown(grace, query(answer)["flow"])
    assert view.display_name == "Grace Hopper"
