"""Connected apps: what each read, optional scopes taken away, a revocation and its undo."""

import asyncio

import pytest

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.policy import quotas
from oauth2system.runtime.caller import NOBODY
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.apps import apps
from oauth2system.services.authorization import connected_apps, read_views
from oauth2system.services.authorization.connected_apps import Connections, Revoked
from oauth2system.services.clients import reads
from tests.services.apps.test_app_races import at_once
from tests.support.in_process.browsers import path
from tests.support.in_process.story import App, Member, Story
from tests.support.leaving import download, unpack


def page(person: Member) -> Connections:
    return person.house.run_procedure(connected_apps.list_connections, caller=person.caller)


# Reads


def test_the_page_says_what_a_site_read_how_often_when_and_from_where(story: Story, grace: Member, app: App) -> None:
    story.fetch(app, grace.value(app), ip="203.0.113.7")
    story.later(minutes=5)
    story.fetch(app, grace.value(app), ip="203.0.113.8")
    [site] = page(grace).connected
    [one] = site.reads
    assert one.fields == ("User id", "Username", "Display name", "Avatar", "Email")
    assert (one.times, one.last_at, one.network, one.endpoint) == (2, story.now, "203.0.113.0", "api/user")
    assert not site.has_more_reads


def test_only_the_newest_are_shown_and_the_rest_page_by_page(
    story: Story, grace: Member, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "READS_ON_A_PAGE", 2)
    for number in range(5):
        story.later(hours=1)
        story.fetch(app, grace.value(app), ip=f"198.51.{number}.1")
    [site] = page(grace).connected
    assert [one.network for one in site.reads] == ["198.51.4.0", "198.51.3.0", "198.51.2.0"]
    assert site.has_more_reads
    pages = [grace.do(read_views.list_page, app.client_id, number) for number in range(3)]
    assert [[one.network for one in found.reads] for found in pages] == [
        ["198.51.4.0", "198.51.3.0"],
        ["198.51.2.0", "198.51.1.0"],
        ["198.51.0.0"],
    ]
    assert [found.has_more for found in pages] == [True, True, False]
    assert grace.do(read_views.list_page, app.client_id, 10**30).reads == ()
    assert grace.do(read_views.list_page, app.client_id, -1) == pages[0]


def test_t120_nobody_else_sees_the_reads_of_a_person(story: Story, ada: Member, grace: Member, app: App) -> None:
    boss = story.member("boss", admin=True)
    story.fetch(app, grace.value(app))
    page(grace)
    for other in (ada, boss):  # the owner of the app, and an administrator
        assert other.do(read_views.list_page, app.client_id, 0).reads == ()
        assert page(other) == Connections((), ())
    with pytest.raises(NotPermitted):
        story.ask(read_views.list_page, app.client_id, 0, caller=NOBODY)


def test_the_reads_are_in_the_export(story: Story, grace: Member, app: App) -> None:
    story.fetch(app, grace.value(app, "identify"))
    [one] = unpack(download(grace))["reads.json"]
    assert (one["client_id"], one["app"], one["times"]) == (app.client_id, "Poetry", 1)
    assert one["claims"] == ["id", "username", "user_name", "display_name", "avatar"]


def test_the_next_read_after_a_revocation_is_shown_as_refused(
    story: Story, ada: Member, grace: Member, app: App
) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    value, unread = grace.value(app), grace.value(app)
    story.fetch(app, value)
    grace.do(connected_apps.revoke, app.client_id)
    story.later(minutes=1)
    assert [story.fetch(app, one).status_code for one in (value, unread)] == [401, 401]
    found = page(grace)
    [site] = found.former
    assert found.connected == ()
    assert site.app_name == "Poetry"
    refused, read = site.reads
    assert (refused.is_refused, refused.times, refused.last_at) == (True, 2, story.now)
    assert not read.is_refused


def test_what_a_disabled_app_read_stays_in_sight(story: Story, grace: Member, app: App) -> None:
    story.fetch(app, grace.value(app))
    story.ask(all_apps.disable, app.client_id)
    assert len(page(grace).connected[0].reads) == 1


# Optional scopes


def test_t049_a_scope_that_is_unticked_is_gone_at_the_next_read(
    story: Story, ada: Member, grace: Member, app: App
) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    value = grace.value(app)
    assert "email" in story.fetch(app, value).json()
    found = grace.do(connected_apps.narrow, app.client_id, "email")
    assert [one.name for one in found.connected[0].allowed] == ["identify"]
    assert "email" not in story.fetch(app, value).json()
    assert path(grace.authorize(app)) == "/consent"
    assert story.events("consent.narrowed") == 1


@pytest.mark.parametrize("scope", ["identify", "profile", "", "email email", "openid"])
def test_what_a_site_needs_or_does_not_have_cannot_be_unticked(grace: Member, app: App, scope: str) -> None:
    grace.value(app)
    with pytest.raises(NotFound):
        grace.do(connected_apps.narrow, app.client_id, scope)
    assert [one.fixed for one in page(grace).connected[0].allowed] == [True, False]


def test_the_only_thing_that_a_site_may_read_goes_with_its_access(grace: Member, app: App) -> None:
    grace.value(app, "email")
    assert [one.fixed for one in page(grace).connected[0].allowed] == [True]
    with pytest.raises(NotFound):
        grace.do(connected_apps.narrow, app.client_id, "email")


def test_t165_scopes_unticked_in_two_tabs_are_both_gone(story: Story, grace: Member, app: App) -> None:
    grace.value(app)
    story.run("UPDATE consents SET scopes = 'openid identify profile email offline_access'")
    at_once(*(lambda one=one: grace.do(connected_apps.narrow, app.client_id, one) for one in ("email", "profile")))
    assert [one.name for one in page(grace).connected[0].allowed] == ["openid", "identify", "offline_access"]


# The undo of a revocation


def test_a_revocation_is_undone_within_seconds_and_the_site_signs_in_without_a_question(
    story: Story, grace: Member, app: App
) -> None:
    value = grace.value(app)
    before = page(grace).connected
    done: Revoked = grace.do(connected_apps.revoke, app.client_id)
    assert done.connections.connected == ()
    assert story.fetch(app, value).status_code == 401
    story.later(seconds=10)
    assert grace.do(connected_apps.undo, done.undo).connected == before
    assert story.fetch(app, value).status_code == 401  # what was revoked stays revoked
    assert story.fetch(app, grace.value(app)).status_code == 200
    assert path(grace.authorize(app)) != "/consent"
    assert story.events("consent.restored") == 1


def test_later_it_is_too_late(story: Story, grace: Member, app: App) -> None:
    grace.value(app)
    done = grace.do(connected_apps.revoke, app.client_id)
    story.later(seconds=16)
    with pytest.raises(NotFound):
        grace.do(connected_apps.undo, done.undo)
    assert grace.connections() == []


def test_an_undo_is_for_one_person_and_counts_once(story: Story, ada: Member, grace: Member, app: App) -> None:
    grace.value(app)
    done = grace.do(connected_apps.revoke, app.client_id)
    with pytest.raises(NotPermitted):
        story.ask(connected_apps.undo, done.undo, caller=NOBODY)
    with pytest.raises(NotFound):
        ada.do(connected_apps.undo, done.undo)
    grace.do(connected_apps.undo, done.undo)
    grace.do(connected_apps.revoke, app.client_id)
    with pytest.raises(NotFound):
        grace.do(connected_apps.undo, done.undo)
    assert grace.connections() == []


def test_an_undo_does_not_widen_what_was_agreed_to_since(story: Story, grace: Member, app: App) -> None:
    grace.value(app)
    done = grace.do(connected_apps.revoke, app.client_id)
    grace.value(app, "identify")
    assert [one.name for one in grace.do(connected_apps.undo, done.undo).connected[0].allowed] == ["identify"]
    assert story.events("consent.restored") == 0


def test_no_undo_survives_that_all_access_is_revoked(story: Story, grace: Member, app: App) -> None:
    grace.value(app)
    done = grace.do(connected_apps.revoke, app.client_id)
    grace.do(connected_apps.revoke_all)
    with pytest.raises(NotFound):
        grace.do(connected_apps.undo, done.undo)


def test_t165_an_undo_and_the_end_of_all_connections_at_once_leave_none(
    story: Story, ada: Member, grace: Member, app: App
) -> None:
    other = story.app(ada, "Prose")
    for _ in range(5):
        grace.value(app)
        grace.value(other)
        handle = grace.do(connected_apps.revoke, app.client_id).undo

        def undo(handle: str = handle) -> None:
            try:
                grace.do(connected_apps.undo, handle)
            except NotFound:
                return

        at_once(undo, lambda: grace.do(connected_apps.revoke_all))
        left = grace.connections()
        # The end may have come first in all: then the undo came too late for its row and found nothing.
        assert left == []


def test_t165_of_two_undos_at_once_one_counts(story: Story, grace: Member, app: App) -> None:
    grace.value(app)
    handle = grace.do(connected_apps.revoke, app.client_id).undo
    results: list[str] = []

    def undo() -> None:
        try:
            grace.do(connected_apps.undo, handle)
            results.append("done")
        except NotFound:
            results.append("late")

    at_once(*[undo] * 4)
    assert sorted(results) == ["done", "late", "late", "late"]
    assert story.events("consent.restored") == 1


def test_reads_are_written_for_the_page_at_once(story: Story, grace: Member, app: App) -> None:
    story.fetch(app, grace.value(app))
    asyncio.run(reads.save(story.runner))
    assert story.runner.server.of(reads.NotedReads).waiting() == 0
