"""What leaves the server: once, after the commit, again when it failed, and not for ever."""

import ast
import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import oauth2system
from oauth2system.errors import NotFound
from oauth2system.i18n import N_
from oauth2system.policy import lifetimes
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.runtime import outbox as notify
from oauth2system.runtime.context import Context
from oauth2system.runtime.outbox import Failed, Undeliverable
from oauth2system.runtime.runner import Runner
from oauth2system.services.delivery import dev_mailbox, worker
from oauth2system.services.delivery.worker import Handlers
from oauth2system.storage.tables.outbox import Lane
from tests.support.in_process import delivery
from tests.support.in_process.browsers import House
from tests.support.patience import PATIENCE_S

DAY = timedelta(days=1)


class Arrived:
    """A handler that keeps what it was given, and fails when a test says so."""

    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.fails: Exception | None = None
        self.came = asyncio.Event()

    async def deliver(self, _runner: Runner, payload: dict[str, Any]) -> None:
        if self.fails is not None:
            raise self.fails
        await asyncio.sleep(0)
        self.payloads.append(payload)
        self.came.set()


@pytest.fixture
def arrived(house: House) -> Arrived:
    handler = Arrived()
    house.handlers["test"] = handler.deliver
    return handler


def put(house: House, number: int = 1) -> None:
    house.ask(notify.put, "test", {"number": number}, lives=DAY)


def test_what_was_put_in_is_delivered_once(house: House, arrived: Arrived) -> None:
    put(house)
    assert house.deliver() == 1
    assert house.deliver() == 0
    assert arrived.payloads == [{"number": 1}]
    assert house.look("SELECT COUNT(*) FROM outbox") == [(0,)]


def test_what_was_rolled_back_never_leaves(house: House, arrived: Arrived) -> None:
    def put_and_break(ctx: Context) -> None:
        notify.put(ctx, "test", {"number": 1}, lives=DAY)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        house.ask(put_and_break)
    assert house.deliver() == 0
    assert not arrived.payloads


def test_what_a_refusal_meant_to_send_leaves(house: House, arrived: Arrived) -> None:
    def put_and_refuse(ctx: Context) -> None:
        notify.put(ctx, "test", {"number": 1}, lives=DAY)
        raise NotFound(N_("There is nothing here."))

    with pytest.raises(NotFound):
        house.ask(put_and_refuse)
    assert house.deliver() == 1
    assert len(arrived.payloads) == 1


def test_a_failure_is_tried_again_with_growing_pauses(house: House, arrived: Arrived) -> None:
    arrived.fails = Failed("asked to try later (450)")
    put(house)
    pauses: list[int] = []
    for _ in range(6):
        assert house.deliver() == 0
        due = house.look("SELECT due_at FROM outbox")[0][0]
        pauses.append(round((due - int(house.now.timestamp() * 1000)) / 1000))
        house.later(seconds=pauses[-1] - 1)
        house.deliver()
        assert house.look("SELECT due_at FROM outbox")[0][0] == due
        house.later(seconds=1)
    assert pauses == [20, 40, 80, 160, 320, 640]
    arrived.fails = None
    assert house.deliver() == 1


def test_t159_an_operator_sees_what_waits_and_why(house: House, arrived: Arrived) -> None:
    arrived.fails = Failed("asked to try later (450)")
    put(house)
    house.deliver()
    seen = house.ask(notify.count_backlog)
    assert (seen.waiting, seen.retrying, seen.given_up, seen.last_error) == (1, 1, 0, "asked to try later (450)")


def test_what_comes_too_late_is_given_up_wiped_and_audited(house: House, arrived: Arrived) -> None:
    arrived.fails = Failed("asked to try later (450)")
    put(house)
    for _ in range(60):
        house.deliver()
        house.later(hours=1)
    assert house.look("SELECT payload, failed_at IS NULL FROM outbox") in ([(b"", 0)], [(b"", False)])
    assert house.ask(notify.count_backlog).given_up == 1
    assert house.events("outbox.given_up") == 1
    arrived.fails = None
    assert house.deliver() == 0


def test_what_can_never_arrive_is_given_up_at_once(house: House, arrived: Arrived) -> None:
    arrived.fails = Undeliverable("refused this message (550)")
    put(house)
    house.deliver()
    assert house.ask(notify.count_backlog).given_up == 1


def test_a_fault_of_ours_is_logged_with_its_kind_at_each_try_and_given_up_visibly(
    house: House, arrived: Arrived, capsys: pytest.CaptureFixture[str]
) -> None:
    arrived.fails = ZeroDivisionError("os_secret")
    put(house)
    for _ in range(60):
        house.deliver()
        house.later(hours=1)
    lines = [line for line in capsys.readouterr().err.splitlines() if '"outbox.handler_failed"' in line]
    assert len(lines) > 3
    for tries, line in enumerate(lines, 1):
        assert '"error": "ZeroDivisionError"' in line
        assert line.endswith(f'"kind": "test", "tries": {tries}}}')
        assert "secret" not in line
    assert house.ask(notify.count_backlog).given_up == 1
    assert house.events("outbox.given_up") == 1


def test_one_bad_delivery_does_not_stop_the_others(house: House, arrived: Arrived) -> None:
    house.ask(notify.put, "nobody delivers this", {}, lives=DAY)
    put(house, 1)
    put(house, 2)
    assert house.deliver() == 2
    assert house.ask(notify.count_backlog).waiting == 1


def test_t159_a_delivery_that_never_ends_is_tried_again_later(
    house: House, arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(_runner: Runner, _payload: dict[str, Any]) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(lifetimes, "DELIVERY", Lifetime(seconds=0.1))
    house.handlers["hangs"] = hangs
    house.ask(notify.put, "hangs", {}, lives=DAY)
    put(house)
    assert house.deliver() == 1
    assert arrived.payloads == [{"number": 1}]
    seen = house.ask(notify.count_backlog)
    assert (seen.retrying, seen.last_error) == (1, "it took too long")


def test_a_payload_of_another_key_is_given_up_not_retried(house: House, arrived: Arrived, tmp_path: Path) -> None:
    put(house)
    other = House(house.settings.database_url, tmp_path, SECRET_KEY="q" * 64)
    assert other.deliver() == 0
    assert other.ask(notify.count_backlog).given_up == 1
    assert not arrived.payloads
    other.close()


def test_mails_lie_in_the_mailbox_in_the_order_in_which_they_were_ordered(house: House) -> None:
    for number in range(20):
        house.ask(notify.mail, "invitation", lives=DAY, to=f"n{number}@example.org", token="T")
    house.deliver()
    lying = [message.to for message in reversed(dev_mailbox.list_messages(house.settings))]
    assert lying == [f"n{number}@example.org" for number in range(20)]


def test_two_workers_never_deliver_the_same_thing(house: House, arrived: Arrived, tmp_path: Path) -> None:
    for number in range(60):
        put(house, number)
    other = House(house.settings.database_url, tmp_path)

    async def both() -> int:
        return sum(await asyncio.gather(*(worker.deliver(one.runner, house.handlers) for one in (house, other))))

    assert asyncio.run(both()) == 60
    assert sorted(payload["number"] for payload in arrived.payloads) == list(range(60))
    other.close()


def test_t157_what_a_dead_worker_had_claimed_is_delivered_by_the_next(
    house: House, arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(_runner: Runner, _payload: dict[str, Any]) -> None:
        raise asyncio.CancelledError

    put(house)
    with monkeypatch.context() as patch:
        patch.setitem(house.handlers, "test", die)
        with pytest.raises(asyncio.CancelledError):
            house.deliver()
    assert house.deliver() == 0
    house.later(minutes=5)
    assert house.deliver() == 1
    assert len(arrived.payloads) == 1


def test_a_mail_leaves_within_a_moment_of_its_commit(
    house: House, arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOOK_EVERY_S", 4 * PATIENCE_S)  # nobody looks unless woken

    async def put_while_it_runs() -> None:
        stop = asyncio.Event()
        loop = asyncio.create_task(worker.deliver_until(house.runner, house.handlers, stop))
        for _ in range(10):
            await asyncio.sleep(0)  # it waits by now
        await asyncio.to_thread(put, house)
        await asyncio.wait_for(arrived.came.wait(), PATIENCE_S)
        stop.set()
        await asyncio.wait_for(loop, PATIENCE_S)

    asyncio.run(put_while_it_runs())


def test_what_another_process_put_in_is_found_within_seconds(house: House, arrived: Arrived) -> None:
    async def wait_for_it() -> None:
        stop = asyncio.Event()
        put(house)
        loop = asyncio.create_task(worker.deliver_until(house.runner, house.handlers, stop))
        await asyncio.wait_for(arrived.came.wait(), PATIENCE_S)
        stop.set()
        await asyncio.wait_for(loop, PATIENCE_S)

    asyncio.run(wait_for_it())


def test_a_database_that_fails_for_a_while_does_not_end_the_loop(
    house: House, arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver, failures = worker.deliver_lane, iter([RuntimeError("broken"), RuntimeError("broken")])

    async def sometimes(runner: Runner, handlers: Handlers, lane: Lane) -> int:
        for failure in failures:
            raise failure
        return await deliver(runner, handlers, lane)

    monkeypatch.setattr(worker, "deliver_lane", sometimes)
    monkeypatch.setattr(worker, "LOOK_EVERY_S", 0.05)

    async def run() -> None:
        stop = asyncio.Event()
        put(house)
        loop = asyncio.create_task(worker.deliver_until(house.runner, house.handlers, stop))
        await asyncio.wait_for(arrived.came.wait(), PATIENCE_S)
        stop.set()
        await loop

    asyncio.run(run())


def test_t085_a_link_in_the_outbox_cannot_be_read_from_the_database(house: House) -> None:
    house.ask(notify.mail, "invitation", lives=DAY, to="ada@example.org", token="ov_secret")
    payload = bytes(house.look("SELECT payload FROM outbox")[0][0])
    assert b"ov_secret" not in payload
    assert b"ada@example.org" not in payload
    assert "ov_secret" in mailbox_after(house)


def mailbox_after(house: House) -> str:
    house.deliver()
    return dev_mailbox.list_messages(house.settings)[0].text


def test_the_composition_root_maps_every_kind_to_the_handler_that_tests_use() -> None:
    def table(path: Path) -> str:
        (found,) = (
            ast.unparse(node.value)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "HANDLERS" and node.value
        )
        return found

    assert table(Path(oauth2system.__file__).with_name("oauth2system.py")) == table(Path(delivery.__file__))
