"""The log of an app as a service: whose it is, what a reference finds, and what an address costs."""

from typing import Any

import pytest

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.protocol.errors import Untrusted
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.runtime import app_log
from oauth2system.runtime.events.acts import Act
from oauth2system.services.apps import protocol_settings
from oauth2system.services.insight import activity, checklist
from oauth2system.services.insight.activity import Wanted
from tests.support.in_process.story import CALLBACK, App, Member, Story

OTHER = f"{CALLBACK}/2"


def refuse(
    story: Story, app: App, sent: str = OTHER, reason: PageReason = PageReason.REDIRECT_URI_UNREGISTERED
) -> None:
    error = Untrusted(reason, sent=sent, registered=CALLBACK)
    story.ask(app_log.note, app.client_id, "authorize", error)
    story.ask(app_log.write)


def test_the_owner_reads_filters_and_finds(story: Story, ada: Member, app: App) -> None:
    refuse(story, app)
    story.later(seconds=1)
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)
    seen = story.run_procedure(activity.open_activity, app.client_id, Wanted(), caller=ada.caller)
    assert [one.reason for one in seen.entries] == ["USER_READ", "REDIRECT_URI_UNREGISTERED"]
    assert (seen.offered_uris, seen.has_more, seen.is_referenced) == ((OTHER,), False, False)
    reference = seen.entries[1].reference
    wants: list[tuple[dict[str, Any], int]] = [
        ({"outcome": "done"}, 1), ({"stage": "token"}, 0), ({"reference": reference, "stage": "token"}, 1),
        ({"reference": "AAAAAAAA"}, 2), ({"reference": "ZZZZZZZZ"}, 2), ({"reference": "77777777"}, 2),
    ]  # fmt: skip
    for wanted, count in wants:
        found = ada.do(activity.view, app.client_id, Wanted(**wanted))
        assert len(found.entries) == count, wanted
    assert ada.do(activity.view, app.client_id, Wanted(limit=1)).has_more


def test_t118_everything_is_the_owners_alone_and_nobody_else_makes_the_server_write(
    story: Story, ada: Member, app: App
) -> None:
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)
    for other in (story.member("grace"), story.stranger()):
        with pytest.raises(NotFound):
            story.run_procedure(activity.open_activity, app.client_id, Wanted(), caller=other.caller)
        with pytest.raises(NotFound):
            other.do(activity.view, app.client_id, Wanted())
        with pytest.raises((NotFound, NotPermitted)):
            story.run_procedure(activity.export_log, app.client_id, caller=other.caller)
        with pytest.raises(NotFound):
            story.run_procedure(activity.repair, app.client_id, OTHER, Wanted(), caller=other.caller)
    assert story.look("SELECT * FROM app_log") == []


def test_an_address_that_was_sent_is_registered_and_not_offered_again(story: Story, ada: Member, app: App) -> None:
    refuse(story, app)
    seen = story.run_procedure(activity.repair, app.client_id, OTHER, Wanted(), caller=ada.caller)
    assert (seen.redirect_uris, seen.offered_uris) == ((CALLBACK, OTHER), ())
    with pytest.raises(Invalid):
        story.run_procedure(activity.repair, app.client_id, OTHER, Wanted(), caller=ada.caller)


@pytest.mark.parametrize("reason", [PageReason.REDIRECT_URI_UNREGISTERED, PageReason.REDIRECT_URI_FOREIGN])
def test_what_is_registered_by_now_is_nowhere_said_to_be_registered(
    story: Story, ada: Member, app: App, reason: PageReason
) -> None:
    refuse(story, app, reason=reason)
    refuse(story, app, CALLBACK + "/3", reason=reason)
    seen = story.run_procedure(activity.repair, app.client_id, OTHER, Wanted(), caller=ada.caller)
    steps = ada.do(checklist.view, app.client_id).steps
    for events in (seen.entries, ada.do(activity.list_all, app.client_id), [one.problem for one in steps]):
        repairs = {one.sent: str(one.repair) for one in events if one is not None}
        assert all("egister exactly" in repair for sent, repair in repairs.items() if sent != OTHER)
        assert repairs.get(OTHER, "This address is registered now.").startswith("This address is registered now.")
    assert [one.sent for one in seen.entries if "registered now" in str(one.repair)] == [OTHER]


def test_an_address_after_the_sign_out_is_judged_by_its_own_list(story: Story, ada: Member, app: App) -> None:
    refuse(story, app, CALLBACK, reason=PageReason.SIGN_OUT_URI_UNREGISTERED)
    (entry,) = ada.do(activity.view, app.client_id, Wanted()).entries
    assert "Register exactly" in str(entry.repair)
    ada.do(protocol_settings.change, app.client_id, {"post_logout_redirect_uris": [CALLBACK]})
    (entry,) = ada.do(activity.view, app.client_id, Wanted()).entries
    assert str(entry.repair).startswith("This address is registered now.")
