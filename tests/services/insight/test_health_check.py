"""The check of an app: each finding appears when it is true, goes when it is fixed, and nothing is guessed."""

import pytest

from oauth2system.errors import NotFound
from oauth2system.services.apps import apps, protocol_settings, redirect_uris
from oauth2system.services.insight import health_check
from oauth2system.services.insight.health_check import HealthCheck, HealthIssue, HealthPlace
from tests.support.in_process.oauth_apps import basic
from tests.support.in_process.story import CALLBACK, App, Member, Story

OTHER = "https://site.example/forgotten"


def check(story: Story, ada: Member, app: App) -> HealthCheck:
    return story.run_procedure(health_check.run, app.client_id, caller=ada.caller)


def issues(story: Story, ada: Member, app: App) -> set[str]:
    return {one.issue for one in check(story, ada, app).findings}


def fetch_by_header(story: Story, ada: Member, app: App, scope: str = "identify") -> None:
    address = f"/api/user?oauth_token={ada.value(app, scope)}"
    assert story.site("GET", address, headers=basic(app.client_id, app.secret)).status_code == 200


def test_of_a_new_app_nothing_is_known_and_nothing_is_wrong(story: Story, ada: Member, app: App) -> None:
    found = check(story, ada, app)
    assert found.findings == ()
    assert len(found.unknown) == 2


def test_a_secret_in_a_query_string_is_found(story: Story, ada: Member, app: App) -> None:
    fetch_by_header(story, ada, app)
    assert HealthIssue.SECRET_IN_QUERY.name not in issues(story, ada, app)
    story.fetch(app, ada.value(app))
    found = next(one for one in check(story, ada, app).findings if one.issue == HealthIssue.SECRET_IN_QUERY.name)
    assert found.place is HealthPlace.SECRETS
    assert app.secret[-4:] in str(found.finding)
    assert all(str(text) for text in (found.why, found.fix))


def test_an_address_that_nobody_used_for_a_season_is_found(story: Story, ada: Member, app: App) -> None:
    ada.do(redirect_uris.add, app.client_id, OTHER)
    fetch_by_header(story, ada, app)
    assert HealthIssue.UNUSED_REDIRECT.name not in issues(story, ada, app), "it is too early to say"
    assert len(check(story, ada, app).unknown) == 1
    story.later(days=91)
    ada = story.again(ada.user_id)
    fetch_by_header(story, ada, app)
    unused = [one for one in check(story, ada, app).findings if one.issue == HealthIssue.UNUSED_REDIRECT.name]
    assert [OTHER in str(one.finding) for one in unused] == [True]
    ada.do(redirect_uris.remove, app.client_id, OTHER)
    assert HealthIssue.UNUSED_REDIRECT.name not in issues(story, ada, app)


def test_an_address_without_encryption_is_found_and_a_local_one_is_not(story: Story, ada: Member, app: App) -> None:
    story.run(
        "UPDATE clients SET redirect_uris = ? WHERE id = ?", f'["http://site.example/cb", "{CALLBACK}"]', app.client_id
    )
    ada.do(redirect_uris.add, app.client_id, "http://127.0.0.1:5000/cb")
    plain = [one for one in check(story, ada, app).findings if one.issue == HealthIssue.HTTP_REDIRECT.name]
    assert ["http://site.example/cb" in str(one.finding) for one in plain] == [True]


def test_a_scope_that_is_allowed_and_never_read_is_found(story: Story, ada: Member, app: App) -> None:
    fetch_by_header(story, ada, app, "identify")
    assert HealthIssue.SCOPE_UNREAD.name not in issues(story, ada, app)
    ada.value(app, "identify+email")
    unread = [one for one in check(story, ada, app).findings if one.issue == HealthIssue.SCOPE_UNREAD.name]
    assert ["email" in str(one.finding) for one in unread] == [True]
    fetch_by_header(story, ada, app, "identify+email")
    assert HealthIssue.SCOPE_UNREAD.name not in issues(story, ada, app)


def test_pkce_that_is_not_demanded_or_not_sent_is_found(story: Story, ada: Member, app: App) -> None:
    ada.get(f"/oauth2/authorize?client_id={app.client_id}&response_type=code&scope=openid&redirect_uri={CALLBACK}")
    assert HealthIssue.PKCE_MISSING.name in issues(story, ada, app)
    assert HealthIssue.PKCE_OFF.name not in issues(story, ada, app)
    ada.do(protocol_settings.change, app.client_id, {"require_pkce": False})
    found = next(one for one in check(story, ada, app).findings if one.issue == HealthIssue.PKCE_OFF.name)
    assert found.place is HealthPlace.PROTOCOL


def test_secrets_that_are_old_expire_or_have_expired_are_found(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.new_secret, app.client_id, "Brief", "90")
    assert issues(story, ada, app) == set()
    story.later(days=80)
    ada = story.again(ada.user_id)
    assert HealthIssue.SECRET_EXPIRES.name in issues(story, ada, app)
    story.later(days=290)
    ada = story.again(ada.user_id)
    assert {HealthIssue.SECRET_EXPIRED.name, HealthIssue.SECRET_OLD.name} <= issues(story, ada, app)


def test_t118_somebody_else_s_app_is_not_there(story: Story, app: App) -> None:
    bob = story.member("bob")
    with pytest.raises(NotFound):
        check(story, bob, app)
