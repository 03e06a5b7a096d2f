"""Whose page states are kept, how many and how long, and what Reflex gets to see of an event."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from oauth2system.policy import quotas
from oauth2system.ui.namespace import TabNamespace, forget_state, read_event
from oauth2system.ui.tab_states import ANONYMOUS, TabStates
from tests.support.browsers.event_socket import ROOT


class Clock:
    """A clock that only the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tabs(clock: Clock) -> TabStates:
    return TabStates(clock)


def visit(tabs: TabStates, token: str, owner: str = ANONYMOUS) -> None:
    tabs.open(token, owner)
    tabs.close(token)


def test_t145_the_state_of_a_visitor_is_forgotten_a_minute_after_the_socket_closed(
    tabs: TabStates, clock: Clock
) -> None:
    visit(tabs, "a")
    clock.now = 59
    visit(tabs, "b")
    assert tabs.take_due() == []
    clock.now = 60
    assert tabs.take_due() == ["a"]
    assert tabs.take_due() == []
    clock.now = 119
    assert tabs.take_due() == ["b"]
    assert not tabs.are_kept()


def test_a_lost_connection_that_is_found_again_keeps_its_state(tabs: TabStates, clock: Clock) -> None:
    visit(tabs, "a")
    tabs.open("a", ANONYMOUS)
    clock.now = 1000
    assert tabs.take_due() == []
    assert tabs.is_open("a")


def test_the_state_of_a_person_is_kept_for_a_quarter_of_an_hour(tabs: TabStates, clock: Clock) -> None:
    visit(tabs, "a", "of ada")
    clock.now = 899
    assert tabs.take_due() == []
    clock.now = 900
    assert tabs.take_due() == ["a"]


def test_t145_visitors_leave_so_many_states_and_the_oldest_go_first(
    tabs: TabStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "PAGE_STATES_ANONYMOUS", 3)
    visit(tabs, "ada", "of ada")
    tabs.open("open", ANONYMOUS)
    for n in range(4):
        visit(tabs, str(n))
    assert tabs.take_due() == ["0", "1"]
    assert tabs.is_open("open")


def test_t145_one_session_leaves_so_many_states_and_uses_up_nobody_elses(
    tabs: TabStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "PAGE_STATES_OF_A_SESSION", 2)
    visit(tabs, "bob", "of bob")
    due: list[str] = []
    for n in range(5):
        visit(tabs, str(n), "of ada")
        due += tabs.take_due()
    assert due == ["0", "1", "2"]


def test_t145_all_sessions_together_leave_so_many_states(tabs: TabStates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "PAGE_STATES", 3)
    for n in range(5):
        visit(tabs, str(n), f"of {n}")
    assert tabs.take_due() == ["0", "1"]


HYDRATE = f"{ROOT}.hydrate"
ADDRESS = {"pathname": "/docs", "asPath": "/docs?a=1", "query": {"a": "1"}}


def test_t145_an_event_brings_the_address_of_its_page_and_nothing_else() -> None:
    large: dict[str, Any] = {**ADDRESS, "x": [{}] * 1000, "headers": {"cookie": "x"}, "ip": "6.6.6.6"}
    sent: dict[str, Any] = {"name": HYDRATE, "payload": {}, "router_data": large, "token": "x", "more": [{}] * 1000}
    assert read_event(sent) == {"name": HYDRATE, "payload": {}, "router_data": ADDRESS}


MANY: list[Any] = [{}] * 30_000
LARGE: list[Any] = [MANY, {"k": MANY}, "x" * 100_000, {"k": "x" * 100_000}]


@pytest.mark.parametrize("member", ["pathname", "asPath", "query"])
@pytest.mark.parametrize("value", LARGE)
def test_t145_an_address_is_short_texts(member: str, value: Any) -> None:
    event = read_event({"name": HYDRATE, "router_data": {**ADDRESS, member: value}})
    assert event is not None
    assert len(json.dumps(event)) < 8192


def test_t145_an_address_has_so_many_parameters() -> None:
    query = {str(n): "x" for n in range(5000)}
    event = read_event({"name": HYDRATE, "router_data": {**ADDRESS, "query": query}})
    assert event is not None
    assert len(event["router_data"]["query"]) == quotas.PAGE_QUERY_MEMBERS


@pytest.mark.parametrize("value", [MANY, "true", 1, None])
def test_t145_a_flag_of_the_framework_keeps_no_text(value: Any) -> None:
    name = f"{ROOT}.set_is_hydrated"
    assert read_event({"name": name, "payload": {"value": value}}) is None
    assert read_event({"name": name, "payload": {"value": True}}) is not None


class Tab:
    """Opens and closes tabs of an app that has nothing but a memory."""

    def __init__(self) -> None:
        self.manager = StateManagerMemory(token_expiration=900)
        app: Any = SimpleNamespace(state_manager=self.manager, _state=State, _event_processor=None)
        self.names = TabNamespace("/_event", app)

    async def visit(self, token: str, handle: str = "") -> None:
        environ: dict[str, Any] = {
            "QUERY_STRING": f"token={token}",
            "HTTP_COOKIE": f"handle={handle}",
            "asgi.scope": {"headers": []},
        }
        await self.names.on_connect(f"sid {token}", environ)
        await self.names.on_disconnect(f"sid {token}")
        await asyncio.sleep(0.01)


def test_t145_reflex_forgets_the_states_that_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "PAGE_STATES_ANONYMOUS", 2)

    async def story() -> set[str]:
        tab = Tab()
        await tab.visit("ada", "handle of ada")
        for n in range(5):
            await tab.visit(str(n))
        await tab.manager.close()
        return set(tab.manager.states)

    assert asyncio.run(story()) == {"ada", "3", "4"}


def test_t145_redis_forgets_them_too(redis_url: str) -> None:
    async def story() -> list[int]:
        redis: Any = cast("Any", Redis).from_url(redis_url)
        manager = StateManagerRedis(redis=redis)
        token = BaseStateToken(ident="a", cls=State)
        async with manager.modify_state(token) as state:
            state.is_hydrated = True
        kept = [len(await redis.keys("a_*"))]
        await forget_state(manager, "a")
        kept.append(len(await redis.keys("a_*")))
        await manager.close()
        await redis.aclose()
        return kept

    before, after = asyncio.run(story())
    assert before > 0
    assert after == 0
