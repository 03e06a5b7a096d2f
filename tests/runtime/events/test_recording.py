"""What happens to an app is noted in memory, written twice a second, counted by the hour, and bounded."""

import asyncio
from typing import Any

import pytest

from oauth2system.errors import Busy
from oauth2system.policy import quotas
from oauth2system.protocol.errors import InvalidToken, Untrusted
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.protocol.reasons.registry import REASONS
from oauth2system.protocol.reasons.tokens import TokenReason
from oauth2system.runtime import app_log
from oauth2system.runtime.app_log import EventView
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.events.acts import Act, LogOutcome
from oauth2system.runtime.events.changes import Changes
from oauth2system.runtime.events.noted import EventNote, NotedEvents, RefusedKind
from oauth2system.services.apps import apps
from oauth2system.services.insight import activity
from oauth2system.services.server import jobs
from oauth2system.storage.tables import app_counts, unknown_apps
from oauth2system.storage.tables.app_counts import AppTotal
from oauth2system.storage.tables.unknown_apps import UnknownApp
from tests.services.apps.test_app_races import at_once
from tests.support.in_process.story import App, Member, Story

UNREGISTERED = PageReason.REDIRECT_URI_UNREGISTERED


@pytest.fixture
def app(story: Story, ada: Member) -> App:
    story.later(seconds=600 - story.now.timestamp() % 600)  # at the beginning of a window
    return story.app(ada)


def save(story: Story) -> None:
    asyncio.run(app_log.save(story.runner))


def rows(story: Story, columns: str = "stage, outcome, reason, times") -> list[tuple[Any, ...]]:
    return story.look(f"SELECT {columns} FROM app_log ORDER BY first_at, id")


def counts(story: Story) -> list[tuple[Any, ...]]:
    return story.look("SELECT outcome, reason, times FROM app_counts ORDER BY count_hour, stage, outcome, reason")


def noted_kind(number: int) -> RefusedKind:
    return RefusedKind("authorize", "refused", UNREGISTERED.name, "", "invalid_request", str(number), None)


def sum_up(ctx: Context, app: App) -> list[AppTotal]:
    return app_counts.sum_up(ctx.db, app.client_id)


def list_unknown(ctx: Context) -> list[UnknownApp]:
    return unknown_apps.list_newest(ctx.db, 100)


def test_a_whole_sign_in_is_in_the_log_of_its_app(story: Story, ada: Member, app: App) -> None:
    story.fetch(app, ada.value(app))
    save(story)
    assert [(row[0], row[1], row[2]) for row in rows(story)] == [
        ("authorize", "visitor", "CONSENT_SHOWN"),
        ("authorize", "visitor", "APPROVED"),
        ("authorize", "done", "ANSWERED"),
        ("api/user", "done", "USER_READ"),
    ]


def test_that_a_visitor_refused_is_what_they_did_and_no_mistake_of_the_app(story: Story, ada: Member, app: App) -> None:
    ada.decide(ada.authorize(app), "cancel")
    save(story)
    assert rows(story)[-1][:3] == ("authorize", "visitor", "CONSENT_DENIED")


def test_a_visitor_who_never_answered_is_in_the_log_at_the_moment_the_request_expired(
    story: Story, ada: Member, app: App
) -> None:
    ada.authorize(app)
    asked_ms = int(story.now.timestamp() * 1000)
    ada.agree(ada.authorize(app, "email"))
    story.later(hours=3)
    jobs.purge_now(story.runner, lambda _kind, _count: None)
    save(story)
    gave_up = [row for row in rows(story, "reason, times, last_at") if row[0] == "GAVE_UP"]
    assert gave_up == [("GAVE_UP", 1, asked_ms + 30 * 60_000)]


def test_equal_events_of_ten_minutes_are_one_line_with_first_and_last_moment(story: Story, app: App) -> None:
    for _again in range(3):
        story.ask(app_log.note_act, app.client_id, Act.TOKEN_REFRESHED)
        save(story)
        story.later(minutes=4)
    [(times, first, last)] = rows(story, "times, first_at, last_at")
    assert (times, int(last) - int(first)) == (3, 8 * 60_000)
    story.ask(app_log.note_act, app.client_id, Act.TOKEN_REFRESHED)
    save(story)
    assert [row[3] for row in rows(story)] == [3, 1]


def test_the_hours_are_counted_with_the_first_and_the_last_success(story: Story, app: App) -> None:
    began_ms = int(story.now.timestamp() * 1000)
    for hours in (0, 0, 1):
        story.later(hours=hours)
        story.ask(app_log.note_act, app.client_id, Act.CODE_EXCHANGED)
        story.ask(app_log.note, app.client_id, "token", InvalidToken(TokenReason.VALUE_EXPIRED))
        save(story)
    of_hour = [("done", "CODE_EXCHANGED", 2), ("refused", "VALUE_EXPIRED", 2)]
    assert counts(story) == [*of_hour, *((outcome, reason, 1) for outcome, reason, _times in of_hour)]
    done, _refused = story.ask(sum_up, app)
    assert (done.stage, done.times, done.first_ms, done.last_ms) == ("token", 3, began_ms, began_ms + 3_600_000)


def test_t078_a_flood_of_different_refusals_is_bounded_and_every_one_is_counted(story: Story, app: App) -> None:
    other = story.app(story.member("grace"), "Prose")
    noted = story.runner.server.of(NotedEvents)
    for number in range(100_000):
        noted.note(app.client_id, noted_kind(number), 0)
        assert number % 10_000 or noted.waiting() <= quotas.LOG_REFUSED_WAITING_OF_AN_APP + 2
    story.ask(app_log.note_act, other.client_id, Act.USER_READ)
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)
    save(story)
    assert len(rows(story)) <= quotas.LOG_OF_A_KIND + 2
    assert sum(times for _outcome, reason, times in counts(story) if reason == UNREGISTERED.name) == 100_000
    assert [reason for _outcome, reason, _times in counts(story)].count("USER_READ") == 2, "neither is pushed out"


def test_t078_many_apps_fill_the_memory_only_to_a_limit_and_what_is_lost_is_logged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quotas, "LOG_WAITING", 100)
    monkeypatch.setattr(quotas, "LOG_REFUSED_WAITING", 50)
    noted = NotedEvents()
    for number in range(1000):
        noted.note(str(number), noted_kind(number), 0)
    assert noted.waiting() == 100
    assert noted.take_lost() == 900


def test_many_lines_of_one_event_push_out_no_other(story: Story, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "LOG_OF_A_KIND", 3)
    story.ask(app_log.note, app.client_id, "token", InvalidToken(TokenReason.VALUE_EXPIRED))
    for number in range(9):
        story.ask(app_log.note, app.client_id, "authorize", Untrusted(UNREGISTERED, sent=str(number)))
        save(story)
        story.later(seconds=1)
    assert sorted(row[2] for row in rows(story)) == [UNREGISTERED.name] * 3 + ["VALUE_EXPIRED"]
    assert [row[0] for row in rows(story, "sent") if row[0]] == ["6", "7", "8"]


def test_what_cannot_be_written_is_written_the_next_time(
    story: Story, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)

    def fail(_ctx: Context, _notes: list[EventNote]) -> None:
        raise Busy("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(app_log, "write_notes", fail)
        with pytest.raises(Busy):
            save(story)
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)
    assert rows(story) == []
    save(story)
    assert [row[3] for row in rows(story)] == [2]


def test_who_reads_waits_for_what_is_being_written(story: Story, ada: Member, app: App) -> None:
    """The page of an app was opened while its job wrote, and it did not show what had happened a moment ago."""
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)

    async def read() -> list[EventView]:
        writing = asyncio.create_task(app_log.save(story.runner))
        await asyncio.sleep(0)  # the notes are taken out now, and not written yet
        assert not story.runner.server.of(NotedEvents).waiting()
        call = Call(story.runner, ada.caller)
        found = await activity.open_activity(call, app.client_id, activity.Wanted())
        await writing
        return list(found.entries)

    assert [one.reason for one in asyncio.run(read())] == ["USER_READ"]


def test_servers_that_write_the_same_line_at_once_count_together(story: Story, app: App) -> None:
    note = EventNote(app.client_id, Act.USER_READ, 1, 1000, 1000)
    at_once(*(lambda: story.ask(app_log.write_notes, [note]) for _ in range(8)))
    assert [row[3] for row in rows(story)] == [8]
    assert counts(story) == [("done", "USER_READ", 8)]


def test_a_line_of_an_app_deleted_meanwhile_is_passed_over_and_the_others_go_with_it(
    story: Story, ada: Member, app: App
) -> None:
    stays = story.app(ada, "Prose")
    for one in (app, stays):
        story.ask(app_log.note_act, one.client_id, Act.USER_READ)
    save(story)
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)
    ada.do(apps.delete, app.client_id, "Poetry")
    save(story)
    assert rows(story, "client_id") == [(stays.client_id,)]
    assert story.look("SELECT client_id FROM app_counts") == [(stays.client_id,)]


def test_lines_and_counts_are_purged_in_their_time(story: Story, app: App) -> None:
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)
    story.stranger().get("/oauth2/authorize?client_id=404")
    save(story)
    story.later(days=31)
    jobs.purge_now(story.runner, lambda _kind, _count: None)
    assert (len(rows(story)), len(counts(story))) == (0, 1)
    assert story.look("SELECT * FROM unknown_apps") == []
    story.later(days=371)
    jobs.purge_now(story.runner, lambda _kind, _count: None)
    assert counts(story) == []


@pytest.mark.parametrize("sent", ["404", "my-app", "client_secret=SECRET"])
def test_an_id_of_no_app_is_noted_for_administrators_without_secrets(story: Story, sent: str) -> None:
    story.stranger().get(f"/oauth2/authorize?client_id={sent}")
    story.stranger().get(f"/oauth2/authorize?client_id={sent}")
    save(story)
    ((found, stage, times),) = story.look("SELECT sent_id, stage, times FROM unknown_apps")
    assert (stage, times) == ("authorize", 2)
    assert "SECRET" not in str(found)


def test_t078_made_up_ids_fill_neither_memory_nor_the_list(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "UNKNOWN_APPS", 5)
    for number in range(1000):
        story.ask(app_log.note_unknown, f"{number}" + "x" * 10_000, "authorize")
    assert story.runner.server.of(NotedEvents).waiting() == quotas.UNKNOWN_APPS_WAITING
    save(story)
    kept = story.ask(list_unknown)
    assert len(kept) == 5
    assert max(len(one.sent_id) for one in kept) == quotas.UNKNOWN_APP_LONGEST


def test_who_watches_an_app_hears_of_it_after_the_write_and_others_do_not(story: Story, app: App) -> None:
    heard: list[str] = []

    def look() -> None:
        heard.append(rows(story)[-1][2])

    changes = story.runner.server.of(Changes)
    changes.watch(app.client_id, "tab", look)
    changes.watch("404", "another tab", lambda: heard.append("foreign"))
    story.ask(app_log.note_act, app.client_id, Act.USER_READ)
    save(story)
    save(story)  # nothing is new
    assert heard == ["USER_READ"]


def test_every_act_has_a_sentence_and_a_stage_of_its_own_kind() -> None:
    assert all(str(act.sentence).endswith(".") and act.stage and act.outcome in LogOutcome for act in Act)
    assert not {act.name for act in Act} & REASONS.keys(), "a record keeps the name of either"
