"""A socket that is silent, or that takes nothing, ends; counts in memory begin afresh with every period."""

import asyncio
from typing import Any

import pytest

from oauth2system.policy import lifetimes
from oauth2system.policy.budgets import Budget
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.web.http.in_memory_limits import Places, Tries
from oauth2system.web.http.socket_traffic import ANONYMOUS, ENDED, SIGNED_IN, Deadline, Limits, Traffic


async def nothing(*_message: Any) -> Any:
    await asyncio.Event().wait()


def test_t145_a_socket_from_which_nothing_comes_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    # A browser answers every ping; what is silent for longer holds back an unfinished message, or is gone.
    monkeypatch.setattr(lifetimes, "SOCKET_SILENT", Lifetime(seconds=0.05))

    async def story() -> Any:
        return await Traffic(nothing, nothing, ANONYMOUS).receive()

    assert asyncio.run(story()) == ENDED


def test_t145_nothing_is_read_from_a_browser_that_takes_nothing_and_its_socket_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lifetimes, "SOCKET_READ", Lifetime(seconds=0.05))
    monkeypatch.setattr(lifetimes, "SOCKET_SILENT", Lifetime(seconds=0.1))
    read: list[str] = []

    async def events() -> Any:
        read.append("42")
        return {"type": "websocket.receive", "text": "42"}

    async def story() -> Any:
        traffic = Traffic(events, nothing, ANONYMOUS)
        sending = asyncio.ensure_future(traffic.send({"type": "websocket.send", "text": "x"}))
        await asyncio.sleep(0)
        ended = await traffic.receive()
        with pytest.raises(TimeoutError):
            await sending
        return ended

    assert asyncio.run(story()) == ENDED
    assert read == []


def test_t145_silence_counts_anew_after_each_message_and_ends_a_socket_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetimes, "SOCKET_SILENT", Lifetime(seconds=0.5))
    left = [7]

    async def seven() -> Any:
        left[0] -= 1
        await asyncio.sleep(0.1 if left[0] >= 0 else 9)
        return {"type": "websocket.receive", "text": "3"}

    async def story() -> tuple[int, float]:
        loop = asyncio.get_running_loop()
        traffic, count, last = Traffic(seven, nothing, SIGNED_IN), 0, loop.time()
        while await traffic.receive() is not ENDED:
            count, last = count + 1, loop.time()
        return count, loop.time() - last

    count, silent = asyncio.run(story())
    assert count == 7
    assert 0.49 <= silent < 5


def test_a_deadline_ends_waits_as_asyncio_timeout_does_and_passes_a_cancellation_on() -> None:
    async def ends(deadline: Any) -> str:
        try:
            async with deadline if hasattr(deadline, "__aenter__") else _Both(deadline):
                await asyncio.sleep(5)
        except TimeoutError:
            task = asyncio.current_task()
            assert task is not None
            return f"late {task.cancelling()}"
        return "done"

    async def cancelled(deadline: Any) -> str:
        task = asyncio.ensure_future(ends(deadline))
        await asyncio.sleep(0.01)
        task.cancel()
        return type((await asyncio.gather(task, return_exceptions=True))[0]).__name__

    async def story() -> None:
        assert await ends(Deadline(0.03)) == await ends(asyncio.timeout(0.03)) == "late 0"
        assert await cancelled(Deadline(5)) == await cancelled(asyncio.timeout(5)) == "CancelledError"
        deadline = Deadline(0.5)
        for _ in range(5):  # each wait is short, and all together are long
            with deadline:
                await asyncio.sleep(0.12)
        await asyncio.sleep(0.6)  # it rings while nothing waits
        assert await ends(deadline) == "late 0"
        with deadline:
            await asyncio.sleep(0.01)

    asyncio.run(story())


class _Both:
    """A deadline in the form of `asyncio.timeout`."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    async def __aenter__(self) -> None:
        self._deadline.__enter__()

    async def __aexit__(self, *error: Any) -> None:  # noqa: PYI036  (passed on as it is)
        self._deadline.__exit__(*error)


@pytest.mark.parametrize(("limits", "stays"), [(ANONYMOUS, False), (SIGNED_IN, True)])
def test_t145_a_socket_without_a_session_that_nobody_uses_ends(limits: Limits, stays: bool) -> None:
    now = [0.0]
    packets = ["40/_event,", "3", '42/_event,["event",{}]', "3", "3"]

    async def receive() -> Any:
        now[0] += 200  # a browser answers pings for as long as the page is open
        return {"type": "websocket.receive", "text": packets.pop(0)}

    async def story() -> list[bool]:
        traffic = Traffic(receive, nothing, limits, clock=lambda: now[0])
        return [(await traffic.receive()) is not ENDED for _ in range(5)]

    assert asyncio.run(story()) == [True, True, True, True, stays]


def test_attempts_are_counted_by_key_and_forgotten_with_the_period() -> None:
    now = [0.0]
    tries, budget = Tries(clock=lambda: now[0]), Budget("tabs", 2, 60_000)
    assert [tries.spend([(budget, "a")], 1) for _ in range(3)] == [True, True, False]
    assert tries.spend([(budget, "b")], 1)
    now[0] = 60.0
    assert tries.spend([(budget, "a")], 1)
    assert [tries.spend([(budget, "c")], 0.1) for _ in range(2)] == [True, False]


def test_of_two_budgets_none_is_spent_when_one_is_used_up() -> None:
    tries, wide, narrow = Tries(clock=lambda: 0.0), Budget("wide", 2, 60_000), Budget("narrow", 1, 60_000)
    assert tries.spend([(wide, ""), (narrow, "a")], 1)
    assert not tries.spend([(wide, ""), (narrow, "a")], 1)
    assert tries.spend([(wide, ""), (narrow, "b")], 1)


def test_a_place_is_taken_under_all_keys_or_none_and_given_back() -> None:
    places = Places()
    mine, other = (("all", 3), ("a", 1)), (("all", 3), ("b", 2))
    assert places.take(mine)
    assert not places.take(mine)
    assert [places.take(other) for _ in range(3)] == [True, True, False]
    assert not places.take((("all", 3), ("c", 1)))
    places.give_back(mine)
    assert places.take((("all", 3), ("c", 1)))
