"""What Reflex gets to see of a handshake, and how much may come through a socket."""

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.services.sessions import sessions
from oauth2system.web.edge import Edge
from oauth2system.web.http import socket
from tests.support.in_process.door import BASE, Person, person, runner_on

Messages = list[dict[str, Any]]


class Reflex:
    """Stands in for Reflex: remembers the handshake, accepts, and reads until the line is cut."""

    def __init__(self, *, hold: bool = False) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.heard: Messages = []
        self.hold = hold

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await send({"type": "websocket.accept"})
        if self.hold:
            await asyncio.sleep(10)
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            self.heard.append(message)

    def header(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.scopes[-1]["headers"] if key == name]


def handshake(  # noqa: PLR0913  (a handshake has these parts)
    *, origin: str | None = BASE, cookie: str | None = None, query: str = "token=t-1", path: str = "/_event/",
    peer: str = "127.0.0.1", extra: tuple[tuple[bytes, bytes], ...] = (),
) -> dict[str, Any]:  # fmt: skip
    headers = [(b"host", b"evil.example"), (b"upgrade", b"websocket"), *extra]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if cookie is not None:
        headers.append((b"cookie", cookie.encode()))
    return {
        "type": "websocket", "path": path, "query_string": query.encode(), "headers": headers, "client": (peer, 1),
    }  # fmt: skip


async def connect(edge: Edge, scope: dict[str, Any], *messages: dict[str, Any]) -> Messages:
    """Open a socket, say something, hang up; return what was answered."""
    coming = [{"type": "websocket.connect"}, *messages, {"type": "websocket.disconnect", "code": 1000}]
    answered: Messages = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    await edge(scope, receive, send)
    return answered


def visit(edge: Edge, scope: dict[str, Any], *messages: dict[str, Any]) -> bool:
    """Tell whether the socket was let through."""
    return asyncio.run(connect(edge, scope, *messages))[0]["type"] == "websocket.accept"


@pytest.fixture
def runner(database_url: str, tmp_path: Path) -> Generator[Runner]:
    with runner_on(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def reflex() -> Reflex:
    return Reflex()


@pytest.fixture
def edge(runner: Runner, reflex: Reflex, tmp_path: Path) -> Edge:
    return Edge(runner, tmp_path / "no-pages", reflex)


@pytest.fixture
def ada(runner: Runner) -> Person:
    return person(runner, "ada")


FOREIGN = [
    None, "null", "", "https://evil.example", "http://evil.localhost:8000", "http://localhost:8000.evil.example",
    "http://localhost", "http://localhost:80000", "https://localhost:8000", "http://LOCALHOST:8000",
    "http://localhost:8000/", "http://x@localhost:8000", "http://127.0.0.1:8000",
]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
def test_t140_a_page_of_another_origin_opens_no_socket(
    edge: Edge, reflex: Reflex, origin: str | None, ada: Person
) -> None:
    assert not visit(edge, handshake(origin=origin, cookie=ada.cookie))
    assert not reflex.scopes


def test_t140_two_origins_are_refused(edge: Edge) -> None:
    assert not visit(edge, handshake(extra=((b"origin", BASE.encode()),)))


def test_our_own_page_opens_one(edge: Edge) -> None:
    assert visit(edge, handshake())


@pytest.mark.parametrize("path", ["/", "/_event/x", "/_upload", "/socket.io/", "//_event"])
def test_there_is_one_socket_and_no_other(edge: Edge, path: str) -> None:
    assert not visit(edge, handshake(path=path))


@pytest.mark.parametrize("query", ["", "token=", "token=a&token=b", "token=" + "x" * 65, "token=%c3%a9", "x" * 2000])
def test_a_tab_without_a_sane_token_is_refused(edge: Edge, query: str) -> None:
    assert not visit(edge, handshake(query=query))


def test_the_cookie_is_swapped_for_a_handle_that_opens_nothing(edge: Edge, reflex: Reflex, ada: Person) -> None:
    assert visit(edge, handshake(cookie=f"other=1; {ada.cookie}"))
    assert reflex.header(b"cookie") == [f"handle={ada.handle}".encode()]
    assert ada.cookie.partition("=")[2] not in repr(reflex.scopes[-1])


def test_a_handle_brought_along_is_dropped(edge: Edge, reflex: Reflex, ada: Person) -> None:
    assert visit(edge, handshake(cookie=f"handle={ada.handle}"))
    assert reflex.header(b"cookie") == [b"handle="]


TAMPERED = ["{name}=", "{name}=ou_", "{name}={value}x", "{name}=X{value}", "{name}={value}; {name}={value}"]


@pytest.mark.parametrize("cookie", TAMPERED)
def test_t113_a_cookie_that_was_touched_is_a_strangers(edge: Edge, reflex: Reflex, ada: Person, cookie: str) -> None:
    name, _, value = ada.cookie.partition("=")
    assert visit(edge, handshake(cookie=cookie.format(name=name, value=value)))
    assert reflex.header(b"cookie") == [b"handle="]


def test_reflex_sees_what_we_know_and_nothing_that_a_visitor_claims(edge: Edge, reflex: Reflex) -> None:
    claims = ((b"x-forwarded-for", b"6.6.6.6"), (b"x-user", b"admin"), (b"authorization", b"Basic x"))
    claims += ((b"accept-language", b"xx, <b>de</b>"),)
    assert visit(edge, handshake(extra=(*claims, (b"user-agent", b"Firefox"))))
    names = {name for name, _ in reflex.scopes[-1]["headers"]}
    assert names == {b"upgrade", b"user-agent", b"cookie", b"accept-language", b"origin", b"host"}
    assert reflex.header(b"accept-language") == [b"en"]  # one of ours, in which the page is answered
    assert reflex.header(b"host") == [b"localhost:8000"]
    assert reflex.scopes[-1]["client"][0] == "127.0.0.1"


def test_t142_a_tabs_token_leads_to_its_own_persons_state_alone(
    edge: Edge, reflex: Reflex, runner: Runner, ada: Person
) -> None:
    eve = person(runner, "eve")
    for cookie in (ada.cookie, eve.cookie, None, ada.cookie):
        assert visit(edge, handshake(cookie=cookie, query="token=the-same&EIO=4&transport=websocket&x=1"))
    found = [parse_qs(scope["query_string"].decode()) for scope in reflex.scopes]
    adas, eves, strangers, adas_again = (query["token"][0] for query in found)
    assert len({adas, eves, strangers, "the-same"}) == 4
    assert adas == adas_again
    assert all(set(query) == {"token", "EIO", "transport"} for query in found)


def test_t141_an_ended_session_is_a_strangers(edge: Edge, reflex: Reflex, runner: Runner, ada: Person) -> None:
    runner.now(Caller(cookie=ada.cookie.partition("=")[2]), sessions.end)
    assert visit(edge, handshake(cookie=ada.cookie))
    assert reflex.header(b"cookie") == [b"handle="]


def text(length: int = 10) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": "x" * length}


def test_t145_a_message_of_ten_megabytes_ends_the_socket(edge: Edge, reflex: Reflex) -> None:
    assert visit(edge, handshake(), text(1000), text(10_000_000), text())
    assert [len(message.get("text", "")) for message in reflex.heard if message["type"] == "websocket.receive"] == [
        1000
    ]


def test_t145_a_flood_of_events_ends_the_socket(edge: Edge, reflex: Reflex) -> None:
    assert visit(edge, handshake(), *[text() for _ in range(10_000)])
    assert socket.BURST <= len(reflex.heard) <= socket.BURST + socket.MESSAGES_A_SECOND


def test_t145_one_address_holds_so_many_sockets_and_others_are_let_in(
    monkeypatch: pytest.MonkeyPatch, runner: Runner, tmp_path: Path
) -> None:
    monkeypatch.setattr(socket, "PER_ADDRESS", 3)
    edge = Edge(runner, tmp_path, Reflex(hold=True))

    async def crowd() -> tuple[int, bool]:
        waiting = [asyncio.create_task(connect(edge, handshake(peer="10.0.0.7"))) for _ in range(5)]
        await asyncio.sleep(0.3)
        refused = sum(task.done() for task in waiting)
        other = asyncio.create_task(connect(edge, handshake(peer="10.0.0.8")))
        await asyncio.sleep(0.1)
        let_in = not other.done()
        for task in [*waiting, other]:
            task.cancel()
        await asyncio.gather(*waiting, other, return_exceptions=True)
        return refused, let_in

    assert asyncio.run(crowd()) == (2, True)
    # Every place was given back, however its socket ended.
    assert asyncio.run(_until_cancelled(edge)) is True


async def _until_cancelled(edge: Edge) -> bool:
    places = [asyncio.create_task(connect(edge, handshake(peer="10.0.0.7"))) for _ in range(3)]
    await asyncio.sleep(0.2)
    all_let_in = not any(place.done() for place in places)
    for place in places:
        place.cancel()
    await asyncio.gather(*places, return_exceptions=True)
    return all_let_in


def test_start_and_stop_reach_reflex_and_the_runner_ends_after_it(tmp_path: Path, sqlite_url: str) -> None:
    order: list[str] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        order.append(scope["type"])

    with runner_on(sqlite_url, tmp_path) as running:
        running.close = lambda: order.append("closed")  # type: ignore[method-assign]
        asyncio.run(Edge(running, tmp_path, inner)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert order[:2] == ["lifespan", "closed"]
