"""Stamps of last use: noted in memory, written together, lost by nobody but a crash."""

import threading
from collections.abc import Iterable, Sequence
from typing import Any, cast

import pytest

from oauth2system.runtime.last_used import LastUsed, drain
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import client_secrets
from oauth2system.storage.tables.client_secrets import SecretUses
from tests.support.in_process.story import Story

# The place of the number of uses among the values of the statement.
_TIMES = 3


def test_a_stamp_of_the_last_day_is_not_worth_a_write() -> None:
    now_ms, day_ms = 100_000_000, 86_400_000
    for known_ms, is_worth in (
        (None, True), (0, True), (now_ms - day_ms, False), (now_ms - day_ms - 1, True), (now_ms + 1, False),
    ):  # fmt: skip
        noted = LastUsed()
        noted.note_fetch("1", "2", now_ms, known_ms)
        assert noted.waiting() is is_worth, known_ms


def test_the_app_page_shows_what_happened_a_moment_ago(story: Story) -> None:
    ada = story.member()
    app = story.app(ada)
    story.later(seconds=5)
    story.fetch(app, ada.value(app))
    assert ada.open_app(app.client_id).secrets[0].last_used_at == story.now
    assert not story.runner.server.last_used.waiting()


def test_every_process_writes_in_the_same_order_so_that_none_waits_for_the_other(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def count_uses(_db: Db, uses: Iterable[tuple[int, SecretUses]]) -> None:
        written.extend(secret_id for secret_id, _new in uses)

    monkeypatch.setattr(client_secrets, "count_uses", count_uses)
    for secret_id in (33, 11, 22):
        story.runner.server.last_used.note_secret(secret_id, 1, "192.0.2.7", "client_secret_basic")
    story.write_last_used()
    assert written == [11, 22, 33]


def test_what_is_noted_while_others_write_is_written_by_somebody() -> None:
    noted: dict[int, int] = {}
    drained: list[Any] = []

    def note() -> None:
        for number in range(5_000):
            noted.setdefault(number, number)

    writers = [
        threading.Thread(target=note),
        *(threading.Thread(target=lambda: drained.extend(drain(noted))) for _ in range(4)),
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    drained.extend(drain(noted))
    assert sorted(drained) == [(number, number) for number in range(5_000)]


def test_uses_that_are_noted_while_others_write_are_counted_once() -> None:
    noted, taken = LastUsed(), list[int]()

    def note() -> None:
        for _time in range(5_000):
            noted.note_secret(1, 1, "192.0.2.7", "client_secret_basic")

    def write() -> None:
        class Counting:
            def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
                if "client_secrets" in sql:
                    taken.extend(row[_TIMES] for row in rows)

        for _time in range(200):
            noted.write(cast("Db", Counting()))

    threads = [threading.Thread(target=job) for job in (note, note, write, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    write()
    assert sum(taken) == 10_000
