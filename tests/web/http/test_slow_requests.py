"""A body that does not come ends, and one address waits for so many answers at one time (T151)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from oauth2system.policy import lifetimes, quotas
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.runtime.runner import Runner
from oauth2system.web.edge import Edge
from tests.support.in_process.door import BASE
from tests.support.in_process.sockets import Reflex
from tests.support.patience import PATIENCE_S

Messages = list[dict[str, Any]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


def posted(path: str = "/oauth2/token", *, peer: str = "127.0.0.1") -> dict[str, Any]:
    headers = [(b"host", b"localhost:8000"), (b"origin", BASE.encode()), (b"content-length", b"1000")]
    headers.append((b"content-type", b"application/x-www-form-urlencoded"))
    return {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers, "client": (peer, 1),
    }  # fmt: skip


async def ask(edge: Edge, scope: dict[str, Any], receive: Receive) -> dict[str, Any]:
    """Return the beginning of the answer."""
    answered: Messages = []

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    await edge(scope, receive, send)
    return answered[0]


async def nothing() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


async def drops() -> dict[str, Any]:
    await asyncio.sleep(0.02)
    return {"type": "http.request", "body": b"x", "more_body": True}


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetimes, "BODY_LOOK", Lifetime(seconds=0.1))


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("receive", [nothing, drops])
@pytest.mark.parametrize("path", ["/oauth2/token", "/session", "/oauth2/par", "/device"])
def test_t151_a_body_that_never_comes_whole_is_not_waited_for(edge: Edge, path: str, receive: Receive) -> None:
    async def story() -> dict[str, Any]:
        return await asyncio.wait_for(ask(edge, posted(path), receive), PATIENCE_S)

    answer = asyncio.run(story())
    assert answer["status"] == 408
    assert (b"connection", b"close") in answer["headers"]


@pytest.mark.usefixtures("soon")
def test_t151_many_slow_bodies_end_together_and_a_quick_one_is_answered_meanwhile(edge: Edge) -> None:
    async def whole() -> dict[str, Any]:
        return {"type": "http.request", "body": b"grant_type=x", "more_body": False}

    async def story() -> tuple[int, list[int]]:
        slow = [asyncio.create_task(ask(edge, posted(), nothing)) for _ in range(20)]
        await asyncio.sleep(0.05)
        quick = await ask(edge, posted(), whole)
        await asyncio.sleep(0.02)
        later = [asyncio.create_task(ask(edge, posted(), nothing)) for _ in range(5)]
        answers = await asyncio.wait_for(asyncio.gather(*slow, *later), PATIENCE_S)
        return quick["status"], [answer["status"] for answer in answers]

    quick, slow = asyncio.run(story())
    assert quick == 401
    assert slow == [408] * 25


@pytest.mark.usefixtures("soon")
def test_a_request_that_is_cancelled_from_outside_stays_cancelled(edge: Edge) -> None:
    async def story() -> bool:
        asked = asyncio.create_task(ask(edge, posted(), nothing))
        await asyncio.sleep(0.01)
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked
        return asked.cancelled()

    assert asyncio.run(story())


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch, runner: Runner, reflex: Reflex, tmp_path: Path) -> Edge:
    monkeypatch.setattr(quotas, "REQUESTS_UNCOUNTED", 0)
    monkeypatch.setattr(quotas, "REQUESTS_OF_AN_ADDRESS", 3)
    monkeypatch.setattr(quotas, "REQUESTS_OF_A_NETWORK", 5)
    return Edge(runner, tmp_path / "no-pages", reflex)


def test_t151_one_address_waits_for_so_many_answers_and_others_are_answered(strict: Edge) -> None:

    async def story() -> tuple[list[int], int, int]:
        waiting = [asyncio.create_task(ask(strict, posted(), nothing)) for _ in range(3)]
        await asyncio.sleep(0.01)
        refused = [(await ask(strict, posted(path), nothing))["status"] for path in ("/oauth2/token", "/login")]
        alive = await ask(strict, {**posted("/healthz"), "method": "GET"}, nothing)
        other = await ask(strict, {**posted("/oauth2/jwks", peer="10.0.0.8"), "method": "GET"}, nothing)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        again = asyncio.create_task(ask(strict, posted(), nothing))
        await asyncio.sleep(0.01)
        assert not again.done()
        again.cancel()
        return refused, alive["status"], other["status"]

    assert asyncio.run(story()) == ([429, 429], 200, 200)


def test_t151_a_line_with_many_networks_of_ipv6_waits_for_no_more(strict: Edge) -> None:

    async def story() -> list[bool]:
        asked = [
            asyncio.create_task(ask(strict, posted(peer=f"2001:db8:0:{network:x}::{host}"), nothing))
            for network in range(4)
            for host in range(1, 5)
        ]
        await asyncio.sleep(0.05)
        refused = [one.done() for one in asked]
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        return refused

    refused = asyncio.run(story())
    assert refused[:4] == [False, False, False, True]
    assert refused.count(False) == 5
