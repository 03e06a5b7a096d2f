"""The download of all data: however much there is, for nobody else, and whatever goes wrong meanwhile."""

import asyncio
import os
import tracemalloc
from pathlib import Path

import pytest

from oauth2system.errors import NotPermitted, TooManyAttempts
from oauth2system.i18n import _
from oauth2system.policy import budgets, lifetimes, quotas
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import NOBODY
from oauth2system.runtime.context import Context
from oauth2system.services.accounts.leave import collection, export
from oauth2system.services.clients import reads
from oauth2system.services.clients.reads import Note, ReadPlace
from oauth2system.services.server import jobs
from oauth2system.storage.tables import reads as read_rows
from tests.support.in_process.browsers import House, together
from tests.support.in_process.story import Member, Story
from tests.support.leaving import download, unpack

MANY = 20_000


def folder(house: House) -> Path:
    return export.find_folder(house.settings)


def kept(house: House) -> list[str]:
    return sorted(path.suffix for path in folder(house).iterdir()) if folder(house).is_dir() else []


def make(person: Member) -> list[int]:
    """Make the file as the page does; returns the percents that it showed."""

    async def run() -> list[int]:
        call = Call(person.house.runner, person.caller)
        return [percent async for percent in export.make(call, _)]

    return asyncio.run(run())


def write_reads(story: Story, person: Member, client_id: str, count: int) -> None:
    """Record that an app read a person so many times, each from another network."""

    def write(ctx: Context) -> None:
        first = ctx.now_ms - count * 3_600_000
        for start in range(0, count, 5000):
            noted = [
                Note(client_id, person.user_id, ReadPlace.USERINFO, ("sub", "email"), "203.0.113.7", 1, at, at)
                for at in range(first + start * 3_600_000, first + (start + 5000) * 3_600_000, 3_600_000)
            ]
            # As many rows as years of use leave.
            read_rows.merge(ctx.db, reads._make_rows(ctx, noted))  # pyright: ignore[reportPrivateUsage]  (a test may look inside)

    story.ask(write)


def test_a_person_with_very_many_reads_gets_them_all_in_little_memory(story: Story) -> None:
    grace = story.member("grace")
    app = story.app(grace)
    write_reads(story, grace, app.client_id, MANY)
    tracemalloc.start()
    try:
        shown = make(grace)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024, "no more than one page of rows is in memory"
    assert shown == sorted(shown)
    assert (len(shown) > 50, shown[-1]) == (True, 100)
    found = unpack(download(grace, "?made=1"))["reads.json"]
    assert len(found) == MANY
    assert len({one["first_at"] for one in found}) == MANY


def test_the_file_that_the_page_made_is_fetched_once_and_then_gone(story: Story) -> None:
    ada = story.member()
    assert make(ada)[-1] == 100
    assert kept(story) == [".zip"]
    [path] = folder(story).iterdir()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert unpack(download(ada, "?made=1"))["profile.json"]["username"] == "ada"
    assert kept(story) == []
    assert story.events("account.exported") == 1
    assert unpack(download(ada, "?made=1"))["profile.json"]["username"] == "ada", "made anew on another server"
    assert (kept(story), story.events("account.exported")) == ([], 2)


def test_t100_a_file_that_nobody_fetched_is_worth_an_hour(story: Story) -> None:
    ada = story.member()
    make(ada)
    story.later(seconds=lifetimes.EXPORT_KEPT.in_seconds + 1)
    unpack(download(ada, "?made=1"))
    assert story.events("account.exported") == 2, "the old one was not given out, though nothing had deleted it"
    make(ada)
    story.later(seconds=lifetimes.EXPORT_KEPT.in_seconds + 1)
    jobs.purge_now(story.runner, lambda _kind, _count: None)
    assert kept(story) == []


def test_t120_nobody_fetches_the_file_of_somebody_else(story: Story) -> None:
    ada, mallory = story.member(), story.member("mallory", ip="198.51.100.7")
    make(ada)
    assert unpack(download(mallory, "?made=1"))["profile.json"]["username"] == "mallory"
    assert kept(story) == [".zip"], "the file of the other person waits for them"
    stranger = story.stranger()
    assert download(stranger, "?made=1").status_code == 303
    for service in (collection.begin, export.find_place):
        with pytest.raises(NotPermitted):
            story.ask(service, caller=NOBODY)
    for service in (collection.list_reads, collection.list_events):
        with pytest.raises(NotPermitted):
            story.ask(service, None, caller=NOBODY)


def test_two_clicks_at_once_make_one_file(story: Story) -> None:
    ada = story.member()
    answers = together(*(ada.send("GET", "/account/data/export") for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [200, 429, 429]
    assert story.events("account.exported") == 1
    assert kept(story) == []


def test_t078_downloads_are_limited_by_person_and_at_one_time(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = story.member()
    monkeypatch.setattr(budgets, "EXPORTS", budgets.Budget("exports", 1, 60_000))
    make(ada)
    with pytest.raises(TooManyAttempts):
        make(ada)
    monkeypatch.setattr(quotas, "EXPORTS_AT_ONCE", 0)
    with pytest.raises(TooManyAttempts):
        make(story.member("grace"))


def test_t078_so_many_files_are_kept_and_the_oldest_go(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "EXPORTS_KEPT", 2)
    people = [story.member(name) for name in ("ada", "bob", "carl")]
    for person in people:
        make(person)
        story.later(minutes=1)
    assert kept(story) == [".zip", ".zip"]
    assert download(people[0], "?made=1").status_code == 200
    assert story.events("account.exported") == 4, "the oldest was made again"


def test_t157_what_breaks_in_the_middle_leaves_no_file(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = story.member()

    def broken(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "utime", broken)
        with pytest.raises(OSError, match="No space"):
            make(ada)
        assert kept(story) == []
    with monkeypatch.context() as gone:
        gone.setattr(collection, "_describe_event", broken)
        with pytest.raises(OSError, match="No space"):
            make(ada)
        assert kept(story) == []
    assert make(ada)[-1] == 100, "and the next attempt works"


def test_a_page_that_is_closed_in_the_middle_leaves_no_file(story: Story) -> None:
    ada = story.member()

    async def leave() -> None:
        steps = export.make(Call(story.runner, ada.caller), _)
        await anext(steps)
        await steps.aclose()

    asyncio.run(leave())
    assert kept(story) == []
    assert make(ada)[-1] == 100
