"""Two servers in one process share nothing: what one of them notes, holds or waits for is invisible to the other."""

import asyncio
import shutil
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from oauth2system.policy import quotas
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.params import Params
from oauth2system.protocol.reasons.requests import RequestReason
from oauth2system.runtime import app_log, outbox
from oauth2system.runtime.context import Context
from oauth2system.runtime.encryption import Unreadable
from oauth2system.runtime.events.noted import NotedEvents
from oauth2system.runtime.outgoing_http import Unfetched
from oauth2system.services.clients import cors_origins, public_keys, records, subjects
from oauth2system.services.keys import keyring, signing_keys
from oauth2system.services.tokens import dpop
from tests.support.in_process import oauth_apps
from tests.support.in_process.story import Story
from tests.support.patience import PATIENCE_S
from tests.support.servers.recording_server import Sink, sink

Two = tuple[Story, Story]


@pytest.fixture
def two(migrated_sqlite: Path, tmp_path: Path) -> Generator[Two]:
    """Two servers, each with a database and a SECRET_KEY of its own."""

    def make(name: str) -> Story:
        folder = tmp_path / name
        folder.mkdir()
        database = shutil.copy(migrated_sqlite, folder / "oauth2system.db")
        return Story(f"sqlite:///{database}", folder, SECRET_KEY=name[0] * 64, FETCH_ALLOW="127.0.0.1")

    first, second = make("first"), make("second")
    yield first, second
    first.close()
    second.close()


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        yield noted


def test_a_stamp_of_last_use_waits_at_one_server_only(two: Two) -> None:
    first, second = (one.runner.server.last_used for one in two)
    first.note_secret(1, 100_000, "192.0.2.1", "basic")
    first.note_fetch("1", "2", 100_000, None)
    assert (first.waiting(), second.waiting()) == (True, False)


def test_a_refusal_waits_at_one_server_only(two: Two) -> None:
    first, second = two
    app = first.app(first.member())
    first.ask(app_log.note, app.client_id, "authorize", InvalidRequest(RequestReason.PARAMETER_MISSING, name="scope"))
    second.ask(app_log.write)
    assert [one.runner.server.of(NotedEvents).waiting() for one in two] == [1, 0]
    first.ask(app_log.write)
    assert len(first.ask(app_log.list_views, app.client_id)) == 1


def test_derived_keys_are_not_shared(two: Two) -> None:
    first, second = (one.runner.server.encryption for one in two)
    sealed = first.seal("outbox", b"a link")
    assert first.unseal("outbox", sealed) == b"a link"
    with pytest.raises(Unreadable):
        second.unseal("outbox", sealed)
    assert first.fingerprint("throttle", "ada") != second.fingerprint("throttle", "ada")
    assert two[0].ask(dpop.nonces) != two[1].ask(dpop.nonces)


def test_each_server_knows_people_by_names_of_its_own(two: Two) -> None:
    client = Client(id="1", owner_id="2", name="Poetry", subject_type="pairwise", redirect_uris=("https://a.example/",))
    first, second = (one.ask(subjects.subject_of, "3", client) for one in two)
    assert first != second


def test_a_key_rotated_at_one_server_is_unknown_at_the_other(two: Two) -> None:
    for one in two:
        one.ask(signing_keys.adopt, oauth_apps.signing_keys())
        asyncio.run(keyring.get(one.runner))
    fresh = jose.generate("ES256")
    two[0].ask(signing_keys.rotate, (fresh,), at_once=True)
    first, second = (asyncio.run(keyring.reload(one.runner)) for one in two)
    assert (first.knows(fresh.kid), second.knows(fresh.kid)) == (True, False)
    assert asyncio.run(keyring.get(two[1].runner)) is second


def _register(ctx: Context, **facts: Any) -> str:
    client = Client(id=str(ctx.new_id(1)), owner_id=None, name="Poetry", **facts)
    records.add(ctx, client)
    return client.id


def test_an_origin_registered_at_one_server_reads_nothing_of_the_other(two: Two) -> None:
    first, second = two
    first.ask(_register, is_public=True, redirect_uris=("https://pages.example/",))
    second.ask(_register, is_public=True, redirect_uris=("https://others.example/",))
    for _ in range(2):  # the second time from memory
        assert first.ask(cors_origins.is_registered, "https://pages.example")
        assert not second.ask(cors_origins.is_registered, "https://pages.example")
        assert second.ask(cors_origins.is_registered, "https://others.example")
        for one in two:
            one.later(minutes=1)


def test_each_server_fetches_a_clients_keys_by_itself(two: Two, place: Sink) -> None:
    key = jose.generate("ES256")
    place.body = orjson.dumps({"keys": [jose.public_jwk(key)]})
    facts: dict[str, Any] = {"jwks_uri": f"{place.url}/keys", "token_endpoint_auth_method": "private_key_jwt"}
    ids = [one.ask(_register, **facts) for one in two]
    signed = jose.sign(key, {"iss": ids[0]})
    client = Client(id=ids[0], owner_id=None, name="Poetry", **facts)
    asyncio.run(public_keys.prepare(two[0].runner, None, Params({"client_id": ids[0], "request": signed})))
    assert [one.ask(public_keys.find, client) is not None for one in two] == [True, False]
    asyncio.run(public_keys.prepare(two[1].runner, None, Params({"client_id": ids[1], "request": signed})))
    assert [one.ask(public_keys.find, client) is not None for one in two] == [True, True]
    assert len(place.seen) == 2


def test_what_one_server_puts_into_its_outbox_wakes_no_other(two: Two) -> None:
    first, second = two

    async def put() -> list[bool]:
        waiting = [asyncio.ensure_future(one.runner.server.wake_up.wait(PATIENCE_S)) for one in two]
        await asyncio.sleep(0)
        await asyncio.to_thread(first.ask, outbox.mail, "invitation", lives=timedelta(days=1))
        await waiting[0]
        await asyncio.sleep(0)  # what one wake-up has set off is over
        woken = [one.done() for one in waiting]
        waiting[1].cancel()
        return woken

    assert asyncio.run(put()) == [True, False]
    assert second.deliver() == 0


def test_the_fetches_of_one_server_take_no_room_of_the_other(two: Two, place: Sink) -> None:
    place.pause_s = 0.3
    first, second = (one.runner.server.outgoing for one in two)

    async def many() -> list[Any]:
        busy = [first.fetch_json(place.url, "ada") for _ in range(quotas.FETCHES_OF_ONE + 1)]
        return await asyncio.gather(*busy, second.fetch_json(place.url, "ada"), return_exceptions=True)

    *mine, other = asyncio.run(many())
    assert sum(isinstance(one, Unfetched) for one in mine) == 1
    assert other == b"{}"


def test_what_a_service_keeps_is_made_once_for_each_server(two: Two) -> None:
    class Kept:
        """What some service remembers."""

    first, second = (one.runner.server for one in two)
    assert first.of(Kept) is first.of(Kept)
    assert first.of(Kept) is not second.of(Kept)
