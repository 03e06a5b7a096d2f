"""What a visitor does on their way is in the log of the app once, and that they left, as soon as their time is over."""

import asyncio
from typing import Any

from oauth2system.policy import lifetimes
from oauth2system.runtime import app_log
from oauth2system.runtime.context import Context
from oauth2system.services.authorization import flows
from oauth2system.services.authorization.flows import FlowStage
from oauth2system.services.insight import usage
from oauth2system.services.insight.usage import Span
from oauth2system.services.server import jobs
from oauth2system.services.server.jobs import JOBS
from oauth2system.storage.tables import unanswered_flows
from oauth2system.web.http import cookies
from tests.services.apps.test_app_races import at_once
from tests.support.in_process.browsers import path, query
from tests.support.in_process.story import App, Member, Story

AT_MOST = 100


def read_log(story: Story, columns: str = "reason, times") -> list[tuple[Any, ...]]:
    asyncio.run(app_log.save(story.runner))
    return story.look(f"SELECT {columns} FROM app_log ORDER BY first_at, id")


def look_for_given_up(story: Story) -> None:
    """Run the job of the server once."""
    job = next(job for job in JOBS if job.name == "given_up_flows")

    async def run() -> None:
        await job.run(story.runner, asyncio.Event())

    asyncio.run(run())


def test_a_visitor_who_left_is_in_the_log_within_a_minute_of_the_end_and_once(
    story: Story, ada: Member, app: App
) -> None:
    asked_ms = int(story.now.timestamp() * 1000)
    ada.authorize(app)
    ada.agree(ada.authorize(app, "email"))
    ada.decide(ada.authorize(app, "identify"), "cancel")
    story.later(minutes=30, milliseconds=-1)
    look_for_given_up(story)
    assert "GAVE_UP" not in {row[0] for row in read_log(story)}, "it is still open"
    story.later(milliseconds=1)
    look_for_given_up(story)
    gave_up = [row for row in read_log(story, "reason, times, last_at") if row[0] == "GAVE_UP"]
    assert gave_up == [("GAVE_UP", 1, asked_ms + 30 * 60_000)]
    look_for_given_up(story)
    story.later(days=2)
    jobs.purge_now(story.runner, lambda _kind, _count: None)
    assert [row for row in read_log(story, "reason, times, last_at") if row[0] == "GAVE_UP"] == gave_up
    assert [job.every for job in JOBS if job.name == "given_up_flows"] == [lifetimes.Lifetime(minutes=1)]


def test_the_page_of_a_request_that_was_given_up_still_says_that_it_expired(
    story: Story, ada: Member, app: App
) -> None:
    handle = query(ada.authorize(app))["flow"]
    story.later(minutes=31)
    look_for_given_up(story)
    page = ada.get(f"/oauth2/authorize?flow={handle}")
    assert (page.status_code, path(page), query(page)["flow"]) == (303, "/login", handle)
    browser = ada.cookies.get(story.settings.cookie(cookies.BROWSER))
    assert story.ask(flows.look, handle, browser).stage is FlowStage.EXPIRED


def test_of_several_workers_that_look_at_once_one_notes_it(story: Story, ada: Member, app: App) -> None:
    for scope in ("identify", "email", "identify+email"):
        ada.authorize(app, scope)
    story.later(minutes=30)
    found = at_once(*(lambda: story.ask(flows.give_up, AT_MOST) for _ in range(4)))
    assert sum(found) == 3
    assert ("GAVE_UP", 3) in read_log(story)


def test_all_of_them_are_found_a_bounded_number_at_a_time(story: Story, ada: Member, app: App) -> None:
    for _again in range(5):
        ada.authorize(app)
    story.later(minutes=30)
    assert [story.ask(flows.give_up, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_the_look_uses_an_index_that_has_only_what_nobody_answered(story: Story) -> None:
    """On a large table PostgreSQL does the same; of the few rows of a test it reads all."""
    if not story.settings.database_url.startswith("sqlite"):
        return

    def explain(ctx: Context) -> str:
        plan = ctx.db.all(f"EXPLAIN QUERY PLAN {unanswered_flows.GIVE_UP}", 0, 0, 1)
        return " ".join(str(row[3]) for row in plan)

    assert "ix_ephemeral_unanswered (expires_at<?)" in story.ask(explain)


def test_an_email_confirmation_on_the_way_counts_one_sign_in_and_one_of_each_page(story: Story, app: App) -> None:
    joan = story.member("joan", confirmed=False)
    joan.sign_out()
    handle = query(joan.authorize(app))["flow"]
    story.sign_in(joan, joan.user_id)
    here = f"/oauth2/authorize?flow={handle}"
    assert path(joan.get(here)) == path(joan.get(here)) == "/account/email_confirm"
    story.run("UPDATE users SET email_confirmed_at = 1 WHERE id = ?", joan.user_id)
    page = joan.get(here)
    assert path(page) == path(joan.get(here)) == "/consent"
    fields = {"flow": handle, "account": joan.user_id, "decision": "authorize"}
    for _twice in range(2):
        joan.post("/consent", page=page.headers["location"], **fields)
    assert query(joan.get(here))["code"]
    assert read_log(story) == [
        ("SIGN_IN_SHOWN", 1), ("SIGNED_IN", 1), ("CONFIRMATION_SHOWN", 1),
        ("CONSENT_SHOWN", 1), ("APPROVED", 1), ("ANSWERED", 1),
    ]  # fmt: skip


def test_a_sign_in_that_needs_no_question_is_counted_too(story: Story, ada: Member, app: App) -> None:
    ada.value(app)
    ada.sign_out()
    handle = query(ada.authorize(app))["flow"]
    story.sign_in(ada, ada.user_id)
    ada.get(f"/oauth2/authorize?flow={handle}")
    assert [row for row in read_log(story) if row[0] == "SIGNED_IN"] == [("SIGNED_IN", 1)]


def test_where_people_drop_out_agrees_with_those_who_gave_up(story: Story, ada: Member, app: App) -> None:
    story.stranger().authorize(app)
    bob = story.stranger()
    handle = query(bob.authorize(app))["flow"]
    story.sign_in(bob, story.member("bob").user_id)
    for _again in range(2):
        bob.get(f"/oauth2/authorize?flow={handle}")
    story.member("eve").authorize(app)
    joan = story.member("joan")
    joan.agree(joan.authorize(app))
    story.later(minutes=30)
    look_for_given_up(story)
    assert ("GAVE_UP", 3) in read_log(story)
    passages = story.again(ada.user_id).do(usage.view, app.client_id, Span.DAY).passages
    lost = [(one.name, one.came - one.went_on) for one in passages if one.name != "site"]
    assert lost == [("sign_in", 1), ("consent", 2)]
