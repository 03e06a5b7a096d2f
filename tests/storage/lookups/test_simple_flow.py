"""The look-up of the simple flow answers what separate reads of app, secret, value and person answer, or nothing."""

import orjson
import pytest

from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.context import Context
from oauth2system.storage.lookups import simple_flow
from oauth2system.storage.lookups.known_clients import KnownClients
from oauth2system.storage.lookups.simple_flow import SimpleFlowLookup, SimpleValue
from oauth2system.storage.tables import clients, tokens
from tests.storage.lookups.states import PEOPLE_AND_APPS, SECRETS, World, sql, world
from tests.support.in_process.oauth_apps import CB, House, answered

VALUES = (
    sql("UPDATE ephemeral SET expires_at = {now}"),
    sql("UPDATE ephemeral SET taken_at = {now}"),
    sql("UPDATE ephemeral SET kind = 'oc'"),
    sql("UPDATE ephemeral SET client_id = '{other}'"),
    sql("UPDATE ephemeral SET user_id = '{bob}'"),
    sql("UPDATE ephemeral SET data = '\"email\"'"),
    sql("UPDATE ephemeral SET generation = generation - 1"),
    sql("UPDATE ephemeral SET generation = NULL"),
    sql("UPDATE ephemeral SET client_generation = client_generation + 1"),
    sql("UPDATE ephemeral SET client_generation = NULL"),
    sql("DELETE FROM ephemeral"),
    sql("UPDATE consents SET fetched_at = {now}"),
)


def read_separately(ctx: Context, client_id: str, secret_id: int, value: tuple[int, bytes]) -> SimpleFlowLookup | None:
    found = clients.find_with_secret(ctx.db, client_id, secret_id)
    if found is None:
        return None
    row = ctx.db.one(
        "SELECT client_id, data, expires_at, taken_at, generation, client_generation, user_id FROM ephemeral"
        " WHERE id = ? AND kind = ? AND digest = ?",
        value[0], Kind.SIMPLE, value[1],
    )  # fmt: skip
    if row is None:
        return SimpleFlowLookup(*found, None)
    owner, data, expires_ms, taken_ms, generation, of_app, user_id = row
    person = tokens.find_person(ctx.db, user_id, owner)
    assert person is not None
    kept = orjson.loads(data)
    granted, begun_ms = (kept, None) if isinstance(kept, str) else (kept["scopes"], kept["begun"])
    value_found = SimpleValue(
        owner, frozenset(granted.split()), expires_ms, taken_ms, generation, of_app, person, begun_ms
    )
    return SimpleFlowLookup(*found, value_found)


@pytest.fixture
def asked(house: House) -> World:
    return world(house, simple_flow=True, simple_redirect_uri=CB)


@pytest.mark.timeout(300)
def test_the_lookup_answers_what_separate_reads_answer(asked: World) -> None:
    link = f"/oauth2/authorize?client_id={asked.app.id}&scope=identify+email"
    value = answered(asked.house.door.get(link, cookie=asked.house.ada.cookie))["oauth_token"]
    shown, secret, other = (
        token_format.read(kind, text or "")
        for kind, text in ((Kind.SIMPLE, value), (Kind.SECRET, asked.app.secret), (Kind.SECRET, asked.other.secret))
    )
    assert shown and secret and other  # noqa: PT018  (all three are read)
    readable, known = 0, asked.house.runner.server.of(KnownClients)
    for state in asked.states((*PEOPLE_AND_APPS, *SECRETS, *VALUES)):
        with asked.changed(*state) as ctx:
            for client_id in (asked.app.id, asked.other.id, "1", ""):
                for secret_id in (secret[0], other[0], -1):
                    for key in (shown, (shown[0], bytes(32)), (-1, b"")):
                        found = simple_flow.find(ctx.db, known, (client_id, secret_id), key)
                        assert found == read_separately(ctx, client_id, secret_id, key), state
                        readable += found is not None and found.value is not None
    assert readable > 10
