"""What must hold when processes really run at once, on both databases."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from oauth2system.ids import CLIENT, IdSource
from oauth2system.storage.database.columns import to_ms
from oauth2system.storage.database.transactions import Database, Db
from oauth2system.storage.tables import ephemeral, outbox, rate_limits, users
from tests.storage.database.rows import NOW, opened, user

PROCESSES = 2
THREADS = 10
MS = to_ms(NOW)


def race(url: str, job: Callable[[Db], Any]) -> list[Any]:
    """Run a job in twenty threads of two processes at once, each in a transaction of its own."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Manager().Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        found = [pool.submit(_together, url, job, barrier) for _ in range(PROCESSES)]
        return [answer for process in found for answer in process.result(60)]


def _together(url: str, job: Callable[[Db], Any], barrier: Any) -> Sequence[Any]:
    start = threading.Barrier(THREADS)
    with opened(url) as database, ThreadPoolExecutor(THREADS) as threads:
        barrier.wait(30)

        def run(_number: int) -> Any:
            start.wait(30)
            with database.transaction() as db:
                return job(db)

        return list(threads.map(run, range(THREADS)))


def take(db: Db) -> bool:
    return ephemeral.take(db, 7, "code", b"digest", NOW) is not None


def spend(db: Db) -> bool:
    return rate_limits.spend(db, b"somebody", MS, cost_ms=1000, burst_ms=7000)


def claim(db: Db) -> list[int]:
    return [due.id for due in outbox.claim_mails(db, NOW, NOW.replace(hour=13), 3)]


def claim_notices(db: Db) -> list[int]:
    return [due.id for due in outbox.claim_notices(db, NOW, NOW.replace(hour=13), 3, 2)]


def register(db: Db) -> bool:
    return users.add(db, user("ada"))


def mint(db: Db) -> list[int]:
    source = IdSource()
    fresh = [source.next(MS, CLIENT) for _ in range(20)]
    return [row_id for row_id in fresh if ephemeral.keep(db, row_id, "code", b"d", data={}, expires_ms=MS + 1)]


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


def test_of_twenty_who_take_a_code_exactly_one_gets_it(url: str) -> None:
    with opened(url) as database, database.transaction() as db:
        assert ephemeral.keep(db, 7, "code", b"digest", data={}, expires_ms=MS + 60_000)
    assert sorted(race(url, take)) == [False] * 19 + [True]


def test_t097_parallel_guesses_are_all_counted(url: str) -> None:
    assert sorted(race(url, spend)) == [False] * 13 + [True] * 7


def test_no_delivery_is_claimed_twice(url: str) -> None:
    with opened(url) as database, database.transaction() as db:
        for number in range(40):
            outbox.add(db, number, "mail", b"sealed", due_ms=MS, expires_ms=MS + 60_000)
    claimed = [row_id for ids in race(url, claim) for row_id in ids]
    assert len(claimed) == len(set(claimed))
    assert len(claimed) >= 3


def test_no_notice_is_claimed_twice_and_two_at_most_for_one_owner(url: str) -> None:
    with opened(url) as database, database.transaction() as db:
        for number in range(40):
            to = outbox.Recipient(str(number), f"owner {number % 4}", f"{number}.example")
            outbox.add(db, number, "logout", b"sealed", due_ms=MS, expires_ms=MS + 60_000, to=to)
    claimed = [row_id for ids in race(url, claim_notices) for row_id in ids]
    assert len(claimed) == len(set(claimed))
    assert 1 <= max(Counter(row_id % 4 for row_id in claimed).values()) <= 2


def test_of_twenty_who_register_a_name_exactly_one_gets_it(url: str) -> None:
    assert sorted(race(url, register)) == [False] * 19 + [True]


def test_two_processes_that_mint_the_same_id_notice_it(url: str) -> None:
    kept = [row_id for ids in race(url, mint) for row_id in ids]
    assert len(kept) == len(set(kept))
    with opened(url) as database, database.transaction() as db:
        assert db.one("SELECT COUNT(*) FROM ephemeral") == (len(kept),)


def test_ids_within_a_process_never_repeat() -> None:
    source = IdSource()

    def batch(size: int) -> list[int]:
        return [source.next(MS) for _ in range(size)]

    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(batch, [5000] * 8))
    ids = [row_id for ids in batches for row_id in ids]
    assert len(set(ids)) == len(ids)
    assert all(0 < row_id < 2**63 for row_id in ids)


def test_writers_of_two_processes_lose_no_update_on_sqlite(sqlite_url: str) -> None:
    with opened(sqlite_url) as database, database.transaction() as db:
        db.run("INSERT INTO throttles (key, full_at) VALUES (?, 0)", b"counter")
    race(sqlite_url, increment)
    with opened(sqlite_url) as database, database.transaction() as db:
        assert db.one("SELECT full_at FROM throttles") == (PROCESSES * THREADS,)


def increment(db: Db) -> None:
    """Read, then write: this loses updates if a transaction begins too late."""
    row = db.one("SELECT full_at FROM throttles WHERE key = ?", b"counter")
    assert row is not None
    db.run("UPDATE throttles SET full_at = ? WHERE key = ?", row[0] + 1, b"counter")


def test_a_database_is_opened_by_many_at_once(sqlite_url: str) -> None:
    def open_it(_number: int) -> int:
        with opened(sqlite_url) as database, database.transaction() as db:
            row = db.one("SELECT COUNT(*) FROM users")
            return int(row[0]) if row else -1

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(open_it, range(16))) == [0] * 16


def test_a_database_object_is_shared_by_threads(url: str) -> None:
    database = Database(url)
    with ThreadPoolExecutor(16) as threads:

        def add(number: int) -> None:
            with database.transaction() as db:
                db.run("INSERT INTO throttles (key, full_at) VALUES (?, 0)", str(number).encode())

        list(threads.map(add, range(64)))
    with database.transaction() as db:
        assert db.one("SELECT COUNT(*) FROM throttles") == (64,)
    database.close()
