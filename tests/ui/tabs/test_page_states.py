"""A tab makes the state of a page when it uses it, and nobody sees a difference."""

import asyncio
from typing import Any

from reflex.state import State

from oauth2system.oauth2system import app
from oauth2system.ui.page_states import PageStates
from oauth2system.ui.pages.account.connections_state import ConnectionsState
from oauth2system.ui.state import Visitor

assert app


def tab() -> Any:
    return State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]  (what Reflex makes for a tab)


def visitor_of(root: Any) -> Any:
    return asyncio.run(root.get_state(Visitor))


def made(root: Any) -> set[str]:
    return set(visitor_of(root).substates)


def use_all(state: Any) -> None:
    for kind in state.get_substates():
        use_all(state.substates[kind.get_name()])


def test_a_tab_has_the_states_of_the_pages_that_it_uses() -> None:
    root = tab()
    assert isinstance(visitor_of(root).substates, PageStates)
    assert made(root) == set()
    connections = asyncio.run(root.get_state(ConnectionsState))
    assert made(root) == {ConnectionsState.get_name()}
    assert asyncio.run(root.get_state(ConnectionsState)) is connections


def test_a_page_that_connects_gets_the_values_of_every_page() -> None:
    few, all_of_them = tab(), tab()
    use_all(all_of_them)
    for root in (few, all_of_them):
        asyncio.run(root.get_state(ConnectionsState)).asks_about = "an app"
        visitor_of(root).username = "ada"
    assert few.dict() == all_of_them.dict()
    assert len(made(few)) < len(made(all_of_them))


def test_a_reset_reaches_every_page_that_was_used() -> None:
    root = tab()
    connections = asyncio.run(root.get_state(ConnectionsState))
    connections.asks_about = "an app"
    root._clean()
    root.reset()
    assert connections.asks_about == ""
    assert "asks_about" in str(root.get_delta())
    assert root.dict() == tab().dict()


def test_there_is_no_state_of_another_name() -> None:
    states = visitor_of(tab()).substates
    assert "no_page" not in states
    assert states.get("no_page") is None
