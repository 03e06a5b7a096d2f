"""What Reflex gets to see of a handshake."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from oauth2system.runtime.caller import Caller
from oauth2system.runtime.runner import Runner
from oauth2system.services.sessions import sessions
from oauth2system.web.edge import Edge
from tests.support.in_process.door import BASE, Person, person, runner_on
from tests.support.in_process.sockets import Reflex, handshake, visit

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


def test_start_and_stop_reach_reflex_and_the_runner_ends_after_it(tmp_path: Path, sqlite_url: str) -> None:
    order: list[str] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        order.append(scope["type"])

    with runner_on(sqlite_url, tmp_path) as running:
        running.close = lambda: order.append("closed")  # type: ignore[method-assign]  (a stand-in that the test watches)
        asyncio.run(Edge(running, tmp_path, inner)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]  (a stand-in that the test watches)
    assert order[:2] == ["lifespan", "closed"]
