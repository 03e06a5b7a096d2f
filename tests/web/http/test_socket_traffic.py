"""A socket that is silent, or that takes nothing, ends; counts in memory begin afresh with every period."""

import asyncio
from typing import Any

import pytest

from oauth2system.policy import lifetimes
from oauth2system.policy.budgets import Budget
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.web.http.in_memory_limits import Places, Tries
from oauth2system.web.http.socket_traffic import ANONYMOUS, ENDED, SIGNED_IN, Limits, Traffic


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
