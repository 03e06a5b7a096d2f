"""The fast path of the documents answers byte for byte what the full path answers, whatever is asked."""

import asyncio
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth2system.policy import lifetimes, quotas
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring
from oauth2system.web.app import METADATA, OPENAPI, Web
from oauth2system.web.edge import Edge
from tests.support.in_process.door import runner_on
from tests.support.in_process.sockets import Reflex

JWKS = "/oauth2/jwks"
DOCUMENTS = (*METADATA, OPENAPI, JWKS)
PATHS = (*DOCUMENTS, "/oauth2/jwks/", "/openapi.json/", "/.well-known/other", "/oauth2/unknown")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE", "get")
Sent = list[dict[str, Any]]


@pytest.fixture(scope="module", params=["http://localhost:8000", "https://id.example.org"])
def runner(
    request: pytest.FixtureRequest, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Runner]:
    folder = tmp_path_factory.mktemp("ready")
    url = f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'any.db')}"
    with runner_on(url, folder, PUBLIC_URL=request.param, DYNAMIC_REGISTRATION="open") as running:
        yield running


@pytest.fixture
def edge(runner: Runner, tmp_path: Path) -> Edge:
    return Edge(runner, tmp_path / "no-pages", Reflex())


@pytest.fixture
def web(runner: Runner) -> Web:
    return Web(runner)


def asked(method: str, path: str, *headers: tuple[bytes, bytes], host: bytes = b"localhost:8000") -> dict[str, Any]:
    return {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"host", host), *headers], "client": ("127.0.0.1", 4000), "scheme": "http",
    }  # fmt: skip


def send_to(app: Edge | Web, scope: dict[str, Any]) -> Sent:
    sent: Sent = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def answered_to(edge: Edge, scope: dict[str, Any]) -> Sent:
    """Ask as a connection does: what is ready is sent before anything else is looked at."""
    ready = edge.find_ready(scope)
    return send_to(edge, scope) if ready is None else list(ready)


def full(app: Edge | Web, scope: dict[str, Any]) -> Sent:
    """Ask where there is no fast path."""
    return send_to(app, scope)


def etags(app: Edge | Web) -> list[bytes]:
    return [dict(full(app, asked("GET", path))[0]["headers"])[b"etag"] for path in DOCUMENTS]


def test_every_way_to_ask_for_a_document_has_one_answer(edge: Edge) -> None:
    known = etags(edge)
    values = st.sampled_from([*known, b"", b"*", b'"other"', b"W/" + known[0], b", ".join(known[:2]), b"\xe9"])
    names = st.sampled_from([b"if-none-match", b"origin", b"cookie", b"accept-language", b"authorization", b"range"])
    headers = st.lists(st.tuples(names, values | st.sampled_from([b"https://spa.example", b"de", b"a=b"])), max_size=4)

    @settings(max_examples=300)
    @given(method=st.sampled_from(METHODS), path=st.sampled_from(PATHS), headers=headers, query=st.binary(max_size=5))
    def check(method: str, path: str, headers: list[tuple[bytes, bytes]], query: bytes) -> None:
        scope = {**asked(method, path, *headers), "query_string": query}
        assert answered_to(edge, scope) == full(edge, scope)

    check()


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_most_ask_for_is_ready_once_it_was_asked_for(web: Web, method: str, path: str) -> None:
    etags(web)
    scope = asked(method, path)
    ready = web.find_ready(scope)
    assert ready is not None
    assert list(ready) == full(web, scope)
    assert web.find_ready(scope) is ready


@pytest.mark.parametrize("path", DOCUMENTS)
def test_who_has_a_document_already_is_answered_at_once(web: Web, path: str) -> None:
    etag = dict(full(web, asked("GET", path))[0]["headers"])[b"etag"]
    scope = asked("GET", path, (b"if-none-match", etag))
    ready = web.find_ready(scope)
    assert ready is not None
    assert ready[0]["status"] == 304
    assert list(ready) == full(web, scope)


def test_new_keys_are_published_as_soon_as_the_full_path_knows_them(edge: Edge, runner: Runner) -> None:
    before = answered_to(edge, asked("GET", JWKS))
    keyring.rotate(runner)
    asyncio.run(keyring.reload(runner))
    after = answered_to(edge, asked("GET", JWKS))
    assert after != before
    assert after == full(edge, asked("GET", JWKS))


def test_keys_that_must_be_read_again_are_never_answered_from_memory(
    edge: Edge, web: Web, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    etags(web)
    monkeypatch.setattr(lifetimes, "KEYRING_FRESH", Lifetime(seconds=0))
    assert web.find_ready(asked("GET", JWKS)) is None
    keyring.rotate(runner)
    assert answered_to(edge, asked("GET", JWKS)) == full(edge, asked("GET", JWKS))


def test_t151_while_requests_are_counted_documents_are_too(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "REQUESTS_UNCOUNTED", 0)
    counting = Web(runner)
    etags(counting)
    assert [counting.find_ready(asked("GET", path)) for path in DOCUMENTS] == [None] * len(DOCUMENTS)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_t124_under_a_foreign_name_a_laptop_answers_no_document(edge: Edge, runner: Runner, path: str) -> None:
    etags(edge)
    status = send_to(edge, asked("GET", path, host=b"evil.example"))[0]["status"]
    assert status == (421 if runner.settings.on_loopback else 200)
