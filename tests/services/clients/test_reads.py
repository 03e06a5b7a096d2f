"""Reads of people's data: noted in memory, merged, written every second, bounded, and purged."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from oauth2system.errors import Busy
from oauth2system.policy import networks, quotas
from oauth2system.runtime.context import Context
from oauth2system.services.admin import apps as all_apps
from oauth2system.services.clients import reads
from oauth2system.services.clients.reads import Note, NotedReads, ReadPlace
from oauth2system.services.server import jobs
from oauth2system.storage.tables import users
from tests.services.apps.test_app_races import at_once
from tests.support.in_process.story import App, Member, Story
from tests.support.patience import PATIENCE_S

HOUR = timedelta(hours=1)
FIELDS = ("id", "username")


def key(user: str, ip: str = "203.0.113.7") -> tuple[str, ReadPlace, tuple[str, ...], str]:
    return user, ReadPlace.API_USER, FIELDS, ip


def rows(story: Story, columns: str = "fields, network, times") -> list[tuple[object, ...]]:
    return story.look(f"SELECT {columns} FROM reads ORDER BY id")


def forget(ctx: Context, user_id: str) -> None:
    users.delete(ctx.db, user_id)


def note_read(ctx: Context, app: App, user_id: str) -> None:
    ctx.server.of(NotedReads).note(app.client_id, key(user_id), ctx.now_ms)


def save(story: Story) -> None:
    asyncio.run(reads.save(story.runner))


@pytest.fixture
def noted(story: Story, ada: Member, app: App) -> Callable[..., None]:
    """Note that the app read Ada."""

    def note(times: int = 1, ip: str = "203.0.113.7", endpoint: ReadPlace = ReadPlace.API_USER) -> None:
        def once(ctx: Context) -> None:
            key = (ada.user_id, endpoint, FIELDS, ip)
            ctx.server.of(NotedReads).note(app.client_id, key, ctx.now_ms)

        for _ in range(times):
            story.ask(once)

    return note


def test_a_fetch_is_recorded_with_its_claims_and_the_network_of_the_apps_server(
    story: Story, ada: Member, app: App
) -> None:
    assert story.fetch(app, ada.value(app), ip="203.0.113.77").status_code == 200
    save(story)
    everything = "id username user_name display_name avatar email email_verified"
    assert rows(story, "user_id, client_id, endpoint, fields, network, times") == [
        (ada.user_id, app.client_id, "api/user", everything, "203.0.113.0", 1)
    ]


def test_an_app_gets_only_what_is_recorded(story: Story, ada: Member, app: App) -> None:
    got = story.fetch(app, ada.value(app, "identify")).json()
    save(story)
    assert rows(story, "fields") == [(" ".join(got),)]


def test_equal_reads_within_an_hour_are_one_line_with_a_count(story: Story, noted: Callable[..., None]) -> None:
    noted(3)
    save(story)
    noted(2, ip="203.0.113.9")  # another machine of the same network
    save(story)
    assert rows(story) == [("id username", "203.0.113.0", 5)]
    story.later(hours=1)
    noted()
    noted(ip="198.51.100.1")
    noted(endpoint=ReadPlace.USERINFO)
    save(story)
    assert [one[2] for one in rows(story)] == [5, 1, 1, 1]


def test_the_line_has_the_first_and_the_last_moment(story: Story, noted: Callable[..., None]) -> None:
    story.later(seconds=(3600 - story.now.timestamp() % 3600))  # a full hour
    noted()
    save(story)
    story.later(minutes=10)
    noted()
    save(story)
    [(first, last)] = rows(story, "first_at, last_at")
    assert int(str(last)) - int(str(first)) == 600_000


def test_t157_a_batch_that_cannot_be_written_is_written_the_next_time(
    story: Story, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(2)

    def fail(_ctx: Context, _notes: list[Note]) -> None:
        raise Busy("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(reads, "write", fail)
        with pytest.raises(Busy):
            save(story)
    noted()
    assert rows(story) == []
    save(story)
    assert rows(story) == [("id username", "203.0.113.0", 3)]


def test_a_batch_is_written_in_bounded_pieces(
    story: Story, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "READS_WRITTEN_AT_ONCE", 2)
    sizes: list[int] = []
    write = reads.write

    def count(ctx: Context, notes: list[Note]) -> None:
        sizes.append(len(notes))
        write(ctx, notes)

    monkeypatch.setattr(reads, "write", count)
    for number in range(5):
        noted(ip=f"198.51.{number}.1")
    save(story)
    assert (sizes, len(rows(story))) == ([2, 2, 1], 5)


def test_two_servers_that_write_the_same_line_count_together(story: Story, ada: Member, app: App) -> None:
    note = Note(app.client_id, ada.user_id, ReadPlace.API_USER, FIELDS, "203.0.113.7", 1, 1000, 1000)
    at_once(*(lambda: story.ask(reads.write, [note]) for _ in range(8)))
    assert rows(story) == [("id username", "203.0.113.0", 8)]


def test_what_belongs_to_somebody_who_was_deleted_meanwhile_is_passed_over(
    story: Story, ada: Member, app: App, noted: Callable[..., None]
) -> None:
    grace = story.member("grace")
    story.ask(note_read, app, grace.user_id)
    noted()
    story.ask(forget, grace.user_id)
    save(story)
    assert rows(story, "user_id") == [(ada.user_id,)]


def test_t157_the_record_goes_with_the_person_and_with_the_app(
    story: Story, ada: Member, app: App, noted: Callable[..., None]
) -> None:
    noted()
    save(story)
    other = story.app(ada, "Prose")
    story.fetch(other, ada.value(other))
    save(story)
    story.ask(all_apps.delete, app.client_id)
    assert rows(story, "client_id") == [(other.client_id,)]
    story.ask(forget, ada.user_id)
    assert rows(story) == []


def test_t078_of_one_app_and_one_person_the_newest_lines_are_kept(
    story: Story, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "READS_OF_AN_APP", 3)
    for number in range(5):
        story.later(hours=1)
        noted(ip=f"198.51.{number}.1")
        save(story)
    assert [one[1] for one in rows(story)] == ["198.51.2.0", "198.51.3.0", "198.51.4.0"]


def test_lines_older_than_the_setting_are_purged_in_bounded_pieces(story: Story, noted: Callable[..., None]) -> None:
    for number in range(3):
        noted(ip=f"198.51.{number}.1")
    save(story)
    story.later(days=89)
    noted()
    save(story)
    story.later(days=2)
    assert [story.ask(reads.purge, 2) for _ in range(3)] == [2, 1, 0]
    assert [one[1] for one in rows(story)] == ["203.0.113.0"]
    assert jobs.purge_now(story.runner, lambda _kind, _count: None)["reads"] == 0


# Memory


def test_t078_a_flood_of_one_app_neither_fills_the_memory_nor_pushes_out_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quotas, "READS_WAITING_APART", 10)
    monkeypatch.setattr(quotas, "READS_WAITING_OF_AN_APP", 20)
    noted = NotedReads()
    for number in range(1000):
        noted.note("flood", key("ada", f"2001:db8:{number:x}::1"), number)
    noted.note("other", key("ada"), 0)
    notes, lost = noted.take()
    assert sorted(one.times for one in notes if one.client_id == "flood") == [1] * 10 + [990]
    assert [one.ip for one in notes if one.client_id == "other"] == ["203.0.113.7"]
    assert lost == 0
    for number in range(1000):
        noted.note("flood", key(str(number)), number)
    noted.note("other", key("ada"), 0)
    notes, lost = noted.take()
    assert (len(notes), lost) == (21, 980)
    assert noted.take() == ([], 0)


def test_notes_are_counted_from_many_threads() -> None:
    noted = NotedReads()
    at_once(*(lambda: [noted.note("app", key("ada"), 1) for _ in range(500)] for _ in range(8)))
    [one] = noted.take()[0]
    assert one.times == 4000


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("testclient", ""),
    ],
)
def test_a_network_says_whose_server_it_was_and_not_which_machine(ip: str, network: str) -> None:
    assert networks.network_of(ip) == network


def test_a_purge_that_takes_long_does_not_delay_what_is_saved(
    story: Story, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def purge_forever(_runner: object, stop: asyncio.Event) -> None:
        await stop.wait()

    every = timedelta(milliseconds=10)
    saving = [job for job in jobs.JOBS if job.name == "noted_reads"]
    monkeypatch.setattr(
        jobs,
        "JOBS",
        (jobs.Job("slow", every, purge_forever), *(jobs.Job("noted_reads", every, one.run, True) for one in saving)),
    )
    noted()

    async def work() -> list[tuple[object, ...]]:
        stop = asyncio.Event()
        task = asyncio.create_task(jobs.run_until(story.runner, stop))
        async with asyncio.timeout(PATIENCE_S):
            seen = rows(story)
            while not seen:
                await asyncio.sleep(0.02)
                seen = rows(story)
        stop.set()
        await asyncio.wait_for(task, PATIENCE_S)
        return seen

    assert asyncio.run(work()) == [("id username", "203.0.113.0", 1)]
