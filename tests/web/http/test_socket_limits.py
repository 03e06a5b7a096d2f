"""How many sockets may be opened, how often, and how much may come through one (T145)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from oauth2system.policy import budgets, quotas
from oauth2system.policy.budgets import Budget
from oauth2system.runtime.runner import Runner
from oauth2system.web.edge import Edge
from oauth2system.web.http.socket_traffic import ANONYMOUS, SIGNED_IN
from tests.support.in_process.door import Person, person
from tests.support.in_process.sockets import EVENT, Reflex, connect, handshake, lengths, text, visit


def test_t145_a_message_of_ten_megabytes_ends_the_socket(edge: Edge, reflex: Reflex, ada: Person) -> None:
    fits, large = "42" + "x" * (quotas.SOCKET_MESSAGE - 2), "42" + "x" * 10_000_000
    assert visit(edge, handshake(cookie=ada.cookie), text(fits), text(large), text())
    assert lengths(reflex) == [len(fits)]


def test_t145_a_visitor_without_a_session_sends_less_at_once(edge: Edge, reflex: Reflex) -> None:
    fits = "42" + "x" * (quotas.SOCKET_MESSAGE_ANONYMOUS - 2)
    assert visit(edge, handshake(), text(fits), text(fits + "x"), text())
    assert lengths(reflex) == [len(fits)]


@pytest.mark.parametrize("signed_in", [True, False])
def test_t145_a_flood_of_events_ends_the_socket(edge: Edge, reflex: Reflex, ada: Person, signed_in: bool) -> None:
    limits = SIGNED_IN if signed_in else ANONYMOUS
    assert visit(edge, handshake(cookie=ada.cookie if signed_in else None), *[text() for _ in range(10_000)])
    assert limits.burst <= len(lengths(reflex)) <= limits.burst + limits.a_second


ANNOUNCES_FRAMES = '459999999-/_event,["event",{"_placeholder":true,"num":0}]'
NO_PAGE_SENDS = [
    *(ANNOUNCES_FRAMES, '461-/_event,1[{"_placeholder":true,"num":0}]', "bAAAA", "b4AAAA"),
    *("", "0", "2probe", "5", "6", "4", "43/_event,1[]", '44/_event,"x"', "45", "46-", "x"),
]


@pytest.mark.parametrize("packet", NO_PAGE_SENDS)
def test_t145_a_packet_that_no_page_sends_ends_the_socket(edge: Edge, reflex: Reflex, packet: str) -> None:
    assert visit(edge, handshake(), text("40/_event,"), text("3"), text(packet), text())
    assert lengths(reflex) == [len("40/_event,"), 1]


def test_t145_the_first_binary_frame_ends_the_socket(edge: Edge, reflex: Reflex, ada: Person) -> None:
    frame = {"type": "websocket.receive", "bytes": b"x" * 1000}
    assert visit(edge, handshake(cookie=ada.cookie), text(), frame, text())
    assert lengths(reflex) == [len(EVENT)]


def test_t145_a_socket_connects_once_and_makes_one_page_state(edge: Edge, reflex: Reflex) -> None:
    assert visit(edge, handshake(), text("40/_event,"), text("40/_event,"), text())
    assert lengths(reflex) == [len("40/_event,")]


def test_t145_one_address_opens_so_many_tabs_a_minute_and_others_are_let_in(
    monkeypatch: pytest.MonkeyPatch, edge: Edge, ada: Person
) -> None:
    monkeypatch.setattr(budgets, "TABS", Budget("tabs", 3, 60_000))
    assert [visit(edge, handshake(peer="2001:db8::1")) for _ in range(5)] == [True, True, True, False, False]
    assert not visit(edge, handshake(peer="2001:db8::2"))  # the same network
    assert visit(edge, handshake(peer="10.0.0.8"))
    assert visit(edge, handshake(peer="2001:db8::1", cookie=ada.cookie))  # a person pays for nobody else


def test_t145_one_person_opens_so_many_tabs_a_minute_from_wherever(
    monkeypatch: pytest.MonkeyPatch, edge: Edge, runner: Runner, ada: Person
) -> None:
    monkeypatch.setattr(budgets, "TABS_OF_A_PERSON", Budget("tabs_of_a_person", 2, 60_000))
    opened = [visit(edge, handshake(peer=f"10.0.0.{n}", cookie=ada.cookie)) for n in range(4)]
    assert opened == [True, True, False, False]
    assert visit(edge, handshake(cookie=person(runner, "eve").cookie))


def test_t145_all_visitors_together_open_so_many_tabs_a_minute_and_people_more(
    monkeypatch: pytest.MonkeyPatch, edge: Edge, ada: Person
) -> None:
    monkeypatch.setattr(budgets, "TABS_IN_ALL", Budget("tabs_in_all", 2, 60_000))
    assert [visit(edge, handshake(peer=f"10.0.0.{n}")) for n in range(3)] == [True, True, False]
    assert visit(edge, handshake(cookie=ada.cookie))


Handshake = dict[str, Any]


async def held(edge: Edge, *handshakes: Handshake) -> list[bool]:
    """Open sockets one after another and hold them; return which were let in."""
    places: list[asyncio.Task[Any]] = []
    for one in handshakes:
        places.append(asyncio.create_task(connect(edge, one)))
        await asyncio.sleep(0.02 if edge._runner.database.postgresql else 0)  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
    await asyncio.sleep(0.2)
    let_in = [not place.done() for place in places]
    for place in places:
        place.cancel()
    await asyncio.gather(*places, return_exceptions=True)
    return let_in


def from_each(*peers: str, cookie: str | None = None) -> list[Handshake]:
    return [handshake(peer=peer, cookie=cookie) for peer in peers]


@pytest.fixture
def holding(runner: Runner, tmp_path: Path) -> Edge:
    return Edge(runner, tmp_path, Reflex(hold=True))


def test_t145_one_address_holds_so_many_sockets_and_others_are_let_in(
    monkeypatch: pytest.MonkeyPatch, holding: Edge
) -> None:
    monkeypatch.setattr(quotas, "SOCKETS_OF_AN_ADDRESS_ANONYMOUS", 3)
    crowd = from_each(*["10.0.0.7"] * 5, "10.0.0.8")
    for _ in range(2):  # every place was given back, however its socket ended
        assert asyncio.run(held(holding, *crowd)) == [True, True, True, False, False, True]


def test_t145_anonymous_callers_of_many_addresses_leave_half_of_the_sockets_to_people(
    monkeypatch: pytest.MonkeyPatch, holding: Edge, ada: Person
) -> None:
    monkeypatch.setattr(quotas, "SOCKETS_ANONYMOUS", 3)
    monkeypatch.setattr(quotas, "SOCKETS", 6)
    crowd = from_each(*[f"10.0.0.{number}" for number in range(5)])
    people = from_each(*["10.0.1.1"] * 4, cookie=ada.cookie)
    assert asyncio.run(held(holding, *crowd, *people)) == [*[True] * 3, False, False, *[True] * 3, False]


def test_t145_a_line_with_many_networks_of_ipv6_holds_no_more_than_its_share(
    monkeypatch: pytest.MonkeyPatch, holding: Edge
) -> None:
    monkeypatch.setattr(quotas, "SOCKETS_OF_AN_ADDRESS_ANONYMOUS", 2)
    monkeypatch.setattr(quotas, "SOCKETS_OF_A_NETWORK_ANONYMOUS", 5)
    crowd = from_each(*[f"2001:db8:0:{network}::{host}" for network in range(4) for host in (1, 2, 3)])
    let_in = asyncio.run(held(holding, *crowd, *from_each("2001:db8:1::1")))
    assert let_in == [True, True, False, True, True, False, True, *[False] * 5, True]


def test_t145_one_person_holds_so_many_sockets_from_wherever(
    monkeypatch: pytest.MonkeyPatch, holding: Edge, runner: Runner, ada: Person
) -> None:
    monkeypatch.setattr(quotas, "SOCKETS_OF_A_PERSON", 2)
    adas = from_each("10.0.0.1", "10.0.0.2", "10.0.0.3", cookie=ada.cookie)
    eves = from_each("10.0.0.1", cookie=person(runner, "eve").cookie)
    assert asyncio.run(held(holding, *adas, *eves)) == [True, True, False, True]


def test_t145_people_behind_one_address_hold_so_many_sockets(
    monkeypatch: pytest.MonkeyPatch, holding: Edge, runner: Runner, ada: Person
) -> None:
    monkeypatch.setattr(quotas, "SOCKETS_OF_AN_ADDRESS", 2)
    eves = from_each("10.0.0.1", "10.0.0.1", "10.0.0.2", cookie=person(runner, "eve").cookie)
    assert asyncio.run(held(holding, *from_each("10.0.0.1", cookie=ada.cookie), *eves)) == [True, True, False, True]
