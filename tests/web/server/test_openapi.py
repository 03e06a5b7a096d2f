"""/openapi.json: served like the other documents, and the route table neither has more than it nor less."""

from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.protocol.openapi.metadata import METADATA, OPENAPI
from oauth2system.runtime.runner import Runner
from oauth2system.web import app
from oauth2system.web.app import ROUTES, Web
from oauth2system.web.errors import VISITED, is_machine
from tests.support.in_process.door import BASE, Door, runner_on

# Only these two forms are for programs (docs/inventory.md lists all); the others belong to our pages alone.
PROMISED = frozenset({"/session", "/session/end"})


@pytest.fixture
def runner(sqlite_url: str, tmp_path: Path) -> Generator[Runner]:
    with runner_on(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
def door(runner: Runner) -> Door:
    return Door(Web(runner))


def test_every_protocol_route_and_method_is_described_and_nothing_else(door: Door) -> None:
    described = {
        (path, method.upper())
        for path, methods in door.get(OPENAPI).json()["paths"].items()
        for method in methods
        if method != "parameters"
    }
    there = {
        (path, method)
        for path, methods in ROUTES.items()
        if is_machine(path) or path in VISITED | PROMISED
        for method in methods
    }
    assert described == there


def test_the_route_table_and_the_document_know_the_same_addresses() -> None:
    assert (app.METADATA, app.OPENAPI) == (METADATA, OPENAPI)


def test_it_is_served_as_the_other_documents_are(door: Door) -> None:
    told, metadata = door.get(OPENAPI), door.get(METADATA[0])
    assert told.status_code == 200
    assert told.json()["servers"] == [{"url": BASE}]
    for name in ("content-type", "cache-control", "access-control-allow-origin", "x-content-type-options"):
        assert told.headers[name] == metadata.headers[name], name
    known = door.get(OPENAPI, headers={"if-none-match": told.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = door.ask("HEAD", OPENAPI)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", told.headers["etag"])
    asks = door.ask("OPTIONS", OPENAPI, headers={"origin": "https://evil.example"})
    assert (asks.status_code, asks.headers["access-control-allow-origin"]) == (204, "*")
    assert door.ask("POST", OPENAPI).status_code == 405


def test_t020_what_the_administrator_switched_off_is_not_there(sqlite_url: str, tmp_path: Path) -> None:
    with runner_on(sqlite_url, tmp_path, DYNAMIC_REGISTRATION="off") as running:
        paths = Door(Web(running)).get(OPENAPI).json()["paths"]
    assert "/oauth2/token" in paths
    assert not [path for path in paths if "register" in path]
