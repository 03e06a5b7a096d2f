"""How much an app is used is counted by the hour, for its owner alone."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.errors import NotFound
from oauth2system.runtime import app_log
from oauth2system.runtime.events import durations
from oauth2system.services.insight import usage
from oauth2system.services.insight.usage import Span, Usage
from tests.support.in_process.browsers import query
from tests.support.in_process.story import App, Member, Story


def look(story: Story, member: Member, app: App, span: Span = Span.DAY) -> Usage:
    asyncio.run(app_log.save(story.runner))
    owner = story.again(member.user_id)  # the session of before may have ended
    return owner.do(usage.view, app.client_id, span)


def last(found: Usage) -> tuple[int, ...]:
    one = found.periods[-1]
    return one.sign_ins, one.approvals, one.denials, one.fetches, one.refusals


def test_a_sign_in_counts_as_what_it_was(story: Story, ada: Member, app: App) -> None:
    story.fetch(app, ada.value(app))
    bob = story.member("bob")
    bob.decide(bob.authorize(app), "cancel")
    story.fetch(app, "os_unknown")
    found = look(story, ada, app)
    assert last(found) == (1, 1, 1, 1, 1)
    assert [(one.name, one.came, one.went_on) for one in found.passages] == [
        ("sign_in", 0, 0), ("consent", 2, 1), ("site", 1, 1),
    ]  # fmt: skip


def test_every_period_is_there_and_old_ones_are_left_out(story: Story, ada: Member, app: App) -> None:
    assert look(story, ada, app).is_empty
    for span, length in ((Span.DAY, 24), (Span.MONTH, 30), (Span.YEAR, 12)):
        periods = look(story, ada, app, span).periods
        begins = [one.begins_at for one in periods]
        assert (len(begins), begins) == (length, sorted(begins))
        assert begins[-1] <= story.now
    story.fetch(app, ada.value(app))
    assert not look(story, ada, app).is_empty
    story.later(hours=30)
    assert look(story, ada, app).is_empty
    assert sum(one.sign_ins for one in look(story, ada, app, Span.MONTH).periods) == 1
    story.later(days=60)
    assert look(story, ada, app, Span.MONTH).is_empty
    assert sum(one.sign_ins for one in look(story, ada, app, Span.YEAR).periods) == 1


def test_the_time_until_a_site_has_the_data_is_the_visitors_and_the_sites(story: Story, ada: Member, app: App) -> None:
    assert look(story, ada, app).median_ms is None
    page = ada.authorize(app)
    story.later(seconds=40)
    value = query(ada.agree(page))["code"]
    story.later(seconds=20)
    story.fetch(app, value)
    took = look(story, ada, app).median_ms
    assert took is not None
    assert took == pytest.approx(60_000, rel=0.13)


def test_t118_nobody_else_sees_it(story: Story, ada: Member, app: App) -> None:
    for other in (story.member("bob").caller, story.stranger().caller):
        with pytest.raises(NotFound):
            story.ask(usage.view, app.client_id, Span.DAY, caller=other)


def test_a_year_has_its_months() -> None:
    begins = usage.list_beginnings(datetime(2026, 2, 28, 13, 5, tzinfo=UTC), Span.YEAR)
    assert [(one.year, one.month, one.day, one.hour) for one in (begins[0], begins[-1])] == [
        (2025, 3, 1, 0), (2026, 2, 1, 0),
    ]  # fmt: skip


@given(st.lists(st.integers(0, 1_800_000), min_size=1))
def test_the_median_of_steps_is_near_that_of_the_durations(took: list[int]) -> None:
    counts: dict[int, int] = {}
    for one in took:
        counts[durations.find_step(one)] = counts.get(durations.find_step(one), 0) + 1
    real = sorted(took)[(len(took) - 1) // 2]
    found = durations.estimate_median(counts)
    assert found is not None
    assert found == pytest.approx(max(real, 100), rel=0.13)
