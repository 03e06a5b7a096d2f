"""An app that opted in reads the same value again for its time, and not a moment longer."""

import asyncio
from typing import Any

import pytest

from oauth2system.services.apps import apps
from oauth2system.services.tokens import simple_flow
from oauth2system.services.tokens.simple_flow import SimpleFlowRequest
from tests.support.in_process.story import SITE, App, Member, Story


def test_an_app_that_opted_in_reads_the_same_value_again_for_its_time(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    value = ada.value(app)
    story.later(seconds=100)
    assert story.is_readable(app, value)
    story.later(seconds=3599)
    assert story.is_readable(app, value)
    story.later(seconds=1)
    assert not story.is_readable(app, value)


def test_a_value_that_was_never_read_expires_however_long_re_reading_lasts(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    value = ada.value(app)
    story.later(seconds=120)
    assert not story.is_readable(app, value)


def test_shortening_the_time_ends_what_is_out_there(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    value = ada.value(app)
    story.read(app, value)
    story.later(seconds=60)
    ada.do(apps.allow_rereading, app.client_id, 60)
    assert not story.is_readable(app, value)
    ada.do(apps.allow_rereading, app.client_id, 0)
    assert not story.is_readable(app, value)


@pytest.mark.parametrize("at_first", [0, 60])
def test_t161_what_is_used_up_does_not_revive_when_the_time_is_lengthened(
    story: Story, ada: Member, app: App, at_first: int
) -> None:
    ada.do(apps.allow_rereading, app.client_id, at_first)
    value = ada.value(app)
    story.read(app, value)
    story.later(seconds=at_first)
    assert not story.is_readable(app, value)
    ada.do(apps.allow_rereading, app.client_id, 86_400)
    assert not story.is_readable(app, value)


def test_t161_a_value_used_by_a_node_whose_clock_is_ahead_is_used(story: Story, ada: Member, app: App) -> None:
    value = ada.value(app)
    story.later(seconds=30)
    story.read(app, value)
    story.later(seconds=-30)
    assert not story.is_readable(app, value)


def test_re_reading_tells_who_the_person_is_now(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.allow_rereading, app.client_id, 3600)
    value = ada.value(app)
    assert story.read(app, value)["display_name"] == "Ada"
    story.run("UPDATE users SET display_name = 'Countess', avatar = '0af' WHERE id = ?", ada.user_id)
    found = story.read(app, value)
    assert (found["display_name"], found["avatar"]) == (
        "Countess",
        f"{story.runner.settings.public_url}/avatars/0af.webp",
    )


def test_of_parallel_readers_that_may_re_read_nobody_loses(story: Story, ada: Member, app: App) -> None:
    ada.do(apps.allow_rereading, app.client_id, 60)
    presented = SimpleFlowRequest(ada.value(app), app.client_id, app.secret)

    async def race() -> list[Any]:
        return await asyncio.gather(*(story.runner.write(SITE, simple_flow.take, presented) for _ in range(20)))

    assert len({str(found) for found in asyncio.run(race())}) == 1
